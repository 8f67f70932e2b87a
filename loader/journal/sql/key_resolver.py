"""What becomes of a row whose key is known: one look-up for a group of rows.

Everything happens in the transaction of the caller; a row sees what the rows before it did, those
of its own group too. A dry run has offers of its own, so that it changes nothing. A load has them,
too, for what an earlier run left, until somebody agreed to send the load (`take_over.py`): what is
never sent keeps nothing from that run.

    key is new                                   a new create              primary
    same digest, of an earlier row of this run   -                         duplicate
    same digest, created                         -                         duplicate
    same digest, pending or unknown              this run goes on with it  primary
    failed: skipped, as the offer was there      a new create              primary
    same digest, failed                          pending again             primary
    other digest, pending or failed before       replaced, pending         primary
    other digest, else                           -                         invalid: key-conflict
    created, and an undo that did not finish     -                         invalid: key-conflict
      is to delete it
    created, and the row says that it is gone    a new create              primary
    a further row of the offer above             as that one               part, duplicate, invalid
A pending create is known not to be done. Replaced, it keeps its attempts and transitions; the rows
of the earlier run are invalid from then on (`replaced_rows.py`). Rows that were skipped keep their
create, with the id of the offer that was there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import islice
from typing import Any, Final

import orjson

from loader.journal.records import StagedRow
from loader.journal.sql.database import Database
from loader.journal.sql.key_conflict import HeldKey, StagedSheet, key_conflict
from loader.journal.sql.replaced_rows import note_replaced
from loader.journal.sql.statements import statements
from loader.messages.parts import part_of_invalid
from loader.model import Operation, OperationEvent, Payload, RowError, RowKind, State
from loader.operation_states import advance
from loader.tables.stored_fractions import cells_to_json

_SQL: Final = statements("key_resolver.sql")
_TRANSITIONS: Final = statements("transitions.sql")
_GROUP: Final = 500  # rows of one look-up


class _Resolution(StrEnum):
    """What to do with a row whose key an offer has already."""

    DUPLICATE = "duplicate"
    CONTINUE = "continue"  # with the operation as it is
    REPLACE = "replace"  # what the operation sends
    CONFLICT = "conflict"


def _resolution_of(held: HeldKey, digest: str) -> _Resolution:
    if held.deleted_by:
        return _Resolution.CONFLICT
    if digest == held.digest:
        done = held.of_this_run or held.state is State.DONE
        return _Resolution.DUPLICATE if done else _Resolution.CONTINUE
    free = not held.of_this_run and held.state in {State.PENDING, State.FAILED}
    return _Resolution.REPLACE if free else _Resolution.CONFLICT


Resolved = tuple[RowKind, int | None, RowError | None]


class KeyResolver:
    """Writes the rows of one sheet in one transaction, each with its operation."""

    def __init__(self, database: Database, sheet: StagedSheet, *, are_there: bool = False) -> None:
        """`are_there`: the rows are written down already, and only what becomes of them changes."""
        self._database = database
        self._sql = database.connection
        self._sheet = sheet
        self._write_row = _SQL.change_source_row if are_there else _SQL.add_source_row
        self._own: dict[str, HeldKey] = {}  # by key: offers that only this run knows, or touched
        self._real: dict[str, HeldKey] = {}  # those that every run knows
        self._last_offer: int
        self._last_operation: int
        self._last_offer, self._last_operation = self._sql.execute(_SQL.last_ids).fetchone()
        self._primary: Resolved = (RowKind.INVALID, None, None)  # of the offer above
        self._offers: list[dict[str, Any]] = []
        self._operations: list[tuple[int, int, str]] = []
        self._payloads: list[dict[str, Any]] = []
        self._rows: list[dict[str, Any]] = []

    def add(self, rows: Iterable[StagedRow]) -> list[RowError]:
        """Write rows down; return the errors that the journal found."""
        found: list[RowError] = []
        rest = iter(rows)
        while group := list(islice(rest, _GROUP)):
            keys = [row.payload.row_key for row in group if row.payload]
            self._real = self._look_up(keys, dry_run="")
            may_have_own = self._sheet.dry_run or any(map(self._is_apart, self._real.values()))
            self._own = self._look_up(keys, dry_run=self._sheet.run_id) if may_have_own else {}
            for row in group:
                kind, operation_id, error = self._resolve_row(row)
                self._add_source_row(row, kind, operation_id, error)
                found += (error,) if error else ()
            self._flush()
        return found

    def _add_source_row(
        self, row: StagedRow, kind: RowKind, operation_id: int | None, error: RowError | None
    ) -> None:
        errors = [*row.errors, error] if error else row.errors
        self._rows.append(
            {
                "run_id": self._sheet.run_id,
                "sheet_id": self._sheet.sheet_id,
                "row_number": row.row_number,
                "kind": kind.value,
                "cells": cells_to_json(row.cells),
                "errors": orjson.dumps(errors).decode() if errors else "[]",
                "operation_id": operation_id,
                "part_of": row.part_of,
            }
        )

    def _is_apart(self, held: HeldKey) -> bool:
        """Whether a row with the key of an offer has one of its own, until its run is agreed to."""
        return not (self._sheet.is_agreed or held.of_this_run or held.state is State.DONE)

    def _look_up(self, keys: Sequence[str], *, dry_run: str) -> dict[str, HeldKey]:
        rows = self._sql.execute(
            _SQL.held,
            {
                "run_id": self._sheet.run_id,
                "target": self._sheet.target,
                "kind": self._sheet.kind,
                "dry_run": dry_run,
                "keys": orjson.dumps(keys).decode(),
            },
        )
        return {
            key: HeldKey(
                operation_id=operation_id,
                offer_id=offer_id,
                digest=digest,
                state=State(state),
                of_this_run=bool(flags[0]),
                run_id=flags[1],
                deleted_by=flags[2] or "",
                is_others=bool(flags[3]),
            )
            for key, operation_id, offer_id, digest, state, *flags in rows
        }

    def _resolve_row(self, row: StagedRow) -> Resolved:
        if row.is_skipped:
            return RowKind.SKIPPED, None, None
        if row.part_of is not None:
            return self._resolve_part(row, row.part_of)
        self._primary = self._resolve_offer(row)
        return self._primary

    def _resolve_part(self, row: StagedRow, first: int) -> Resolved:
        kind, operation_id, error = self._primary
        if kind is RowKind.PRIMARY:
            return RowKind.PART, operation_id, None
        return kind, operation_id, part_of_invalid(row.row_number, [first]) if error else None

    def _resolve_offer(self, row: StagedRow) -> Resolved:
        payload = row.payload
        if payload is None:
            return RowKind.INVALID, None, None
        held = self._own.get(payload.row_key) or self._real.get(payload.row_key)
        if held is None or self._is_gone(held, row.replaces):
            if held is not None and not self._sheet.dry_run:
                # Nobody of us deleted it: the create stands for what undid it.
                values = {"operation_id": held.operation_id}
                self._sql.executemany(_TRANSITIONS.free_key, [values])
            return RowKind.PRIMARY, self._insert(payload, replaces=row.replaces), None
        resolution = _resolution_of(held, payload.digest)
        if resolution is _Resolution.CONFLICT:
            self._flush()  # the other row may be one of them
            error = key_conflict(self._database, self._sheet, held, row, payload)
            return RowKind.INVALID, None, error
        if resolution is _Resolution.DUPLICATE:
            return RowKind.DUPLICATE, held.operation_id, None
        if not self._sheet.is_agreed:
            return RowKind.PRIMARY, self._insert(payload, is_apart=True), None
        return RowKind.PRIMARY, self._go_on(held, row, payload, resolution), None

    def _go_on(
        self, held: HeldKey, row: StagedRow, payload: Payload, resolution: _Resolution
    ) -> int:
        """Return the operation by which this run does what an earlier one left."""
        if held.is_others:
            self._sql.execute(_SQL.let_go, {"offer_id": held.offer_id})
            return self._insert(payload)
        if resolution is _Resolution.REPLACE:
            note_replaced(
                self._sql,
                held.operation_id,
                sheet_id=self._sheet.sheet_id,
                run_id=self._sheet.run_id,
                row_number=row.row_number,
            )
        self._adopt(held, payload)
        return held.operation_id

    def _is_gone(self, held: HeldKey, remote_id: str) -> bool:
        if not remote_id or held.state is not State.DONE:
            return False
        values = {"offer_id": held.offer_id, "remote_id": remote_id}
        return self._sql.execute(_SQL.is_gone, values).fetchone() is not None

    def _insert(self, payload: Payload, *, replaces: str = "", is_apart: bool = False) -> int:
        is_apart |= self._sheet.dry_run
        self._last_offer += 1
        self._last_operation += 1
        self._offers.append(
            {
                "offer_id": self._last_offer,
                "target": self._sheet.target,
                "kind": self._sheet.kind,
                "key": payload.row_key,
                "dry_run": self._sheet.run_id if is_apart else "",
                "name": payload.name,
            }
        )
        self._operations.append((self._last_operation, self._last_offer, payload.digest))
        self._payloads.append(
            {
                "operation_id": self._last_operation,
                "body": payload.body,
                # For the run that applies the plan; a create that is sent has nothing before it.
                "before": replaces.encode() if self._sheet.dry_run and replaces else None,
            }
        )
        self._own[payload.row_key] = HeldKey(
            operation_id=self._last_operation,
            offer_id=self._last_offer,
            digest=payload.digest,
            state=State.PENDING,
            of_this_run=True,
        )
        return self._last_operation

    def _adopt(self, held: HeldKey, payload: Payload) -> None:
        """Let this run do an operation that an earlier one left, with what this row says."""
        state = (
            advance(held.state, OperationEvent.RETRY) if held.state is State.FAILED else held.state
        )
        values = {
            "run_id": self._sheet.run_id,
            "state": state,
            "operation_id": held.operation_id,
            "offer_id": held.offer_id,
            "digest": payload.digest,
            "body": payload.body,
            "name": payload.name,
        }
        self._sql.execute(_SQL.adopt, values)
        self._sql.execute(_SQL.rename, values)
        if held.state is State.FAILED:
            self._sql.execute(_SQL.forget_ids, values)
        if payload.digest != held.digest:
            self._sql.execute(_SQL.set_digest, values)
            self._sql.execute(_SQL.replace_body, values)
        self._own[payload.row_key] = replace(
            held, state=state, digest=payload.digest, of_this_run=True
        )

    def _flush(self) -> None:
        """Write down what is new."""
        self._sql.executemany(_SQL.add_offer, self._offers)
        self._sql.execute(
            _SQL.add_operations,
            {
                "run_id": self._sheet.run_id,
                "operation": Operation.CREATE.value,
                "state": State.PENDING.value,
                "operations": orjson.dumps(self._operations).decode(),
            },
        )
        self._sql.executemany(_SQL.add_payload, self._payloads)
        self._sql.executemany(self._write_row, self._rows)
        self._offers, self._operations, self._payloads, self._rows = [], [], [], []
