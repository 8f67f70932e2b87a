"""A change of an offer that exists, as the journal takes it: for a sheet, an undo, a way back."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from loader.journal.records import PlannedRow
from loader.merge.three_way import Change
from loader.merge.update_body import UpdateBody, describe_changes
from loader.model import Dialect, Operation, RemoteOffer, RowError, RowKind
from loader.validation.editing import Editing, Names, Object


def planned_update(
    there: RemoteOffer,
    changes: Sequence[Change],
    *,
    editing: Editing,
    dialect: Dialect,
    names: Names,
    row_number: int,
    cells: Sequence[str] = (),
    operation: Operation = Operation.UPDATE,
    name: str = "",
    reason: str = "",
    errors: Sequence[RowError] = (),
    kept: str = "",
    back_to: Object | None = None,
    ours: Sequence[Mapping[str, Any]] = (),
) -> PlannedRow:
    """Return a row that makes the changes; `name` is the offer's new one, "" where it stays.

    `reason` is what a person should know of it besides; `kept` is what an undo leaves as it is;
    `back_to` is the older state of the offer that the changes lead back to; `ours` the patch that
    they take back.
    """
    return PlannedRow(
        row_number=row_number,
        cells=cells,
        kind=RowKind.PRIMARY,
        there=there,
        operation=operation,
        name=name or there.name,
        reason=reason,
        body=UpdateBody(
            patch=editing.patch(there.offer, dialect, changes, back_to=back_to, undone=ours),
            changes=describe_changes(changes, names.words),
            kept=kept,
            etag=there.receipt.etag,
        ).dump(),
        before=orjson.dumps(there.offer, option=orjson.OPT_SORT_KEYS),
        errors=errors,
    )
