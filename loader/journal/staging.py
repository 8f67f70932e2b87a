"""What was read: every source row once in `line`, every offer once per target in `row`.

Rules of this file: the decision about a key that the journal knows already is made here, in the
transaction that writes it down; a dry run has a target of its own, so that it changes nothing.

    key is new                                   a new pending row         owner
    same digest, of an earlier line of this run  -                         duplicate
    same digest, created                         -                         duplicate
    same digest, pending or unknown              this run goes on with it  owner
    same digest, failed                          pending again             owner
    other digest, pending, never sent            replaced                  owner
    other digest, failed                         replaced, pending again   owner
    other digest, else                           -                         invalid: key-conflict
"""

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from loader.delivery.lifecycle import advance
from loader.journal.opening import JournalFile
from loader.model import Event, LineKind, Payload, RowError, State
from loader.offer.references import placements_of

DRY_RUN = "dry-run "


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """A source and the sha256 of its bytes."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedLine:
    """A source row after checking. `payload` is None where it is invalid or skipped.

    `key_column` and `key_cell` say where its key stands, for an error about the key.
    """

    row_number: int
    cells: Sequence[str]
    payload: Payload | None
    errors: Sequence[RowError] = ()
    is_skipped: bool = False
    key_column: str = ""
    key_cell: str = ""


class Staging:
    """Write what is read into the journal."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def begin(
        self,
        *,
        target: str,
        command: str,
        sources: Sequence[SourceInfo],
        options: Mapping[str, str],
        dry_run: bool,
    ) -> str:
        """Begin a run and return its id, which sorts by time."""
        now = self._file.clock()
        with self._file.transaction() as sql:
            run_id = _free_run_id(sql, now)
            sql.execute(
                "INSERT INTO run (run_id, target, command, options, dry_run, started_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (run_id, target, command, orjson.dumps(options).decode(), int(dry_run), now),
            )
            sql.executemany(
                "INSERT INTO source VALUES (?, ?, ?, ?)",
                [(run_id, at, source.path, source.digest) for at, source in enumerate(sources)],
            )
        return run_id

    def resumable(
        self, *, target: str, sources: Sequence[SourceInfo], options: Mapping[str, str]
    ) -> str | None:
        """Return the latest run over the same bytes, read the same way, if it was not finished."""
        with self._file.reading() as sql:
            found = sql.execute(
                "SELECT run_id, finished_at, stopped_reason, options FROM run"
                " WHERE target = ? AND dry_run = 0 ORDER BY rowid DESC LIMIT 1",
                (target,),
            ).fetchone()
            if found is None or (found[1] is not None and not found[2]):
                return None
            if orjson.loads(found[3]) != options:
                return None
            held = sql.execute(
                "SELECT path, digest FROM source WHERE run_id = ? ORDER BY position", (found[0],)
            ).fetchall()
        wanted = [(source.path, source.digest) for source in sources]
        return str(found[0]) if held == wanted else None

    def earlier_bytes(self, *, target: str, sources: Sequence[SourceInfo]) -> dict[str, str]:
        """Return the sources that an earlier run read with other bytes: path -> that run."""
        found = {}
        with self._file.reading() as sql:
            for source in sources:
                row = sql.execute(
                    "SELECT run.run_id, source.digest FROM source JOIN run USING (run_id)"
                    " WHERE run.target = ? AND run.dry_run = 0 AND source.path = ?"
                    " ORDER BY run.rowid DESC LIMIT 1",
                    (target, source.path),
                ).fetchone()
                if row is not None and row[1] != source.digest:
                    found[source.path] = str(row[0])
        return found

    def is_staged(self, run_id: str) -> bool:
        """Say whether every source of the run was read to its end."""
        with self._file.reading() as sql:
            row = sql.execute("SELECT staged FROM run WHERE run_id = ?", (run_id,)).fetchone()
        return bool(row and row[0])

    def restart(self, run_id: str) -> None:
        """Forget a half-read staging; nothing of it can have been sent."""
        with self._file.transaction() as sql:
            sql.execute("DELETE FROM line WHERE run_id = ?", (run_id,))
            sql.execute("DELETE FROM sheet WHERE run_id = ?", (run_id,))
            sql.execute(
                "DELETE FROM row WHERE run_id = ? AND state = 'pending' AND attempts = 0"
                " AND NOT EXISTS (SELECT 1 FROM line WHERE line.row_id = row.row_id)"
                " AND NOT EXISTS (SELECT 1 FROM baseline WHERE baseline.row_id = row.row_id)",
                (run_id,),
            )

    def add_sheet(self, run_id: str, *, source: str, sheet: str, header: Sequence[str]) -> int:
        """Add a sheet and return its id."""
        with self._file.transaction() as sql:
            cursor = sql.execute(
                "INSERT INTO sheet (run_id, source, sheet, header) VALUES (?, ?, ?, ?)",
                (run_id, source, sheet, orjson.dumps(list(header)).decode()),
            )
            return int(cursor.lastrowid or 0)

    def add_lines(
        self, run_id: str, sheet_id: int, lines: Sequence[StagedLine], *, target: str, dry_run: bool
    ) -> list[RowError]:
        """Add rows of one sheet in one transaction; return the errors that the journal found."""
        found: list[RowError] = []
        with self._file.transaction() as sql:
            stage = _Stage(sql=sql, run_id=run_id, target=target, dry_run=dry_run)
            for line in lines:
                kind, row_id, error = stage.place(line)
                errors = [*line.errors, *((error,) if error else ())]
                found += (error,) if error else ()
                sql.execute(
                    "INSERT INTO line (run_id, sheet_id, row_number, kind, cells, errors, row_id)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        run_id,
                        sheet_id,
                        line.row_number,
                        kind,
                        orjson.dumps(list(line.cells)).decode(),
                        orjson.dumps([asdict(each) for each in errors]).decode(),
                        row_id,
                    ),
                )
        return found

    def finish(self, run_id: str) -> None:
        """Every source was read to its end."""
        with self._file.transaction() as sql:
            sql.execute("UPDATE run SET staged = 1 WHERE run_id = ?", (run_id,))

    def end_run(self, run_id: str, *, reason: str) -> None:
        """Write down how the run ended; "" where every row got its turn."""
        with self._file.transaction() as sql:
            sql.execute(
                "UPDATE run SET finished_at = ?, stopped_reason = ? WHERE run_id = ?",
                (self._file.clock(), reason, run_id),
            )


