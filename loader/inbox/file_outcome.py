"""The rules from the end of a load to the outcome of its file.

    what happened                                        outcome              folder
    every row created, by this drop or before            loaded               done
    some rows invalid or refused, others loaded          loaded-with-errors   done
    the bytes were loaded before, nothing new            duplicate            done
    unreadable, wrong columns, no row loaded, rejected   failed               failed
    its run was undone, or all its rows by other runs    failed               failed
    some rows undone or given up by other runs           loaded-with-errors   done
    a run that is not finished is to delete rows of it   waiting              -
    rows unknown that further looks do not settle        failed               failed
    rows pending or unknown; changed while it was read   waiting              -
    its place does not give it                           waiting
    API, journal or folder cannot be used                waiting, and so does its folder

A reason is a sentence for the person who must act.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten
from typing import Final

from loader.errors import (
    ExitCode,
    IllegalMove,
    JournalError,
    ResultsError,
    SettingsError,
    SourceError,
    TargetError,
)
from loader.inbox.drops import CommonError, Counts, DropOutcome, TroubleKind
from loader.messages.unfinished_run import unfinished_run
from loader.run.reports import Findings, LoadReport
from loader.run_results import Fate

MOST_LOOKS: Final = 3  # look-ups of unknown rows that settle none of them
MOST_CRASHES: Final = 10  # of the loader at one file, before anything of it was sent
MOST_COMMON: Final = 5
_READING_OPTION: Final = re.compile(  # of a check or a load; `loader watch` has none of them
    r"--(?:encoding|delimiter|quoting|sheet|header-row|ignore-column)\b"
)
_IN_AN_INBOX: Final = (
    "An inbox has no such options: correct the file and drop it again. Or let whoever runs the"
    " inbox write a mapping, whose keys do the same: `loader mapping FILE` writes a first one, and"
    " `mapping = ...` in a profile of loader.toml, or `loader watch` with --mapping, uses it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a file. `trouble` makes its folder wait, `interrupted` ends the watcher.

    `needs_person`: it waits for what somebody must do.
    """

    outcome: DropOutcome
    reason: str = ""
    trouble: TroubleKind | None = None
    interrupted: bool = False
    needs_person: bool = False


def judge(report: LoadReport, *, max_errors: int | None, looks: int) -> Verdict:
    """Judge a load that ended. `looks` counts the look-ups of the same unknown rows."""
    summary, own = report.summary, report.open_of_its_own
    match report.exit_code:
        case ExitCode.OK if report.is_earlier:
            reason = f"the same bytes were loaded before, by run {summary.run_id}"
            return Verdict(outcome=DropOutcome.DUPLICATE, reason=reason)
        case ExitCode.ROWS_FAILED | ExitCode.UNFINISHED if report.rejected and not own:
            return _judge_rejected(report)
        case ExitCode.OK | ExitCode.ROWS_FAILED:
            return _judge_being_deleted(report) or _judge_ended(report)
        case ExitCode.UNFINISHED:
            return _judge_unfinished(report, looks=looks)
        case ExitCode.INTERRUPTED:
            return Verdict(
                outcome=DropOutcome.WAITING,
                reason="the loader was stopped; the next start continues",
                interrupted=True,
            )
        case _:
            return _judge_halted(report, max_errors=max_errors)


def judge_error(error: Exception) -> Verdict | None:
    """Judge a load that could not go on; None for an unexpected exception."""
    match error:
        case SourceError():
            return Verdict(outcome=DropOutcome.FAILED, reason=_with_what_an_inbox_has(str(error)))
        case IllegalMove():
            return None
    kind = trouble_of(error)
    if kind is None:
        return None
    return Verdict(outcome=DropOutcome.WAITING, reason=str(error), trouble=kind)


def judge_refused(error: OSError) -> Verdict:
    """Judge a claimed file that its place does not give."""
    reason = f"it cannot be copied to this machine: {error}"
    is_growing = isinstance(error, BlockingIOError)
    return Verdict(outcome=DropOutcome.WAITING, reason=reason, needs_person=not is_growing)


def _with_what_an_inbox_has(reason: str) -> str:
    """Add what does here what the options do that a reason names."""
    return f"{reason}\n{_IN_AN_INBOX}" if _READING_OPTION.search(reason) else reason


def trouble_of(error: Exception) -> TroubleKind | None:
    """Return what cannot be used, by the error; None for other errors."""
    match error:
        case TargetError():
            return TroubleKind.API
        case JournalError():
            return TroubleKind.JOURNAL
        case SettingsError():
            return TroubleKind.SETTINGS
        case ResultsError() | OSError():
            return TroubleKind.FOLDER
        case _:
            return None


def counts_of(report: LoadReport) -> Counts:
    """Return the totals of a run, and of a duplicate what became of the offer that it repeats."""
    summary = report.summary
    deleted = report.count_gone(Fate.DELETED, duplicates=True)
    failed = sum(report.count_gone(fate, duplicates=True) for fate in (Fate.NOT_SENT, Fate.REFUSED))
    return Counts(
        read=summary.read,
        created=summary.created,
        duplicate=summary.duplicate - deleted - failed,
        invalid=summary.invalid,
        failed=summary.failed + failed,
        unknown=summary.unknown,
        pending=summary.pending,
        skipped=summary.skipped,
        parts=summary.parts,
        undone=summary.undone + deleted,
    )


def commonest(findings: Findings) -> tuple[CommonError, ...]:
    """Return the errors that most rows have in common."""
    return tuple(
        CommonError(
            code=each.code,
            count=each.count,
            where=" ".join(filter(None, (each.example.error.cell, each.example.error.column))),
            message=shorten(each.example.error.message, 300, placeholder=" …"),
            row_number=each.example.error.row_number,
        )
        for each in findings.counts[:MOST_COMMON]
    )


