"""Use cases that only read the journal: list runs, show one, write its results again."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from loader.errors import NothingToDo, ResultsError, RowsLeftOpen, SettingsError
from loader.events import silent
from loader.journal import History, Journal, RunRecord, open_journal, read_journal
from loader.journal.records import CLAIM_OPTION, NOT_AGREED
from loader.messages.unfinished_run import unfinished_run
from loader.model import FoundError, State
from loader.results import check_writable, default_results_path
from loader.run.reports import ResultsReport, RunDetail, RunOverview
from loader.run.requests import ResultsRequest
from loader.run.sending.load_report import findings_of, write_results_from_journal
from loader.run.wiring import SystemClock
from loader.run_results import RunSummary
from loader.settings import Settings
from loader.settings.inbox import PROCESSING

_MOST_UNKNOWN_SHOWN = 50


def open_existing_journal(settings: Settings) -> Journal:
    """Open the journal of the settings, which must exist, and not be moved to another place."""
    journal = open_journal(settings.journal_place, clock=SystemClock().now, create=False)
    try:
        journal.check_not_moved()
    except BaseException:
        journal.close()
        raise
    return journal


def journal_to_read(settings: Settings) -> Journal:
    """Open the journal of the settings for reading only: a run may work meanwhile."""
    return read_journal(settings.journal_place, clock=SystemClock().now)


def known_run(history: History, run_id: str) -> RunRecord:
    """Return a run, or raise `SettingsError` that names the nearest ones."""
    run = history.run(run_id)
    if run is None:
        runs = history.runs()
        near = difflib.get_close_matches(run_id, runs, cutoff=0.4) or list(runs[:3])
        raise SettingsError(
            f"the journal has no run {run_id}; "
            + (f"did you mean {' or '.join(near)}? " if near else "it has no run at all. ")
            + "`loader runs` lists them all.",
            code="no-such-run",
        )
    return run


def named_for_output(history: History, run: RunRecord, *, path_by: str) -> dict[str, str]:
    """Return, for each source of a run, the path beside which something about it is written.

    What an inbox took is named in the current folder, and after the run: others may have its name.
    Where that is in an inbox, whose watcher would load what is written, `ResultsError` is raised,
    unless `path_by`, with which a place is named, is "".
    """
    first = known_run(history, run.undo_of) if run.undo_of else run
    if CLAIM_OPTION not in first.options:
        return {source: source for source in run.sources}
    if path_by and Path(PROCESSING).is_dir():  # in every folder that an inbox takes files from
        raise ResultsError(
            f"the current folder belongs to an inbox (it has a folder {PROCESSING}), and what is"
            f" written there would be loaded: name a place elsewhere with {path_by}, or go to"
            " another folder"
        )
    return {source: _named_here(Path(source), run) for source in run.sources}


def results_path_of(history: History, run: RunRecord, *, given: Path | None) -> Path:
    """Return where the results of a run are written; raise `ResultsError` where they cannot be."""
    results = given
    if results is None:
        named = named_for_output(history, run, path_by="--results PATH")
        results = default_results_path(tuple(named.values()))
    check_writable(results, sources=tuple(run.sources))
    return results


def _named_here(source: Path, run: RunRecord) -> str:
    stem, dot, suffix = source.name.partition(".")
    return f"{stem}.{run.run_id}{dot}{suffix}"


def require_run(run_id: str, settings: Settings) -> None:
    """Raise `SettingsError` that names the nearest runs unless the journal has this one."""
    with journal_to_read(settings) as journal:
        known_run(journal.history, run_id)


def target_of_run(run_id: str, settings: Settings) -> str:
    """Return the key of the target of a run."""
    with journal_to_read(settings) as journal:
        return known_run(journal.history, run_id).target


def latest_to_continue(history: History, *, sends: bool) -> RunRecord:
    """Return the latest run that has rows to look up or, where that `sends`, to send.

    A run that nobody agreed to is passed over: who wants it sent names it. So is an undo that has
    rows to send. A run whose open rows are all with other runs is returned only where no run has
    any to go on with: its report names the others. Of a run that was not read to its end nothing
    was sent: an earlier one goes before it. If there is none, and no run is later, it is returned,
    so that its reason can be told.
    """
    latest = unsent = left = elsewhere = None
    for run in _runs_that_send(history):
        latest = latest or (None if run.command == "undo" else run)
        if not run.staged:
            continue
        summary = history.summary(run.run_id)
        if is_unsent(history, run, summary):
            unsent = unsent or summary
        elif _goes_on(run, summary.pending, summary.unknown, sends=sends):
            own = history.count_pending(run.run_id), history.count_unknown(run.run_id)
            if _goes_on(run, *own, sends=sends):
                return run
            elsewhere = elsewhere or run
        elif summary.pending or summary.unknown:
            left = left or (run, summary)
    if elsewhere is not None:
        return elsewhere
    if latest is not None and not latest.staged:
        return latest
    raise _nothing_goes_on(left, unsent, sends=sends)


def _nothing_goes_on(
    left: tuple[RunRecord, RunSummary] | None, unsent: RunSummary | None, *, sends: bool
) -> RowsLeftOpen | NothingToDo:
    """Return why no run goes on: one is left to another command, one unsent, or all finished."""
    if left is not None:
        return RowsLeftOpen(_describe_open(*left, sends=sends))
    if unsent is not None:
        nothing_else = "nothing else to continue" if sends else "no row to look up"
        return NothingToDo(
            f"run {unsent.run_id} is planned ({_rows(unsent.pending)} of"
            f" {', '.join(unsent.sources)}), and nobody agreed to send it: nothing of it was sent,"
            f" and there is {nothing_else}. To send it: `loader resume {unsent.run_id}`"
        )
    return NothingToDo(
        "every run in the journal is finished: there is nothing to continue. `loader results RUN`"
        " writes the results of one again"
    )


def _runs_that_send(history: History) -> Iterator[RunRecord]:
    """Yield the runs that change a target, newest first."""
    for run_id in history.runs():
        run = known_run(history, run_id)
        if not run.dry_run and run.command in ("load", "apply", "undo"):
            yield run


def _goes_on(run: RunRecord, pending: int, unknown: int, *, sends: bool) -> bool:
    """Say whether a run with so much left goes on where no run is named."""
    if run.command == "undo":
        return bool(unknown) and not sends
    return bool(unknown or (sends and pending))


def _describe_open(run: RunRecord, summary: RunSummary, *, sends: bool) -> str:
    """Say which run has open rows that the command leaves, and the command that does not."""
    count = _rows(summary.pending + summary.unknown)
    what, goes_on = unfinished_run(run.run_id, run.undo_of)
    if sends:
        said = f"{what} is not finished ({count} open), and no other run is"
    else:
        are = "is" if summary.pending == 1 else "are"
        said = f"nothing is unknown; {count} of {what} {are} pending"
    return f"{said}. To go on: {goes_on}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def is_unsent(history: History, run: RunRecord, summary: RunSummary) -> bool:
    """Return whether nothing of a load may be sent yet: it is not read, or nobody agreed to it."""
    is_waiting = run.stopped_reason in NOT_AGREED or not (run.staged or run.stopped_reason)
    is_load = run.command == "load" and not run.dry_run
    return is_load and is_waiting and bool(summary.pending) and not history.is_begun(run.run_id)


def list_runs(settings: Settings) -> tuple[RunOverview, ...]:
    """Return every run, newest first."""
    with journal_to_read(settings) as journal:
        history = journal.history
        return tuple(overview_of(history, known_run(history, run_id)) for run_id in history.runs())


def show_run(run_id: str, settings: Settings) -> RunDetail:
    """Return one run in full."""
    with journal_to_read(settings) as journal:
        history = journal.history
        run = known_run(history, run_id)
        unknown = history.results(run.run_id, status=State.UNKNOWN)
        return RunDetail(
            overview=overview_of(history, run),
            target=run.target,
            sources=run.sources,
            options=run.options,
            findings=findings_of(history, run.run_id, most_shown=20),
            unknown=tuple(row for row, _ in zip(unknown, range(_MOST_UNKNOWN_SHOWN), strict=False)),
            listed=history.listings(run.run_id),
        )


def each_error(run_id: str, settings: Settings) -> Iterator[FoundError]:
    """Yield everything that was wrong with rows of a run, in their order."""
    with journal_to_read(settings) as journal:
        yield from journal.history.errors(run_id)


def write_run_results(request: ResultsRequest, settings: Settings) -> ResultsReport:
    """Write the results of a run again, from the journal alone."""
    with journal_to_read(settings) as journal:
        history = journal.history
        run = known_run(history, request.run_id)
        results = results_path_of(history, run, given=request.results)
        write_results_from_journal(journal, run_id=run.run_id, results=results, listener=silent)
        return ResultsReport(summary=history.summary(run.run_id), results=results)


def overview_of(history: History, run: RunRecord) -> RunOverview:
    """Return one run as a line of the list."""
    summary = history.summary(run.run_id)
    return RunOverview(
        summary=summary,
        command=run.command,
        is_read=run.staged,
        target=run.target,
        is_unsent=is_unsent(history, run, summary),
        stopped_reason=run.stopped_reason,
        of_run=run.of_run,
        used_by=run.used_by,
    )
