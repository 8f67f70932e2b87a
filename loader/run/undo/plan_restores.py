"""Take back what a run changed of offers that existed: field by field what was there before.

Every value is put back only where the run's own value is still there; what somebody edited since is
kept. So is a name, where another offer has the one before. A deleted offer cannot come back under
its id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import orjson

from loader.events import Listener
from loader.journal import Journal
from loader.journal.records import ALREADY_SO, STAYS_DELETED, OperationRow, PlannedRow
from loader.merge.part import NAME_PART
from loader.merge.update_body import load_body
from loader.model import (
    LONGEST_VALUE,
    UPDATES,
    Operation,
    Receipt,
    RemoteOffer,
    RowError,
    RowKind,
    Severity,
    State,
)
from loader.planning.planned_update import planned_update
from loader.run.plan.missing_offers import MissingOffers
from loader.run.pull.snapshot import Snapshot, take_snapshot
from loader.run.undo.taken_names import others_with_new_name
from loader.run.wiring import Target
from loader.run_results import ResultRow

_AT_ONCE = 200
_STAYS_DELETED = "a deleted offer cannot be put back"  # without a code in an older journal


def count_restorable(journal: Journal, run_id: str) -> int:
    """Return how many offers a run changed or deleted that existed before."""
    return sum(1 for _ in _operations_to_undo(journal, run_id))


def plan_restores(
    journal: Journal, run_id: str, target: Target, *, missing: MissingOffers, listener: Listener
) -> Iterator[tuple[int, PlannedRow]]:
    """Yield the id of each operation that is taken back, and what is to be done about it."""
    there = take_snapshot(journal, target, listener=listener, stop=missing.stop)
    try:
        rows = _operations_to_undo(journal, run_id)
        while some := list(islice(rows, _AT_ONCE)):
            yield from _plan_batch(journal, target, there, some, missing)
    finally:
        journal.snapshots.forget(there.snapshot_id)


def stays_deleted(row: ResultRow) -> bool:
    """Return whether an undo left an offer that its run had deleted."""
    return row.status == "unchanged" and (
        row.error_code == STAYS_DELETED or row.error == _STAYS_DELETED
    )


def _operations_to_undo(journal: Journal, run_id: str) -> Iterator[OperationRow]:
    wanted = {*UPDATES, Operation.DELETE}
    for row in journal.history.operations(run_id):
        if row.state is State.DONE and row.operation in wanted and row.code != ALREADY_SO:
            yield row


def _plan_batch(
    journal: Journal,
    target: Target,
    snapshot: Snapshot,
    rows: Sequence[OperationRow],
    missing: MissingOffers,
) -> Iterator[tuple[int, PlannedRow]]:
    listed = journal.snapshots.by_id(snapshot.snapshot_id, [row.remote_id for row in rows])
    unlisted = {
        row.remote_id: row.name
        for row in rows
        if row.remote_id not in listed and row.operation in UPDATES
    }
    found = {**missing.look_up_named(unlisted), **listed}
    for row in rows:
        there = found.get(row.remote_id, "")
        yield row.operation_id, _plan_restore(journal, row, there, target, snapshot)


def _plan_restore(
    journal: Journal,
    row: OperationRow,
    found: RemoteOffer | str,
    target: Target,
    snapshot: Snapshot,
) -> PlannedRow:
    """Return what is to be done; of an offer that is not `found`, there is why it is not proven."""
    there = found if isinstance(found, RemoteOffer) else None
    if row.operation not in UPDATES:
        return _row_left_as_it_is(row, RowKind.UNCHANGED, there, _STAYS_DELETED, code=STAYS_DELETED)
    if there is None:
        unproven = f"it is not there, but that it is gone is not proven: {found}; undo again later"
        reason = unproven if found else "the offer was deleted since"
        return _row_left_as_it_is(row, RowKind.GONE, there, reason)
    editing, dialect = target.editing, target.api.dialect
    body = load_body(row.body)
    changes = [each.change for each in body.changes]
    before = orjson.loads(row.before)
    back = editing.undo_changes(before, there.offer, dialect, changes)
    if others_with_new_name(journal, snapshot, back.changes, there):
        rest = [each for each in back.changes if each.part != NAME_PART]
        back = replace(back, changes=rest, name_taken=[NAME_PART])
    kept = back.describe_kept(snapshot.names.placements)
    if not back.changes:
        if kept:
            return _row_left_as_it_is(row, RowKind.CONFLICT, there, kept)
        return _row_left_as_it_is(row, RowKind.UNCHANGED, there, "it is as before already")
    return planned_update(
        there,
        back.changes,
        editing=editing,
        dialect=dialect,
        names=snapshot.names,
        row_number=row.row_number,
        kept=kept,
        back_to=before,
        ours=() if back.keeps_contents else body.patch,
        errors=[_warning(row, kept)] if kept else (),
    )


def _warning(row: OperationRow, kept: str) -> RowError:
    """Return what the results of the undo say of an offer that is put back in part."""
    return RowError(
        row_number=row.row_number,
        column="",
        cell="",
        code="kept-edits",
        message=f"put back in part; {kept}",
        suggestion="look at the offer: what somebody edited since is as they left it",
        value=row.name[:LONGEST_VALUE],
        severity=Severity.WARNING,
    )


def _row_left_as_it_is(
    row: OperationRow, kind: RowKind, there: RemoteOffer | None, reason: str, *, code: str = ""
) -> PlannedRow:
    receipt = Receipt(instance_id=row.remote_id, at_id=row.remote_id)
    return PlannedRow(
        row_number=row.row_number,
        cells=(),
        kind=kind,
        there=there or RemoteOffer(receipt=receipt, name=row.name, offer={}),
        name=row.name,
        code=code,
        reason=reason,
    )
