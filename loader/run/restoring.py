"""Take back what a run changed of offers that existed: field by field what stood there before.

Every value is put back only where the run's own value still stands; what somebody edited since is
kept. A deleted offer cannot come back under its id.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from loader.events import Listener
from loader.journal import Journal
from loader.journal.values import OperationRow, PlannedRow
from loader.merge.body import load_body
from loader.merge.three_way import Merge, three_way
from loader.model import Operation, Receipt, RemoteOffer, RowKind, State
from loader.pulled.planned_update import planned_update
from loader.run.pull import editing_of
from loader.run.snapshot import Snapshot, take_snapshot
from loader.run.wiring import Target

_AT_ONCE = 200
_CHANGES = frozenset({Operation.UPDATE, Operation.ARCHIVE})


def restorable(journal: Journal, run_id: str) -> int:
    """Return how many offers a run changed or deleted that existed before."""
    return sum(1 for _ in _done(journal, run_id))


def restored_rows(
    journal: Journal, run_id: str, target: Target, *, listener: Listener
) -> Iterator[tuple[int, PlannedRow]]:
    """Yield, by the operation that is taken back, what is to be done about it."""
    there = take_snapshot(journal, target, listener=listener)
    try:
        rows = _done(journal, run_id)
        while some := list(islice(rows, _AT_ONCE)):
            yield from _planned(journal, target, there, some)
    finally:
        journal.snapshots.forget(there.snapshot_id)


def _done(journal: Journal, run_id: str) -> Iterator[OperationRow]:
    wanted = {*_CHANGES, Operation.DELETE}
    for row in journal.history.operations(run_id):
        if row.state is State.DONE and row.operation in wanted:
            yield row


def _planned(
    journal: Journal, target: Target, snapshot: Snapshot, rows: Sequence[OperationRow]
) -> Iterator[tuple[int, PlannedRow]]:
    found = journal.snapshots.by_id(snapshot.snapshot_id, [row.remote_id for row in rows])
    for row in rows:
        yield row.operation_id, _restored(row, found.get(row.remote_id), target, snapshot)


def _restored(
    row: OperationRow, there: RemoteOffer | None, target: Target, snapshot: Snapshot
) -> PlannedRow:
    if row.operation not in _CHANGES:
        return _kept(row, RowKind.UNCHANGED, there, "a deleted offer cannot be put back")
    if there is None:
        return _kept(row, RowKind.GONE, there, "the offer was deleted since")
    editing, dialect = editing_of(target), target.api.dialect
    changes = [each.change for each in load_body(row.body).changes]
    merge: Merge = three_way(
        {each.part: each.after for each in changes if each.after is not None},
        {each.part: each.before for each in changes},
        editing.parts(there.offer, dialect),
    )
    if merge.conflicts:
        names = snapshot.names.placements
        what = ", ".join(each.part.words(names) for each in merge.conflicts)
        return _kept(row, RowKind.CONFLICT, there, f"edited since: {what}")
    if not merge.changes:
        return _kept(row, RowKind.UNCHANGED, there, "it is as before already")
    return planned_update(
        there,
        merge.changes,
        editing=editing,
        dialect=dialect,
        names=snapshot.names,
        row_number=row.row_number,
    )


def _kept(row: OperationRow, kind: RowKind, there: RemoteOffer | None, reason: str) -> PlannedRow:
    receipt = Receipt(instance_id=row.remote_id, at_id=row.remote_id)
    return PlannedRow(
        row_number=row.row_number,
        cells=(),
        kind=kind,
        there=there or RemoteOffer(receipt=receipt, name=row.name, offer={}),
        name=row.name,
        reason=reason,
    )
