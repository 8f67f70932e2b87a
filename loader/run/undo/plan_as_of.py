"""Use case: plan the changes back to what offers were at a moment, as the journal knows it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import count

from loader.errors import NothingToDo
from loader.events import Listener, PhaseBegan, PhaseEnded
from loader.journal import Journal, SourceInfo, open_journal
from loader.journal.records import Lifetime, PlannedRow
from loader.merge.part import NAME_PART
from loader.merge.three_way import changed_parts, new_name, two_way
from loader.merge.update_body import load_body
from loader.model import LONGEST_VALUE, Receipt, RemoteOffer, RowError, RowKind
from loader.planning.planned_update import planned_update
from loader.planning.second_content import SECOND_CONTENT, TAKE_ONE_AWAY, second_content
from loader.run.change_reports import ChangePlan
from loader.run.key_in_journal import as_known
from loader.run.plan.changes_report import build_change_plan
from loader.run.pull.snapshot import Snapshot, take_snapshot
from loader.run.requests import AsOfRequest
from loader.run.undo.taken_names import NAME_TAKEN, others_with_new_name
from loader.run.wiring import SystemClock, Target, open_target
from loader.settings import Settings

_HEADER = ("name", "id")
_TAKEN = "the name that the offer had then is that of another offer now"
_CREATED_LATER = "it was not there at that moment: a run created it later"
_NOT_KNOWN_THEN = "not-known-then"
_NO_STATE = "what it was at that moment is not known: neither a pull nor a run kept it"
_PULL_FIRST = (
    "give a moment by which it had been pulled or changed by a run, or edit it in a pulled sheet"
)
_RENAME = "give the other offer another name, then plan again; or edit this one in a pulled sheet"


def plan_as_of(request: AsOfRequest, settings: Settings, *, listener: Listener) -> ChangePlan:
    """Plan the changes back to that state. Raises `NothingToDo` where nothing is known."""
    with (
        open_target(settings, request.entity, sandbox=request.sandbox) as named,
        open_journal(settings.journal_place, clock=SystemClock().now) as journal,
    ):
        target = as_known(named, journal)
        listener(PhaseBegan(name=f"asking what {target.words} has"))
        there = take_snapshot(journal, target, listener=listener)
        try:
            rows = _refuse_taken_names(list(_rows(request, journal, target, there)), journal, there)
        finally:
            journal.snapshots.forget(there.snapshot_id)
        listener(PhaseEnded())
        if all(row.reason == _CREATED_LATER or _is_not_known(row) for row in rows):
            raise NothingToDo(_why_no_way_back(request.name, rows))
        run_id = _stage(request, journal, target, rows)
        return build_change_plan(journal, run_id, target=target, limits=request.limits)


def _rows(
    request: AsOfRequest, journal: Journal, target: Target, there: Snapshot
) -> Iterator[PlannedRow]:
    numbers, seen, at = count(1), set[str](), request.as_of.timestamp()
    pattern, snapshots = request.name.casefold(), journal.snapshots
    for offer in snapshots.offers(there.snapshot_id):
        remote_id = offer.receipt.instance_id
        if not _matches(pattern, offer.name, remote_id):
            continue
        seen.add(remote_id)
        was = snapshots.as_of(target.key, remote_id, at)
        if was is not None:
            yield _planned_row(next(numbers), offer, was, target, there)
        else:
            life = snapshots.lifetime(target.key, remote_id)
            yield _row_without_state(next(numbers), offer, life, at)
    for remote_id, name in snapshots.known(target=target.key, kind=target.entity.kind):
        if remote_id in seen or not _matches(pattern, name, remote_id):
            continue  # it had another name, or does not match
        was = snapshots.as_of(target.key, remote_id, at)
        then = name if was is None else _name(was, target)
        if not _matches(pattern, then, remote_id):
            continue
        seen.add(remote_id)
        renamed = snapshots.by_id(there.snapshot_id, [remote_id]).get(remote_id)
        life = snapshots.lifetime(target.key, remote_id)
        if renamed is not None and was is not None:
            yield _planned_row(next(numbers), renamed, was, target, there)
        elif renamed is not None:
            yield _row_without_state(next(numbers), renamed, life, at)
        elif was is not None or _was_there(life, at):
            receipt = Receipt(instance_id=remote_id, at_id=remote_id)
            gone = RemoteOffer(receipt=receipt, name=then, offer=was or {})
            yield _deleted_row(next(numbers), gone)


def _matches(pattern: str, name: str, remote_id: str) -> bool:
    return any(fnmatchcase(each.casefold(), pattern) for each in (name, remote_id))


def _name(held: dict[str, object], target: Target) -> str:
    parts = target.editing.parts(held, target.api.dialect)
    return str(parts.get(NAME_PART, ""))


def _deleted_row(number: int, offer: RemoteOffer) -> PlannedRow:
    return PlannedRow(
        row_number=number,
        cells=(offer.name, offer.receipt.instance_id),
        kind=RowKind.GONE,
        there=offer,
        name=offer.name,
        reason="it was deleted since; a deleted offer cannot come back",
    )


def _was_there(life: Lifetime, at: float) -> bool:
    """Return whether a run had created an offer by a moment, and none had deleted it."""
    if life.created_at is None or life.created_at > at:
        return False
    return life.deleted_at is None or life.deleted_at > at


def _row_without_state(number: int, there: RemoteOffer, life: Lifetime, at: float) -> PlannedRow:
    """Return the row of an offer of which neither a pull nor a run kept what it was."""
    row = PlannedRow(
        row_number=number,
        cells=(there.name, there.receipt.instance_id),
        kind=RowKind.UNCHANGED,
        there=there,
        name=there.name,
    )
    if life.created_at is not None and life.created_at > at:
        return replace(row, reason=_CREATED_LATER)
    is_as_then = life.changed_at is not None and life.changed_at <= at
    if is_as_then and life.etag and life.etag == there.receipt.etag:
        return row  # nobody has changed it since a run did
    return _invalid(row, there, _NOT_KNOWN_THEN, _NO_STATE, _PULL_FIRST)


def _is_not_known(row: PlannedRow) -> bool:
    return any(each.code == _NOT_KNOWN_THEN for each in row.errors)


def _why_no_way_back(name: str, rows: Sequence[PlannedRow]) -> str:
    """Return why there is none for any of the rows."""
    not_known = sum(map(_is_not_known, rows))
    if not_known:
        return (
            f"what {name!r} was at that moment is not known: neither a pull nor a run kept it"
            f" ({not_known} {'offer' if not_known == 1 else 'offers'})"
        )
    if rows:
        return f"{name!r} was not there at that moment: a run created it later"
    return (
        f"no offer matches {name!r}: none that is there, and none that the journal knows of that"
        " moment; give the name as the library shows it, or with `*`"
    )


def _planned_row(
    number: int, there: RemoteOffer, was: dict[str, object], target: Target, snapshot: Snapshot
) -> PlannedRow:
    editing, dialect = target.editing, target.api.dialect
    now, then = editing.parts(there.offer, dialect), editing.parts(was, dialect)
    changes = two_way({part: then.get(part) for part in changed_parts(now, then)}, now).changes
    cells = (there.name, there.receipt.instance_id)
    if not changes:
        return PlannedRow(
            row_number=number, cells=cells, kind=RowKind.UNCHANGED, there=there, name=there.name
        )
    uncovered = editing.uncovered(there.offer, dialect, changes)
    if uncovered:
        left = PlannedRow(
            row_number=number, cells=cells, kind=RowKind.INVALID, there=there, name=there.name
        )
        message = second_content(uncovered[0], snapshot.names)
        return _invalid(left, there, SECOND_CONTENT, message, f"{TAKE_ONE_AWAY}, and plan again")
    return planned_update(
        there,
        changes,
        editing=editing,
        dialect=dialect,
        names=snapshot.names,
        row_number=number,
        cells=cells,
        back_to=was,
    )


def _refuse_taken_names(
    rows: list[PlannedRow], journal: Journal, snapshot: Snapshot
) -> list[PlannedRow]:
    """Return the rows; those that would give a name which another offer keeps are invalid."""
    others = dict[str, Sequence[str]]()  # that have the new name, by the id of the renamed offer
    for row in rows:
        changes = [each.change for each in load_body(row.body).changes] if row.body else []
        if row.there is not None and new_name(changes):
            others[row.there.receipt.instance_id] = others_with_new_name(
                journal, snapshot, changes, row.there
            )
    taken = set[str]()
    while more := {
        each
        for each, ids in others.items()
        if each not in taken and any(other not in others or other in taken for other in ids)
    }:
        taken |= more
    return [
        _invalid(row, row.there, NAME_TAKEN, _TAKEN, _RENAME)
        if row.there is not None and row.there.receipt.instance_id in taken
        else row
        for row in rows
    ]


def _invalid(
    row: PlannedRow, there: RemoteOffer, code: str, message: str, advice: str
) -> PlannedRow:
    error = RowError(
        row_number=row.row_number,
        column="",
        cell="",
        code=code,
        message=message,
        value=there.name[:LONGEST_VALUE],
        suggestion=advice,
    )
    return replace(row, kind=RowKind.INVALID, errors=[error], body=b"", before=b"")


def _stage(request: AsOfRequest, journal: Journal, target: Target, rows: list[PlannedRow]) -> str:
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