def rows(number: int, word: str) -> str:
    """Write a number of rows: 1 row invalid, 2 rows invalid."""
    return f"{number} row{'' if number == 1 else 's'} {word}"


def _refused(report: LoadReport) -> int:
    """Return how many rows the API refused: of those that failed, not what an undo gave up."""
    return report.summary.failed - report.count_gone(Fate.NOT_SENT, duplicates=False)


def _by_run(report: LoadReport, fate: Fate) -> Counter[tuple[str, str]]:
    """Return how many rows have a fate, by the run and the run that it takes back."""
    found: Counter[tuple[str, str]] = Counter()
    for each in report.gone:
        if each.fate is fate:
            found[each.run_id, each.undo_of] += each.rows
    return found


def _judge_being_deleted(report: LoadReport) -> Verdict | None:
    """Judge a file of which a run that is not finished is to delete rows; None for no such one."""
    reasons = []
    for ids, count in _by_run(report, Fate.BEING_DELETED).items():
        run, command = unfinished_run(*ids)
        reasons.append(f"{run} is not finished, and is to delete {rows(count, 'of it')}: {command}")
    if not reasons:
        return None
    reason = "; ".join(reasons)
    return Verdict(outcome=DropOutcome.WAITING, reason=reason, needs_person=True)


def _judge_ended(report: LoadReport) -> Verdict:
    summary, counts = report.summary, counts_of(report)
    refused = _refused(report) + report.count_gone(Fate.REFUSED, duplicates=True)
    to_fix = [
        rows(number, word)
        for number, word in ((summary.invalid, "invalid"), (refused, "refused"))
        if number
    ]
    gone = [*_gone(report)]
    reasons = list(gone)
    if to_fix:
        advice = "the results name them; fix them and drop the file again"
        reasons.insert(0, f"{' and '.join(to_fix)}: {advice}")
    if not reasons:
        return Verdict(outcome=DropOutcome.LOADED)
    reason = "; ".join(reasons)
    if not counts.created + counts.duplicate:
        prefix = "" if gone else "no row could be loaded, "
        return Verdict(outcome=DropOutcome.FAILED, reason=f"{prefix}{reason}")
    return Verdict(outcome=DropOutcome.LOADED_WITH_ERRORS, reason=reason)


def _judge_rejected(report: LoadReport) -> Verdict:
    created = ", and ".join(
        f"{rows(count, 'created')} before, by run {run}" for run, count in report.created_by.items()
    )
    reason = (
        f"{f'{created}; nothing more' if created else 'nothing'} of it was sent, because the folder"
        f" takes whole files only and it has {rows(report.rejected, 'invalid')}: fix them and drop"
        " the file again"
    )
    reasons = [reason, *_sent_with_others(report), *_gone(report)]
    return Verdict(outcome=DropOutcome.FAILED, reason="; ".join(reasons))


def _gone(report: LoadReport) -> Iterator[str]:
    """Say which rows are there no more, though nothing is wrong with them."""
    deleted = _by_run(report, Fate.DELETED).total()
    if deleted:
        gone = rows(deleted, "undone or deleted since")
        if report.summary.invalid or report.summary.failed:
            yield f"{gone}: drop the whole file again, because the rows to fix do not have them"
        else:
            yield f"{gone}: drop the file again to load it"
    for (run_id, _), count in _by_run(report, Fate.NOT_SENT).items():
        it = "it" if count == 1 else "them"
        yield (
            f"{rows(count, 'not sent')}, because run {run_id}, which went on with {it}, was undone:"
            f" drop the file again to load {it}"
        )


def _judge_unfinished(report: LoadReport, *, looks: int) -> Verdict:
    summary, own = report.summary, report.open_of_its_own
    if own and not summary.pending and looks >= MOST_LOOKS:
        reason = (
            f"{rows(own, 'without proof either way')}, which further looks do not"
            f" settle: `loader runs show {summary.run_id}` lists them, `loader resolve` decides"
            " them"
        )
        reasons = [reason, *_sent_with_others(report), *_gone(report)]
        return Verdict(outcome=DropOutcome.FAILED, reason="; ".join(reasons))
    waiting = summary.unknown + summary.pending
    reasons = [rows(waiting, "must be looked at again"), *_sent_with_others(report)]
    return Verdict(
        outcome=DropOutcome.WAITING,
        reason="; ".join(reasons),
        needs_person=bool(report.taken_over),
    )


def _sent_with_others(report: LoadReport) -> Iterator[str]:
    """Say which other runs are to look up, or to send, rows of the file."""
    if report.taken_over:
        runs = []
        for run_id, count in report.taken_over.items():
            run, command = unfinished_run(run_id, run_id if run_id in report.undone_runs else "")
            runs.append(f"{run} ({rows(count, 'of it')}): {command}")
        yield f"another file has rows of it, too, and they wait for {' and '.join(runs)}"


def _judge_halted(report: LoadReport, *, max_errors: int | None) -> Verdict:
    summary = report.summary
    if max_errors is not None and _refused(report) >= max_errors:
        reason = (
            f"{report.stopped_reason}; {rows(summary.pending, 'not sent')}: fix the rows that the"
            " results name and drop the file again"
        )
        return Verdict(outcome=DropOutcome.FAILED, reason=reason)
    return Verdict(
        outcome=DropOutcome.WAITING, reason=report.stopped_reason, trouble=TroubleKind.API
    )
