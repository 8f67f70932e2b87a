"""How rows that arrive meet the keys that the journal knows: one look-up for hundreds of them.

Rules of this file: everything happens in the transaction of the caller; a row sees what the rows
before it did, those of its own group too; a dry run has a target of its own, so that it changes
nothing.

    key is new                                   a new pending row         owner
    same digest, of an earlier line of this run  -                         duplicate
    same digest, created                         -                         duplicate
    same digest, pending or unknown              this run goes on with it  owner
    same digest, failed                          pending again             owner
    other digest, pending, never sent            replaced                  owner
    other digest, failed                         replaced, pending again   owner
    other digest, else                           -                         invalid: key-conflict

    a further row of the offer above             as that one               part, duplicate, invalid
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final

import orjson

from loader.delivery.lifecycle import advance
from loader.messages.parts import part_of_invalid
from loader.model import Event, Payload, RowError, RowKind, State
from loader.offer.compare_references import placements_of

DRY_RUN: Final = "dry-run "
_GROUP: Final = 500  # rows of one look-up
_SHOWN: Final = {State.DONE: "created"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedLine:
    """A source row after checking. `payload` is None where it is invalid or skipped.

    `part_of` is the number of the row above whose offer this one is a further part of;
    `key_column` and `key_cell` say where its key stands, for an error about the key.
    """

    row_number: int
    cells: Sequence[str]
    payload: Payload | None
    errors: Sequence[RowError] = ()
    is_skipped: bool = False
    part_of: int | None = None
    key_column: str = ""
    key_cell: str = ""


@dataclass(slots=True, kw_only=True)
class _Held:
    """The row that holds a key, as the lines before left it."""

    row_id: int
    digest: str
    state: State
    attempts: int
    of_this_run: bool


class _Resolution(StrEnum):
    """What comes of a line whose key is held already."""

    DUPLICATE = "duplicate"
    GO_ON = "go on"  # with the row as it is
    REPLACE = "replace"  # what the row holds
    CONFLICT = "conflict"


def _meet(held: _Held, digest: str) -> _Resolution:
    if digest == held.digest:
        done = held.of_this_run or held.state is State.DONE
        return _Resolution.DUPLICATE if done else _Resolution.GO_ON
    unsent = held.state is State.PENDING and held.attempts == 0
    free = not held.of_this_run and (unsent or held.state is State.FAILED)
    return _Resolution.REPLACE if free else _Resolution.CONFLICT


Placed = tuple[RowKind, int | None, RowError | None]


class KeyResolver:
    """The lines of one sheet that one transaction writes down."""

    def __init__(
        self, sql: sqlite3.Connection, *, run_id: str, sheet_id: int, target: str, dry_run: bool
    ) -> None:
        self._sql = sql
        self._run_id = run_id
        self._sheet_id = sheet_id
        self._target = f"{DRY_RUN}{run_id}" if dry_run else target
        self._real_target = target
        self._own: dict[str, _Held] = {}  # by key
        self._real: dict[str, _Held] = {}  # what a dry run sees and does not touch
        (last,) = sql.execute("SELECT coalesce(max(row_id), 0) FROM row").fetchone()
        self._last_row = int(last)
        self._whole: Placed = (RowKind.INVALID, None, None)  # what became of the offer above
        self._clear()

    def add(self, lines: Iterable[StagedLine]) -> list[RowError]:
        """Write lines down; return the errors that the journal found."""
        found: list[RowError] = []
        rest = iter(lines)
        while group := list(islice(rest, _GROUP)):
            keys = [line.payload.row_key for line in group if line.payload]
            self._own = self._look_up(self._target, keys)
            if self._target != self._real_target:
                self._real = self._look_up(self._real_target, keys)
            for line in group:
                kind, row_id, error = self._place(line)
                self._lines.append(self._told(line, kind, row_id, error))
                found += (error,) if error else ()
            self._flush()
        return found

    def _told(
        self, line: StagedLine, kind: RowKind, row_id: int | None, error: RowError | None
    ) -> tuple[Any, ...]:
        errors = [*line.errors, error] if error else line.errors
        return (
            self._run_id,
            self._sheet_id,
            line.row_number,
            kind,
            orjson.dumps(line.cells).decode(),
            orjson.dumps(errors).decode() if errors else "[]",
            row_id,
            line.part_of,
        )

    def _look_up(self, target: str, keys: Sequence[str]) -> dict[str, _Held]:
        marks = ",".join("?" * len(keys))
        rows = self._sql.execute(
            "SELECT row_key, row_id, digest, state, attempts,"  # noqa: S608 - only marks
            " EXISTS (SELECT 1 FROM line WHERE line.row_id = row.row_id AND line.run_id = ?)"
            f" FROM row WHERE target = ? AND undone_by = '' AND row_key IN ({marks})",
            (self._run_id, target, *keys),
        )
        return {
            key: _Held(
                row_id=row_id,
                digest=digest,
                state=State(state),
                attempts=attempts,
                of_this_run=bool(of_this_run),
            )
            for key, row_id, digest, state, attempts, of_this_run in rows
        }

    def _place(self, line: StagedLine) -> Placed:
        if line.is_skipped:
            return RowKind.SKIPPED, None, None
        if line.part_of is not None:
            return self._part(line, line.part_of)
        self._whole = self._offer(line)
        return self._whole

    def _part(self, line: StagedLine, first: int) -> Placed:
        kind, row_id, error = self._whole
        if kind is RowKind.PRIMARY:
            return RowKind.PART, row_id, None
        return kind, row_id, part_of_invalid(line.row_number, [first]) if error else None

    def _offer(self, line: StagedLine) -> Placed:
        payload = line.payload
        if payload is None:
            return RowKind.INVALID, None, None
        own = self._own.get(payload.row_key)
        held = own or self._real.get(payload.row_key)
        if held is None:
            return RowKind.PRIMARY, self._insert(payload), None
        meeting = _meet(held, payload.digest)
        if meeting is _Resolution.CONFLICT:
            return RowKind.INVALID, None, self._conflict(held, line, payload)
        if meeting is _Resolution.DUPLICATE:
            return RowKind.DUPLICATE, held.row_id, None
        if own is None:
            return RowKind.PRIMARY, self._insert(payload), None
        self._adopt(own)
        if meeting is _Resolution.REPLACE:
            self._replaced.append((payload.digest, payload.body, payload.name, own.row_id))
            own.digest = payload.digest
        return RowKind.PRIMARY, own.row_id, None

    def _insert(self, payload: Payload) -> int:
        self._last_row += 1
        self._new.append(
            (
                self._last_row,
                self._target,
                payload.row_key,
                self._run_id,
                payload.name,
                payload.digest,
                payload.body,
            )
        )
        self._own[payload.row_key] = _Held(
            row_id=self._last_row,
            digest=payload.digest,
            state=State.PENDING,
            attempts=0,
            of_this_run=True,
        )
        return self._last_row

    def _adopt(self, held: _Held) -> None:
        if held.state is State.FAILED:
            held.state = advance(held.state, Event.RETRY)
        held.of_this_run = True
        self._adopted.append((self._run_id, held.state, held.row_id))

    def _clear(self) -> None:
        self._new: list[tuple[Any, ...]] = []
        self._adopted: list[tuple[Any, ...]] = []
        self._replaced: list[tuple[Any, ...]] = []
        self._lines: list[tuple[Any, ...]] = []

    def _flush(self) -> None:
        """Write down what was decided; no row is in two of these lists."""
        many = self._sql.executemany
        many(
            "INSERT INTO row (row_id, target, row_key, run_id, name, digest, body, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')",
            self._new,
        )
        many(
            "UPDATE row SET run_id = ?, state = ?, code = '', message = '', http_status = NULL,"
            " finished_at = NULL WHERE row_id = ?",
            self._adopted,
        )
        many("UPDATE row SET digest = ?, body = ?, name = ? WHERE row_id = ?", self._replaced)
        many(
            "INSERT INTO line (run_id, sheet_id, row_number, kind, cells, errors, row_id, part_of)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self._lines,
        )
        self._clear()

    def _conflict(self, held: _Held, line: StagedLine, payload: Payload) -> RowError:
        self._flush()  # the other line may be one of them
        place = self._sql.execute(
            "SELECT sheet.source, sheet.sheet, line.row_number, line.run_id FROM line"
            " JOIN sheet USING (sheet_id) WHERE line.row_id = ? AND line.part_of IS NULL"
            " ORDER BY line.line_id DESC LIMIT 1",
            (held.row_id,),
        ).fetchone()
        where = "an earlier run"
        if place is not None:
            sheet = f", sheet {place[1]}" if place[1] else ""
            run = "" if place[3] == self._run_id else f" (run {place[3]})"
            where = f"row {place[2]} of {place[0]}{sheet}{run}"
        state = _SHOWN.get(held.state, held.state)
        return RowError(
            row_number=line.row_number,
            column=line.key_column,
            cell=line.key_cell,
            code="key-conflict",
            message=f"the same key with other contents stands in {where}, which is {state}",
            value=payload.row_key[:200],
            suggestion=self._advice(held.row_id, payload),
        )

    def _advice(self, row_id: int, payload: Payload) -> str:
        advice = "give the row a name (or external id) of its own, or edit the offer there"
        (body,) = self._sql.execute("SELECT body FROM row WHERE row_id = ?", (row_id,)).fetchone()
        before, now = placements_of(body), placements_of(payload.body)
        if before == now:
            return advice
        return (
            f"that one fills the placement {', '.join(before)}, this row {', '.join(now)} (did a"
            f" placement's name pass to another one?): {advice}"
        )
