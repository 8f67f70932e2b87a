"""Use case: plan the way back to what offers were at a moment, as far as the journal knows it."""

from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import count

from loader.errors import NothingToDo
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, SourceInfo, open_journal
from loader.journal.values import PlannedRow
from loader.merge.three_way import changed_parts, two_way
from loader.model import RemoteOffer, RowKind
from loader.pulled.planned_update import planned_update
from loader.run.changes_report import change_plan
from loader.run.plan_reports import ChangePlan
from loader.run.pull import editing_of
from loader.run.requests import GoBackRequest
from loader.run.snapshot import Snapshot, take_snapshot
from loader.run.wiring import SystemClock, Target, opened_target
from loader.settings import Settings

_HEADER = ("name", "id")


def plan_way_back(request: GoBackRequest, settings: Settings, *, listener: Listener) -> ChangePlan:
    """Plan the way back; nothing is sent. Raises `NothingToDo` where nothing is known."""
    with (
        opened_target(settings, request.entity, sandbox=request.sandbox) as target,
        open_journal(settings.journal_place, clock=SystemClock().now) as journal,
    ):
        listener(PhaseBegan(name=f"asking what {target.words} has"))
        there = take_snapshot(journal, target, listener=listener)
        try:
            rows = list(_rows(request, journal, target, there))
        finally:
            journal.snapshots.forget(there.snapshot_id)
        listener(PhaseEnded())
        if not rows:
            raise NothingToDo(
                f"the journal does not know what {request.name!r} was at that moment: it was"
                " neither pulled nor changed by a run"
            )
        run_id = _staged(request, journal, target, rows)
        return change_plan(journal, run_id, target=target, limits=request.limits)


def _rows(
    request: GoBackRequest, journal: Journal, target: Target, there: Snapshot
) -> Iterator[PlannedRow]:
    pattern, numbers, seen = request.name.casefold(), count(1), set[str]()
    for offer in journal.snapshots.offers(there.snapshot_id):
        names = {offer.name.casefold(), offer.receipt.instance_id.casefold()}
        if not any(fnmatchcase(name, pattern) for name in names):
            continue
        was = journal.snapshots.as_of(
            target.key, offer.receipt.instance_id, request.as_of.timestamp()
        )
        seen.add(offer.receipt.instance_id)
        if was is not None:
            yield _row(next(numbers), offer, was, target, there)
    for _, _, offer in journal.snapshots.sightings(request.name):  # what a pull saw
        remote_id = offer.receipt.instance_id
        if remote_id not in seen and journal.snapshots.as_of(
            target.key, remote_id, request.as_of.timestamp()
        ):
            seen.add(remote_id)
            yield _gone(next(numbers), offer)


def _gone(number: int, offer: RemoteOffer) -> PlannedRow:
    return PlannedRow(
        row_number=number,
        cells=(offer.name, offer.receipt.instance_id),
        kind=RowKind.GONE,
        there=offer,
        name=offer.name,
        reason="it was deleted since; a deleted offer cannot come back",
    )


def _row(
    number: int, there: RemoteOffer, was: dict[str, object], target: Target, snapshot: Snapshot
) -> PlannedRow:
    editing, dialect = editing_of(target), target.api.dialect
    now, then = editing.parts(there.offer, dialect), editing.parts(was, dialect)
    changes = two_way({part: then.get(part) for part in changed_parts(now, then)}, now).changes
    cells = (there.name, there.receipt.instance_id)
    if not changes:
        return PlannedRow(
            row_number=number, cells=cells, kind=RowKind.UNCHANGED, there=there, name=there.name
        )
    return planned_update(
        there,
        changes,
        editing=editing,
        dialect=dialect,
        names=snapshot.names,
        row_number=number,
        cells=cells,
    )


def _staged(
    request: GoBackRequest, journal: Journal, target: Target, rows: list[PlannedRow]
) -> str:
    source = f"as-of-{_stamp(request.as_of)}"
    run_id = journal.staging.begin(
        target=target.key,
        command="plan",
        sources=[SourceInfo(path=source, digest="")],
        options={"author": journal.person, "as_of": request.as_of.isoformat()},
        dry_run=True,
    )
    sheet = journal.staging.add_sheet(run_id, source=source, sheet="", header=_HEADER)
    journal.staging.add_rows(
        run_id,
        sheet,
        rows,
        kind=target.entity.kind,
        describe_change=target.entity.describe_change,
    )
    journal.staging.finish(run_id)
    journal.staging.end_run(run_id, reason="")
    return run_id


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d-%H%M}"
