"""The journal of one database, with everything that `loader.journal.ports` asks of one."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Self

from loader.journal.ports import Lease, Operations
from loader.journal.postgres.database import PostgresDatabase
from loader.journal.postgres.holding import PostgresClaims
from loader.journal.postgres.lease import owned_target
from loader.journal.sql.audit import SqlAudit
from loader.journal.sql.history import SqlHistory
from loader.journal.sql.operations import GroupedOperations
from loader.journal.sql.snapshots import SqlSnapshots
from loader.journal.sql.staging import SqlStaging
from loader.journal_address import DatabaseAddress
from loader.model import Operation


class PostgresJournal:
    """An open journal in PostgreSQL."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.database = database
        self.place = database.place
        self.staging = SqlStaging(database)
        self.history = SqlHistory(database)
        self.claims = PostgresClaims(database)
        self.snapshots = SqlSnapshots(database)
        self.audit = SqlAudit(database)

    @classmethod
    def open(
        cls,
        address: DatabaseAddress,
        *,
        clock: Callable[[], float],
        create: bool = True,
    ) -> Self:
        """Open the journal, and make it if need be. `clock` gives UTC seconds."""
        return cls(PostgresDatabase.open(address, clock=clock, create=create))

    @classmethod
    def open_snapshot(
        cls,
        address: DatabaseAddress,
        *,
        clock: Callable[[], float],
    ) -> Self:
        """Open the journal as it is at this moment, for reading: a run may work meanwhile."""
        return cls(PostgresDatabase.open_snapshot(address, clock=clock))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def person(self) -> str:
        """Who runs this process: user@host."""
        return self.database.person

    def lease(self, target: str, *, words: str = "") -> AbstractContextManager[Lease]:
        """Take the lease of a target, or raise `JournalBusy`, which names its holder."""
        return owned_target(self.database, target, words=words or target)

    def operations(
        self, run_id: str, *, lease: Lease, only: Operation | None = None
    ) -> AbstractAsyncContextManager[Operations]:
        """Give the operations of a run; on leaving, everything that waits is written first."""
        return GroupedOperations.opened(
            self.database, run_id=run_id, target=lease.target, only=only
        )

    def close(self) -> None:
        """Close it. Safe to repeat."""
        self.database.close()
