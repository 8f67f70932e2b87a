"""Use case: plan what a sheet does that a person has looked at, and show the plan again later.

A sheet of new offers is planned as a load, which `resume_run` applies. A sheet of offers that exist
is planned as changes, which `apply_changes` applies; so is every sheet where the settings may want
an approval, because only such a plan can be approved.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from loader.delivery.stop import StopSignal
from loader.events import Listener
from loader.journal import History, Journal, RunRecord, SourceInfo
from loader.journal.records import NotedRow
from loader.model import Notice, RowError, Severity
from loader.run.change_reports import ChangePlan, PlannedChange, PlanTotals
from loader.run.history.runs import journal_to_read, known_run
from loader.run.plan.approve_plan import needs_approval, target_names
from loader.run.plan.changes_report import build_change_plan, planned_change
from loader.run.plan.plan_changes import plan_changes
from loader.run.plan.plan_load import plan_files, resumable
from loader.run.requests import Limits, LoadRequest, PlanRequest, Reading
from loader.run.wiring import run_target
from loader.settings import Settings
from loader.source.edited_cells import CellEdits

_LOAD: Final = "load"
_MOST_SHOWN: Final = 200  # offers that a plan would touch
_MOST_REASONS: Final = 100
_MOST_KINDS: Final = 5_000  # that are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRequest:
    """Plan the sheet `label`, whose file is `path`. `is_pulled`: it lists offers that exist."""

    label: str
    path: Path
    reading: Reading
    edits: CellEdits
    is_pulled: bool
    sandbox: bool
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The same thing wrong with cells of a column that hold the same text; `error` is the first."""

    error: RowError
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """A plan as a person decides about it. `seconds` is what sending takes at the set rate.

    `is_of_changes` says which use case applies it; `digest` is that of the plan, "" for a load.
    """

    plan_id: str
    is_of_changes: bool
    digest: str
    target: str
    totals: PlanTotals
    first: tuple[PlannedChange, ...]
    reasons: tuple[Reason, ...]  # errors first, then warnings; the commonest first
    max_per_second: float
    seconds: float
    noted: tuple[NotedRow, ...] = ()  # the first rows that others changed or deleted meanwhile
    noted_in_all: int = 0
    refusals: tuple[str, ...] = ()
    needs_approval: bool = False
    author: str = ""
    is_author: bool = False  # whoever asks made the plan
    target_names: tuple[str, ...] = ()  # what a person may call the target
    approved_by: tuple[str, ...] = ()
    taken_over: Mapping[str, int] = field(default_factory=dict)  # by later runs: how many offers
    sent_by: str = ""  # the run that sent it, at least in part; "" where nothing was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What was planned, and what there is to say of the whole sheet."""

    plan_id: str
    notices: tuple[Notice, ...]


def plan_sheet(
    request: SheetRequest, settings: Settings, *, listener: Listener, stop: StopSignal
) -> Planned:
    """Plan a sheet. Nothing is sent. Raises `LoaderError`."""
    if request.is_pulled or _may_need_approval(settings):
        changes = PlanRequest(
            source=request.label,
            reading=request.reading,
            sandbox=request.sandbox,
            limits=request.limits,
            stored_at=request.path,
            edits=request.edits,
        )
        report = plan_changes(changes, settings, listener=listener, stop=stop)
        return Planned(plan_id=report.plan_id, notices=report.findings.notices)
    load = LoadRequest(
        sources=(request.label,),
        reading=request.reading,
        sandbox=request.sandbox,
        stored_at=request.path,
        edits=request.edits,
    )
    plan = plan_files(load, settings, listener=listener, find_run=_begun_run)
    return Planned(plan_id=plan.plan_id, notices=plan.findings.notices)


