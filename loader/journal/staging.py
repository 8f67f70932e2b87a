"""What was read: the runs, their sources and sheets, and every source row once in `line`.

Rules of this file: a run is staged to its end before anything of it is sent; what becomes of a row
whose key the journal knows is decided in `arrivals`, in the transaction that writes it down.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from loader.journal.database import JournalFile
from loader.journal.keys import KeyResolver, StagedLine
from loader.model import RowError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """A source and the sha256 of its bytes."""

    path: str
    digest: str


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
        self, run_id: str, sheet_id: int, lines: Iterable[StagedLine], *, target: str, dry_run: bool
    ) -> list[RowError]:
        """Add rows of one sheet in one transaction; return the errors that the journal found."""
        with self._file.transaction() as sql:
            arrivals = KeyResolver(
                sql, run_id=run_id, sheet_id=sheet_id, target=target, dry_run=dry_run
            )
            return list(arrivals.add(lines))

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
