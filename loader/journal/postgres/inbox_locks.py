"""What a watcher holds while others watch the same inbox: advisory locks of its session.

They end with the session, as the right to a target does: at once when the process is killed, and
after `silent_seconds` without a heartbeat.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from loader.errors import JournalError
from loader.journal.postgres.database import PostgresDatabase
from loader.journal.postgres.lock_keys import holder_key
from loader.journal.postgres.session_heartbeat import Heartbeat
from loader.journal.sql.claims import SqlClaims
from loader.journal.sql.statements import statements

_SQL: Final = statements("server.sql", package=__package__)


class PostgresClaims(SqlClaims):
    """The claims of all inboxes that use this journal, on any number of machines."""

    are_shared = True

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database)
        self._own = database
        self._held: set[str] = set()

    @property
    def are_lost(self) -> bool:
        """Whether the session ended, and all its locks with it."""
        return self._own.connection.session.closed

    def hold(self, what: str) -> bool:
        """Lock something, unless another session has it; return whether this session has it now."""
        if what not in self._held:
            key = holder_key(self._own.schema, what)
            row = self._own.connection.execute(_SQL.own_a_target, {"key": key}).fetchone()
            if row is None or not row[0]:
                return False
            self._held.add(what)
        return True

    def release(self, what: str) -> None:
        """Release it."""
        if what in self._held:
            self._held.discard(what)
            key = holder_key(self._own.schema, what)
            self._own.connection.execute(_SQL.free_a_target, {"key": key})

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Send heartbeats within the block: a watcher without them is replaced."""
        seconds = self._own.silent_seconds
        self._own.set_timeouts(seconds=seconds, idle_seconds=seconds)
        heartbeat = Heartbeat("watching", self._beat, silent_seconds=seconds)
        heartbeat.start()
        try:
            yield
        finally:
            heartbeat.stop()

    def _beat(self) -> bool:
        try:
            self._own.connection.beat(_SQL.still_here, {})
        except JournalError:
            return False
        return True

    def import_ledger(self, path: Path) -> None:
        """Refuse the ledger that inboxes had before format 4: it lies beside a file."""
        raise JournalError(
            f"{path} is the ledger of an older loader: watch once with the journal beside it, then"
            " copy that one with `loader journal copy`"
        )
