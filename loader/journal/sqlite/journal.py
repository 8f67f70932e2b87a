"""The journal of one file."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from loader.journal.sql.journal import SqlJournal
from loader.journal.sqlite.claims import SqliteClaims
from loader.journal.sqlite.database import SqliteDatabase
from loader.journal.sqlite.lease import HeldLease


class SqliteJournal(SqlJournal[SqliteDatabase, SqliteClaims]):
    """An open journal in SQLite."""

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, SqliteClaims(database))

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float], create: bool = True) -> Self:
        """Open the journal at `path`, and make it if need be. `clock` gives UTC seconds."""
        return cls(SqliteDatabase.open(path, clock=clock, create=create))

    @classmethod
    def open_snapshot(cls, path: Path, *, clock: Callable[[], float]) -> Self:
        """Open the journal as it is at this moment, for reading: a run may work meanwhile."""
        return cls(SqliteDatabase.open_snapshot(path, clock=clock))

    def _lease(self, target: str, words: str) -> HeldLease:
        return HeldLease(self.database, target, words=words)