def _begun_run(
    journal: Journal,
    /,
    *,
    target: str,
    sources: Sequence[SourceInfo],
    options: Mapping[str, str],
) -> str | None:
    """Return the run to go on with, but no plan of which nothing was sent: it is worked out anew.

    The target may have other names by now. A plan that was not worked out to its end is gone on
    with.
    """
    found = resumable(journal, target=target, sources=sources, options=options)
    run = journal.history.run(found) if found is not None else None
    is_plan = run is not None and run.staged and not journal.history.is_begun(run.run_id)
    return None if is_plan else found


def plan_to_decide(plan_id: str, settings: Settings, *, limits: Limits | None = None) -> SheetPlan:
    """Return a plan from the journal, as a person decides about it. Raises `LoaderError`."""
    with journal_to_read(settings) as journal:
        run = known_run(journal.history, plan_id)
        with run_target(run, settings, None) as target:
            if run.command == _LOAD:
                return _from_load(journal, run, settings, target=target.words)
            report = build_change_plan(
                journal,
                plan_id,
                target=target,
                limits=limits or Limits(),
                most_shown=_MOST_SHOWN,
            )
        return _from_change_plan(journal, run, report, settings)


def _from_load(journal: Journal, run: RunRecord, settings: Settings, *, target: str) -> SheetPlan:
    history = journal.history
    summary = history.summary(run.run_id)
    sent = summary.created + summary.failed + summary.unknown + summary.updated
    taken_over = history.taken_over(run.run_id)
    own = max(0, summary.pending - sum(taken_over.values()))
    shown = islice(history.operations(run.run_id), _MOST_SHOWN if own else 0)
    return SheetPlan(
        plan_id=run.run_id,
        is_of_changes=False,
        digest="",
        target=target,
        totals=PlanTotals(
            create=own,
            unchanged=summary.unchanged,
            invalid=summary.invalid,
            duplicate=summary.duplicate,
            skipped=summary.skipped,
        ),
        first=tuple(planned_change(row) for row in shown),
        reasons=_reasons(history, run.run_id),
        max_per_second=settings.max_per_second,
        seconds=own / settings.max_per_second,
        taken_over=taken_over,
        sent_by=run.run_id if sent else "",
    )


def _from_change_plan(
    journal: Journal, run: RunRecord, report: ChangePlan, settings: Settings
) -> SheetPlan:
    approvals = journal.audit.approvals(run.run_id)
    author = run.options.get("author", "")
    return SheetPlan(
        plan_id=run.run_id,
        is_of_changes=True,
        digest=report.digest,
        target=report.target,
        totals=report.totals,
        first=report.first,
        reasons=_reasons(journal.history, run.run_id),
        max_per_second=settings.max_per_second,
        seconds=report.totals.operations / settings.max_per_second,
        noted=report.noted,
        noted_in_all=report.noted_in_all,
        refusals=report.refusals,
        needs_approval=needs_approval(report.totals, settings),
        author=author,
        is_author=author == journal.person,
        target_names=tuple(target_names(run.target)),
        approved_by=tuple(
            each.person
            for each in approvals
            if each.digest == report.digest and each.person != author
        ),
        sent_by=run.used_by,
    )


def _reasons(history: History, run_id: str) -> tuple[Reason, ...]:
    """Return why rows are left out or worth a look; of very many, the rarest are not among them."""
    first: dict[tuple[str, str, str], RowError] = {}
    counts = Counter[tuple[str, str, str]]()
    for found in history.errors(run_id):
        error = found.error
        key = (error.code, error.column, error.value)
        if key in first or len(first) < _MOST_KINDS:
            first.setdefault(key, error)
            counts[key] += 1
    some = [Reason(error=first[key], count=count) for key, count in counts.most_common()]
    some.sort(key=lambda each: each.error.severity is not Severity.ERROR)
    return tuple(some[:_MOST_REASONS])


def _may_need_approval(settings: Settings) -> bool:
    return bool(
        settings.approval_required
        or settings.approval_above is not None
        or settings.approval_actions
    )