def _free_run_id(sql: sqlite3.Connection, now: float) -> str:
    """Return an id that no run of the journal has; short, because people type it."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    while True:
        run_id = f"{stamp}-{secrets.token_hex(2)}"
        if sql.execute("SELECT 1 FROM run WHERE run_id = ?", (run_id,)).fetchone() is None:
            return run_id


Placed = tuple[LineKind, int | None, RowError | None]


class _Stage:
    """The decisions of one transaction."""

    def __init__(self, *, sql: sqlite3.Connection, run_id: str, target: str, dry_run: bool) -> None:
        self._sql = sql
        self._run_id = run_id
        self._targets = [f"{DRY_RUN}{run_id}", target] if dry_run else [target]

    def place(self, line: StagedLine) -> Placed:
        payload = line.payload
        if line.is_skipped:
            return LineKind.SKIPPED, None, None
        if payload is None:
            return LineKind.INVALID, None, None
        for target in self._targets:
            held = self._held(target, payload.row_key)
            if held is not None:
                own = target == self._targets[0]
                return self._meet(held, line, payload, own=own)
        return LineKind.OWNER, self._insert(payload), None

    def _held(self, target: str, row_key: str) -> Any:
        return self._sql.execute(
            "SELECT row_id, digest, state, attempts, run_id,"
            " EXISTS (SELECT 1 FROM line WHERE row_id = row.row_id AND run_id = ?)"
            " FROM row WHERE target = ? AND row_key = ? AND undone_by = ''",
            (self._run_id, target, row_key),
        ).fetchone()

    def _meet(self, held: Any, line: StagedLine, payload: Payload, *, own: bool) -> Placed:
        row_id, digest, state, attempts, _, of_this_run = held
        state = State(state)
        if digest == payload.digest:
            if of_this_run or state is State.CREATED:
                return LineKind.DUPLICATE, row_id, None
            if not own:
                return LineKind.OWNER, self._insert(payload), None
            self._adopt(row_id, state)
            return LineKind.OWNER, row_id, None
        replaceable = state is State.FAILED or (state is State.PENDING and attempts == 0)
        if of_this_run or not replaceable:
            return LineKind.INVALID, None, self._conflict(held, line, payload)
        if not own:
            return LineKind.OWNER, self._insert(payload), None
        self._adopt(row_id, state)
        self._sql.execute(
            "UPDATE row SET digest = ?, body = ?, name = ? WHERE row_id = ?",
            (payload.digest, payload.body, payload.name, row_id),
        )
        return LineKind.OWNER, row_id, None

    def _insert(self, payload: Payload) -> int:
        cursor = self._sql.execute(
            "INSERT INTO row (target, row_key, run_id, name, digest, body, state)"
            " VALUES (?, ?, ?, ?, ?, ?, 'pending')",
            (
                self._targets[0],
                payload.row_key,
                self._run_id,
                payload.name,
                payload.digest,
                payload.body,
            ),
        )
        return int(cursor.lastrowid or 0)

    def _adopt(self, row_id: int, state: State) -> None:
        if state is State.FAILED:
            state = advance(state, Event.RETRY)
        self._sql.execute(
            "UPDATE row SET run_id = ?, state = ?, code = '', message = '', http_status = NULL,"
            " finished_at = NULL WHERE row_id = ?",
            (self._run_id, state, row_id),
        )

    def _conflict(self, held: Any, line: StagedLine, payload: Payload) -> RowError:
        place = self._sql.execute(
            "SELECT sheet.source, sheet.sheet, line.row_number, line.run_id FROM line"
            " JOIN sheet USING (sheet_id) WHERE line.row_id = ? ORDER BY line.line_id DESC LIMIT 1",
            (held[0],),
        ).fetchone()
        where = "an earlier run"
        if place is not None:
            sheet = f", sheet {place[1]}" if place[1] else ""
            run = "" if place[3] == self._run_id else f" (run {place[3]})"
            where = f"row {place[2]} of {place[0]}{sheet}{run}"
        error = RowError(
            row_number=line.row_number,
            column=line.key_column,
            cell=line.key_cell,
            code="key-conflict",
            message=f"the same key with other contents stands in {where}, which is {held[2]}",
            value=payload.row_key[:200],
            suggestion=self._advice(held[0], payload),
        )
        return replace(error)

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
