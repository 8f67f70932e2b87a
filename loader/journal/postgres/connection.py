"""Runs statements on a session, and sends those that return nothing together with the next one.

So a group of rows costs as many round trips as it asks questions, whatever it writes.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from loader.errors import JournalError
from loader.journal.postgres.arrays import columns
from loader.journal.postgres.dead_server import Listening
from loader.journal.postgres.session import session_lost, translated_errors
from loader.journal.postgres.statements import said, said_of_many
from loader.journal.sql.database import Values

_Waiting = tuple[str, Values]
# What psycopg warns of when a session breaks is said in our words, once; a log may have it.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class PostgresConnection:
    """The connection that writes. One thread at a time works with it; another one may beat."""

    def __init__(
        self, session: psycopg.Connection[Any], *, place: str, listening: Listening
    ) -> None:
        self.session = session
        self._place = place
        self._listening = listening
        self._waiting: list[_Waiting] = []
        self._sending = threading.Lock()
        self._lost: JournalError | None = None  # why the session ended, as the first one was told

    def execute(self, statement: str, values: Values | None = None, /) -> psycopg.Cursor[Any]:
        """Run a statement, after everything that waits."""
        return self._send((said(statement).text, values or {}))

    def executemany(self, statement: str, rows: Sequence[Values], /) -> "ChangedLater":
        """Run a statement once for each of the rows, with the next one that returns something."""
        if rows:
            self._waiting += _waiting(statement, rows)
        return ChangedLater(self)

    def send_now(self) -> psycopg.Cursor[Any]:
        """Send everything that waits; return what came of the last of it."""
        return self._send(self._waiting.pop())

    def begin(self) -> None:
        """Begin a transaction, with the first statement of it."""
        self._waiting = [("BEGIN", {})]

    def commit(self) -> None:
        """Commit, with everything that waits."""
        ended = self._send(("COMMIT", {})).statusmessage
        if ended != "COMMIT":
            raise JournalError(f"the database ended a transaction with {ended}: nothing is written")

    def roll_back(self) -> None:
        """Undo what the transaction did; a lost session does that itself."""
        self._waiting = []
        if self.session.info.transaction_status != TransactionStatus.IDLE:
            with suppress(JournalError):
                self._send(("ROLLBACK", {}))

    def beat(self, statement: str, values: Values) -> None:
        """Run a statement from another thread, between two others."""
        with self._talking():
            self.session.execute(said(statement).text, values)

    def close(self) -> None:
        """End the session."""
        self._listening.stop()
        self.session.close()

    def _send(self, last: _Waiting) -> psycopg.Cursor[Any]:
        waiting, self._waiting = self._waiting, []
        with self._talking():
            if not waiting:
                return self.session.execute(*last, binary=True)
            with self.session.pipeline():
                for text, values in waiting:
                    self.session.execute(text, values)
                return self.session.execute(*last, binary=True)

    @contextmanager
    def _talking(self) -> Iterator[None]:
        with self._sending:
            if self._lost is not None:
                raise self._lost
            try:
                with self._listening.asking(), translated_errors(self._place):
                    yield
            except JournalError as error:
                if self.session.closed and isinstance(error.__cause__, psycopg.Error):
                    self._lost = session_lost(error.__cause__, self._place, why=self._listening.why)
                    raise self._lost from error.__cause__
                raise


def _waiting(statement: str, rows: Sequence[Values]) -> list[_Waiting]:
    """Say a statement for rows, together or for each. One without values is done by another."""
    together = said_of_many(statement)
    if together is not None and together.names:
        return [(together.text, columns(rows, together.names))]
    each = together or said(statement)
    return [(each.text, row) for row in rows] if each.names else []


class ChangedLater:
    """What the last statement changes that waits: who asks for it does not wait."""

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        return self._connection.send_now().rowcount


class ReadingConnection:
    """A connection that reads: it has nothing to send together."""

    def __init__(
        self, session: psycopg.Connection[Any], *, place: str, listening: Listening
    ) -> None:
        self.session = session
        self._place = place
        self._listening = listening

    def execute(self, statement: str, values: Values | None = None, /) -> psycopg.Cursor[Any]:
        """Run a statement."""
        with self.asking():
            return self.session.execute(said(statement).text, values or {}, binary=True)

    def executemany(self, statement: str, rows: Sequence[Values], /) -> psycopg.Cursor[Any]:
        """Run a statement for many rows at once."""
        together = said_of_many(statement)
        assert together is not None, statement  # noqa: S101 - whoever reads writes `seen` alone
        with self.asking():
            return self.session.execute(together.text, columns(rows, together.names))

    def close(self) -> None:
        """End the session."""
        self._listening.stop()
        self.session.close()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Wait within the block for the server, but not for one that does not answer any more."""
        try:
            with self._listening.asking():
                yield
        except psycopg.Error as error:
            if not self._listening.why:
                raise
            raise JournalError(
                f"the journal {self._place} cannot be read ({self._listening.why}): check the"
                " network and the server, then run the command again"
            ) from error
