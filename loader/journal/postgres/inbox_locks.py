"""What a watcher holds while others watch the same inbox: advisory locks of its session.

They end with the session, as the right to a target does: at once when the process is killed, and
after `silent_seconds` when the database hears nothing of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from loader.errors import JournalError
from loader.journal.postgres.database import PostgresDatabase
from loader.journal.postgres.lock_keys import holder_key
from loader.journal.postgres.session_heartbeat import Beating
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
        """Whether the session ended, and everything that it held with it."""
        return self._own.connection.session.closed

    def hold(self, what: str) -> bool:
        """Hold something, unless another session does; say whether it is held now."""
        if what not in self._held:
            key = holder_key(self._own.schema, what)
            row = self._own.connection.execute(_SQL.own_a_target, {"key": key}).fetchone()
            if row is None or not row[0]:
                return False
            self._held.add(what)
        return True

    def let_go(self, what: str) -> None:
        """Hold it no longer."""
        if what in self._held:
            self._held.discard(what)
            key = holder_key(self._own.schema, what)
            self._own.connection.execute(_SQL.free_a_target, {"key": key})

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Beat for a block: whoever does not is replaced."""
        seconds = self._own.silent_seconds
        self._own.wait_for_beats(seconds=seconds, idle_seconds=seconds)
        beating = Beating("watching", self._beaten, silent_seconds=seconds)
        beating.start()
        try:
            yield
        finally:
            beating.stop()

    def _beaten(self) -> bool:
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
