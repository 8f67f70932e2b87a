"""Rows of a plan whose offers exist: what is to be done to each, or why nothing is.

Everything happens in the transaction of the caller. An offer that another run has not finished with
is not touched: the row is invalid and names that run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

import orjson

from loader.journal.records import NOT_FINISHED, PlannedRow, StagedRow
from loader.journal.sql.database import Database
from loader.journal.sql.key_conflict import StagedSheet
from loader.journal.sql.key_resolver import KeyResolver
from loader.journal.sql.statements import statements
from loader.merge.update_body import names_in
from loader.messages.unfinished_run import unfinished_run
from loader.model import LONGEST_VALUE, UPDATES, Operation, RemoteOffer, RowError, RowKind, State
from loader.tables.stored_fractions import cells_of_json, cells_to_json

_SQL: Final = statements("planned_rows.sql")
_KEYS: Final = statements("key_resolver.sql")
_UNDO: Final = statements("undo.sql")


class ChangeWriter:
    """Writes planned rows of one sheet down."""

    def __init__(self, database: Database, sheet: StagedSheet) -> None:
        self._sql = database.connection
        self._sheet = sheet

    def add(self, row: PlannedRow) -> RowError | None:
        """Write a row down; return the error that the journal found."""
        operation_id, error = None, None
        if row.there is not None:
            offer_id, waits_for = self._offer(row, row.there)
            if row.kind is RowKind.INVALID:
                row = replace(row, body=b"", before=b"")
            if waits_for and row.kind is RowKind.PRIMARY:
                error = _not_finished(row, waits_for)
                row = replace(row, kind=RowKind.INVALID, errors=(*row.errors, error))
            else:
                operation_id = self._operation(row, offer_id)
        self._sql.execute(
            _KEYS.add_source_row,
            {
                "run_id": self._sheet.run_id,
                "sheet_id": self._sheet.sheet_id,
                "row_number": row.row_number,
                "kind": row.kind.value,
                "cells": cells_to_json(row.cells),
                "errors": orjson.dumps(list(row.errors)).decode() if row.errors else "[]",
                "operation_id": operation_id,
                "part_of": None,
            },
        )
        return error

    def _offer(self, row: PlannedRow, there: RemoteOffer) -> tuple[int, "_OpenOperation | None"]:
        """Return the number of the offer, and what another run has not finished doing to it."""
        receipt = there.receipt
        values: dict[str, Any] = {
            "target": self._sheet.target,
            "kind": self._sheet.kind,
            "dry_run": self._sheet.run_id if self._sheet.dry_run else "",
            "key": f"id {receipt.instance_id}",  # no key of a row: a later load goes by names
            "name": _name_after(row, there),
            "instance_id": receipt.instance_id,
            "at_id": receipt.at_id,
            "etag": receipt.etag,
        }
        offer_id, waits_for = self._find(values)
        if self._sheet.dry_run and row.kind is RowKind.PRIMARY:
            _, waits_for = self._find({**values, "dry_run": ""})  # what the apply will meet
        if offer_id is None:
            offer_id = int(self._sql.execute(_SQL.add_offer, values).fetchone()[0])
        elif waits_for is None:
            self._sql.execute(_SQL.see_offer, {**values, "offer_id": offer_id})
        return offer_id, waits_for

    def _find(self, values: Mapping[str, Any]) -> tuple[int | None, "_OpenOperation | None"]:
        found = self._sql.execute(_SQL.offer_by_id, values).fetchone()
        if found is None:
            return None, None
        offer_id, run_id, operation, undo_of = found
        if run_id is None:
            return offer_id, None
        is_delete = operation == Operation.DELETE
        return offer_id, _OpenOperation(run_id=run_id, undo_of=undo_of, is_delete=is_delete)

    def _operation(self, row: PlannedRow, offer_id: int) -> int:
        is_due = row.kind is RowKind.PRIMARY
        added = self._sql.execute(
            _SQL.add_operation,
            {
                "run_id": self._sheet.run_id,
                "offer_id": offer_id,
                "operation": (row.operation if is_due else Operation.NONE).value,
                "reason": row.reason,
                "digest": sha256(row.body).hexdigest(),
                "state": (State.PENDING if is_due else State.DONE).value,
                "code": row.code,
                "message": "" if is_due else row.reason,
            },
        ).fetchone()
        operation_id = int(added[0])
        if row.body or row.before:
            values = {
                "operation_id": operation_id,
                "body": row.body or None,  # null: that of the create
                "before": row.before or None,
            }
            self._sql.execute(_SQL.add_payload, values)
        return operation_id


def write_rows(
    database: Database, sheet: StagedSheet, rows: Iterable[StagedRow | PlannedRow]
) -> list[RowError]:
    """Write rows of a sheet down, in order; return the errors that the journal found."""
    changes, errors = ChangeWriter(database, sheet), list[RowError]()
    for is_change, some in groupby(rows, lambda row: isinstance(row, PlannedRow)):
        if is_change:
            found = [changes.add(row) for row in some if isinstance(row, PlannedRow)]
            errors += [error for error in found if error is not None]
        else:
            new = (row for row in some if isinstance(row, StagedRow))
            errors += KeyResolver(database, sheet).add(new)
    return errors


def add_restored(
    database: Database,
    run_id: str,
    undo_id: str,
    restored: Iterable[tuple[int, PlannedRow]],
    *,
    target: str,
    kind: str,
) -> None:
    """Write down what an undo does about operations of a run, each by the row that it was for.

    A row of the undo that is there already, because it is continued, stays as it is.
    """
    sql = database.connection
    for operation_id, row in restored:
        values = {"run_id": run_id, "undo_id": undo_id, "operation_id": operation_id}
        sheet_id, number, cells = sql.execute(_UNDO.restorable, values).fetchone()
        place = {"sheet_id": sheet_id, "row_number": number}
        if sql.execute(_UNDO.has_row, place).fetchone() is not None:
            continue
        sheet = StagedSheet(
            run_id=undo_id,
            sheet_id=sheet_id,
            target=target,
            dry_run=False,
            kind=kind,
        )
        placed = replace(row, row_number=number, cells=cells_of_json(cells))
        ChangeWriter(database, sheet).add(placed)


def _name_after(row: PlannedRow, there: RemoteOffer) -> str:
    """Return the name that an offer has once the row is done; `row.name` is that in the sheet."""
    is_update = row.kind is RowKind.PRIMARY and row.operation in UPDATES
    names = names_in(row.body) if is_update else None
    return names[1] if names else there.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenOperation:
    """What another run has not finished doing to an offer; `undo_of` is what that one takes back"""

    run_id: str
    undo_of: str
    is_delete: bool


def _not_finished(row: PlannedRow, waits_for: _OpenOperation) -> RowError:
    run, command = unfinished_run(waits_for.run_id, waits_for.undo_of)
    message = f"{run} has not finished with this offer"
    advice = f"finish it with {command}"
    if waits_for.undo_of:
        message += f": it is to {'delete it' if waits_for.is_delete else 'put it back'}"
        advice = (
            f"to let it, {command}; to give that undo up, `loader undo {waits_for.run_id}`;"
            " both ask first"
        )
    return RowError(
        row_number=row.row_number,
        column="",
        cell="",
        code=NOT_FINISHED,
        message=message,
        suggestion=f"{advice}; then plan again",
        value=row.name[:LONGEST_VALUE],
    )
