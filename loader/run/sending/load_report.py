"""From the journal to what a door shows: findings, results and the exit code."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from loader.delivery.stop import Ending
from loader.error_digest import ErrorDigest
from loader.errors import ExitCode
from loader.events import Listener, PhaseBegan, PhaseEnded, RowsDone
from loader.journal import History, Journal
from loader.model import Notice
from loader.results import write_results
from loader.run.reports import Findings
from loader.run_results import ResultRow, RunSummary

_ROWS_AT_ONCE: Final = 500  # are counted


def findings_of(
    history: History, run_id: str, *, most_shown: int, notices: Sequence[Notice] = ()
) -> Findings:
    """Return what was wrong with the rows of a run."""
    digest = ErrorDigest(most_first=most_shown)
    digest.add(history.errors(run_id))
    return Findings.of(digest, notices=notices)


def write_results_from_journal(
    journal: Journal,
    *,
    run_id: str,
    results: Path,
    listener: Listener,
    notices: Sequence[Notice] = (),
) -> Path:
    """Write the results of a run, and report the progress."""
    history = journal.history
    summary = history.summary(run_id)
    listener(PhaseBegan(name="writing the results", total=summary.read))
    write_results(
        results,
        _report_progress(history.results(run_id), listener),
        headers=history.headers(run_id),
        summary=summary,
        notices=notices,
        with_parts=history.has_parts(run_id),
        with_changes=history.has_changes(run_id),
    )
    listener(PhaseEnded())
    return results


def _report_progress(rows: Iterable[ResultRow], listener: Listener) -> Iterator[ResultRow]:
    for number, row in enumerate(rows, start=1):
        yield row
        if not number % _ROWS_AT_ONCE:
            listener(RowsDone(count=_ROWS_AT_ONCE))


def exit_code(summary: RunSummary, ending: Ending) -> ExitCode:
    """Return the documented exit code of a run that ended so."""
    match ending:
        case Ending.STOPPED:
            return ExitCode.INTERRUPTED
        case Ending.HALTED | Ending.TOO_MANY_ERRORS:
            return ExitCode.TARGET
        case Ending.DONE:
            pass
    if summary.unknown or (summary.pending and not summary.dry_run):
        return ExitCode.UNFINISHED
    left_out = summary.invalid + summary.failed + summary.conflict + summary.gone
    return ExitCode.ROWS_FAILED if left_out else ExitCode.OK
