"""The journal of one database, shared by several machines."""

from collections.abc import Callable
from typing import Self

from loader.journal.postgres.database import PostgresDatabase
from loader.journal.postgres.inbox_locks import PostgresClaims
from loader.journal.postgres.lease import PostgresLease
from loader.journal.sql.journal import SqlJournal
from loader.journal_address import DatabaseAddress


class PostgresJournal(SqlJournal[PostgresDatabase, PostgresClaims]):
    """An open journal in PostgreSQL."""

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database, PostgresClaims(database))

    @classmethod
    def open(
        cls, address: DatabaseAddress, *, clock: Callable[[], float], create: bool = True
    ) -> Self:
        """Open the journal, and make it if need be. `clock` gives UTC seconds."""
        return cls(PostgresDatabase.open(address, clock=clock, create=create))

    @classmethod
    def open_snapshot(cls, address: DatabaseAddress, *, clock: Callable[[], float]) -> Self:
        """Open the journal as it is at this moment, for reading: a run may work meanwhile."""
        return cls(PostgresDatabase.open_snapshot(address, clock=clock))

    def _lease(self, target: str, words: str) -> PostgresLease:
        return PostgresLease(self.database, target, words=words)
