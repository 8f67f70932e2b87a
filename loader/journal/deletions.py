"""The journal of an undo: the intent to delete first, then what became of it.

Rules of this file: deleting by id is idempotent, so an interrupted deletion is simply tried again;
an offer that is gone frees its key, so that the row can be loaded again.
"""

from collections.abc import Mapping
from enum import StrEnum

from loader.journal.database import JournalFile


class Deletion(StrEnum):
    """How the deletion of one offer stands."""

    DELETING = "deleting"  # the intent; the reply was not seen
    DELETED = "deleted"  # by us
    GONE = "gone"  # it was not there any more
    KEPT = "kept"  # edited since, or refused: never deleted


_FREE = (Deletion.DELETED, Deletion.GONE)


class Deletions:
    """The deletions of one run."""

    def __init__(self, file: JournalFile, run_id: str) -> None:
        self._file = file
        self._run_id = run_id

    def due(self, *, after_row_id: int, limit: int) -> list[tuple[int, str, str, bytes]]:
        """Return (row_id, id, etag, body) of offers that the run created and that still stand."""
        with self._file.reading() as sql:
            return sql.execute(
                "SELECT row.row_id, row.instance_id, row.etag, row.body FROM row"
                " LEFT JOIN deletion USING (row_id) WHERE row.run_id = ? AND row.state = 'done'"
                " AND row.undone_by = '' AND row.row_id > ?"
                " AND coalesce(deletion.state, 'deleting') = 'deleting'"
                " ORDER BY row.row_id LIMIT ?",
                (self._run_id, after_row_id, limit),
            ).fetchall()

    def record(self, row_id: int, state: Deletion, *, reason: str = "") -> None:
        """Commit how a deletion stands."""
        with self._file.transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO deletion VALUES (?, ?, ?, ?, ?)",
                (row_id, self._run_id, state, reason, self._file.clock()),
            )
            if state in _FREE:
                sql.execute(
                    "UPDATE row SET undone_by = ? || '#' || row_id WHERE row_id = ?",
                    (self._run_id, row_id),
                )

    def try_kept_again(self) -> None:
        """Before an undo: what was kept last time is looked at anew."""
        with self._file.transaction() as sql:
            sql.execute("DELETE FROM deletion WHERE run_id = ? AND state = 'kept'", (self._run_id,))

    def counts(self) -> Mapping[str, int]:
        """Return how many of the offers that the run created stand how; "" is not tried."""
        with self._file.reading() as sql:
            rows = sql.execute(
                "SELECT coalesce(deletion.state, ''), count(*) FROM row"
                " LEFT JOIN deletion USING (row_id)"
                " WHERE row.run_id = ? AND row.state = 'done' GROUP BY 1",
                (self._run_id,),
            ).fetchall()
        return dict(rows)

    def kept(self, *, limit: int) -> list[tuple[int, str]]:
        """Return (row_id, reason) of the first offers that were kept."""
        with self._file.reading() as sql:
            return sql.execute(
                "SELECT row_id, reason FROM deletion WHERE run_id = ? AND state = 'kept'"
                " ORDER BY row_id LIMIT ?",
                (self._run_id, limit),
            ).fetchall()
