"""Use cases that only read: one page of the results of a run, and of the list of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import Final

from loader.errors import NO_JOURNAL, JournalError
from loader.journal import History, RunRecord
from loader.journal.records import LeaseHolder
from loader.model import Operation, State
from loader.run.history.runs import journal_to_read, known_run, overview_of
from loader.run.reports import RunOverview
from loader.run_results import ResultRow
from loader.settings import Settings

_MOST_LOOKED_AT: Final = 30  # the newest runs, for the one that is at work
Place = tuple[str, str, int]  # source, sheet, row number


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfResults:
    """Some rows of a run, and how far the run is.

    `to_decide`: what was to be done for those rows whose outcome is unknown. `holder`: who works on
    the target now. `taken_over`: the later runs that go on with open rows of it, and with how many.
    """

    overview: RunOverview
    rows: Sequence[ResultRow]
    headers: Mapping[tuple[str, str], tuple[str, ...]]
    to_decide: Mapping[Place, Operation]
    is_last: bool
    holder: LeaseHolder | None
    taken_over: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfRuns:
    """Some runs, newest first, of the `found` that there are.

    `at_work`: who sends rows now, by run; a run of which nothing was sent yet is not among them.
    """

    runs: Sequence[RunOverview]
    found: int
    at_work: Mapping[str, LeaseHolder] = field(default_factory=dict)


def page_of_results(
    run_id: str,
    settings: Settings,
    *,
    start: int = 0,
    count: int = 50,
    status: str | None = None,
    text: str = "",
) -> PageOfResults:
    """Return the rows of a run from `start` on that have the status and hold the text."""
    with journal_to_read(settings) as journal:
        history = journal.history
        run = known_run(history, run_id)
        rows = history.result_window(
            run.run_id, start=start, count=count + 1, status=status, text=text
        )
        shown = rows[:count]
        return PageOfResults(
            overview=overview_of(history, run),
            rows=shown,
            headers=history.headers(run.run_id),
            to_decide=_to_decide(history, run, shown),
            is_last=len(rows) <= count,
            holder=next((e for e in history.lease_holders() if e.target == run.target), None),
            taken_over=history.taken_over(run.run_id),
        )


def _to_decide(
    history: History, run: RunRecord, rows: Sequence[ResultRow]
) -> Mapping[Place, Operation]:
    found: dict[Place, Operation] = {}
    for row in rows:
        if row.status == State.UNKNOWN and row.part_of is None:
            places = history.source_rows(
                run.run_id, row.row_number, source=row.source, sheet=row.sheet
            )
            if places:
                found[row.source, row.sheet, row.row_number] = places[0].operation
    return found


def page_of_runs(
    settings: Settings,
    *,
    start: int = 0,
    count: int = 30,
    text: str = "",
    with_plans: bool = True,
) -> PageOfRuns:
    """Return runs, newest first, whose file, kind or id holds the text; none before the first.

    `with_plans`: also those that are made to send nothing.
    """
    try:
        return _page_of_runs(settings, start, count, text=text, with_plans=with_plans)
    except JournalError as error:
        if error.code != NO_JOURNAL:
            raise
        return PageOfRuns(runs=(), found=0)


def _page_of_runs(
    settings: Settings, start: int, count: int, *, text: str, with_plans: bool
) -> PageOfRuns:
    with journal_to_read(settings) as journal:
        history = journal.history
        ids: Sequence[str] = history.runs()
        if text:
            ids = [each for each in ids if _contains(known_run(history, each), text)]
        runs = (known_run(history, each) for each in ids[start:])
        shown = islice((run for run in runs if with_plans or not run.dry_run), count)
        return PageOfRuns(
            runs=[overview_of(history, run) for run in shown],
            found=len(ids),
            at_work=_working_runs(history),
        )


def _working_runs(history: History) -> Mapping[str, LeaseHolder]:
    """Return the run that each holder of a target works on: the newest that has begun to send.

    A lease does not name its run.
    """
    holders = {holder.target: holder for holder in history.lease_holders()}
    found: dict[str, LeaseHolder] = {}
    for run_id in islice(history.runs(), _MOST_LOOKED_AT) if holders else ():
        run = known_run(history, run_id)
        if run.target in holders and not run.dry_run and not run.stopped_reason:
            summary = history.summary(run_id)
            done = summary.created + summary.updated + summary.archived + summary.deleted
            if summary.pending and done + summary.failed + summary.unknown:
                found[run_id] = holders.pop(run.target)
    return found


def _contains(run: RunRecord, text: str) -> bool:
    names = (PurePath(source).name for source in run.sources)
    return any(text.casefold() in each.casefold() for each in (*names, run.run_id, run.command))
