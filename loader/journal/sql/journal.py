"""An open journal in tables, with everything that `loader.journal.ports` asks of one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Generic, Protocol, Self, TypeVar

from loader.journal.ports import Lease, Operations
from loader.journal.sql.audit import SqlAudit
from loader.journal.sql.claims import SqlClaims
from loader.journal.sql.database import Database
from loader.journal.sql.history import SqlHistory
from loader.journal.sql.lease_holders import check_not_moved
from loader.journal.sql.operations import GroupedOperations
from loader.journal.sql.snapshots import SqlSnapshots
from loader.journal.sql.staging import SqlStaging
from loader.model import Operation

D = TypeVar("D", bound=Database)
C = TypeVar("C", bound=SqlClaims)


class TargetLease(Lease, Protocol):
    """A lease that is taken and given back."""

    def take(self) -> None:
        """Take it, or raise `JournalBusy`, which names the holder."""

    def release(self) -> None:
        """Give it back, if it is still ours."""


class SqlJournal(ABC, Generic[D, C]):
    """What the journals of both databases do alike; leases are their own."""

    def __init__(self, database: D, claims: C) -> None:
        self.database = database
        self.place = database.place
        self.staging = SqlStaging(database)
        self.history = SqlHistory(database)
        self.claims = claims
        self.snapshots = SqlSnapshots(database)
        self.audit = SqlAudit(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def person(self) -> str:
        """Who runs this process: user@host."""
        return self.database.person

    def check_not_moved(self, *, but_to: str = "") -> None:
        """Refuse a journal that was copied to another place, unless that is `but_to`."""
        with self.database.reading() as sql:
            check_not_moved(sql, self.place, but_to=but_to)

    @contextmanager
    def lease(self, target: str, *, words: str = "") -> Iterator[Lease]:
        """Take the lease of a target, or raise `JournalBusy`, which names its holder."""
        lease = self._lease(target, words or target)
        lease.take()
        try:
            yield lease
        finally:
            lease.release()

    @abstractmethod
    def _lease(self, target: str, words: str) -> TargetLease:
        """Return the lease of a target, which is not taken yet."""

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
