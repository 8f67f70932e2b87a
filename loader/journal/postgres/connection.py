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
from loader.journal.postgres.dead_server import DeadServerWatch
from loader.journal.postgres.session import session_lost, translated_errors
from loader.journal.postgres.statements import translate, translate_group
from loader.journal.sql.database import Values

_Queued = tuple[str, Values]
# When a session breaks we report that once ourselves: warnings of psycopg go to logs alone.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class PostgresConnection:
    """The connection that writes. One thread uses it; another one may send heartbeats."""

    def __init__(
        self, session: psycopg.Connection[Any], *, place: str, watch: DeadServerWatch
    ) -> None:
        self.session = session
        self._place = place
        self._watch = watch
        self._queued: list[_Queued] = []
        self._sending = threading.Lock()
        self._lost: JournalError | None = None  # why the session ended, for every later call

    def execute(self, statement: str, values: Values | None = None, /) -> psycopg.Cursor[Any]:
        """Run a statement, after everything that is queued."""
        return self._send((translate(statement).text, values or {}))

    def executemany(self, statement: str, rows: Sequence[Values], /) -> "DeferredRowCount":
        """Queue a statement for each of the rows: it runs with the next one that returns rows."""
        if rows:
            self._queued += _queued(statement, rows)
        return DeferredRowCount(self)

    def send_now(self) -> psycopg.Cursor[Any]:
        """Send everything that is queued; return the result of the last statement."""
        return self._send(self._queued.pop())

    def begin(self) -> None:
        """Begin a transaction, with the first statement of it."""
        self._queued = [("BEGIN", {})]

    def commit(self) -> None:
        """Commit, with everything that is queued."""
        ended = self._send(("COMMIT", {})).statusmessage
        if ended != "COMMIT":
            raise JournalError(f"the database ended a transaction with {ended}: nothing is written")

    def roll_back(self) -> None:
        """Undo what the transaction did; a lost session does that itself."""
        self._queued = []
        if self.session.info.transaction_status != TransactionStatus.IDLE:
            with suppress(JournalError):
                self._send(("ROLLBACK", {}))

    def beat(self, statement: str, values: Values) -> None:
        """Run a statement from another thread, between two others."""
        with self._exclusive_session():
            self.session.execute(translate(statement).text, values)

    def close(self) -> None:
        """End the session."""
        self._watch.stop()
        self.session.close()

    def _send(self, last: _Queued) -> psycopg.Cursor[Any]:
        queued, self._queued = self._queued, []
        with self._exclusive_session():
            if not queued:
                return self.session.execute(*last, binary=True)
            with self.session.pipeline():
                for text, values in queued:
                    self.session.execute(text, values)
                return self.session.execute(*last, binary=True)

    @contextmanager
    def _exclusive_session(self) -> Iterator[None]:
        with self._sending:
            if self._lost is not None:
                raise self._lost
            try:
                with self._watch.asking(), translated_errors(self._place):
                    yield
            except JournalError as error:
                if self.session.closed and isinstance(error.__cause__, psycopg.Error):
                    self._lost = session_lost(error.__cause__, self._place, why=self._watch.why)
                    raise self._lost from error.__cause__
                raise


def _queued(statement: str, rows: Sequence[Values]) -> list[_Queued]:
    """Return a statement for all rows, or for each; none where another statement does its work."""
    together = translate_group(statement)
    if together is not None and together.names:
        return [(together.text, columns(rows, together.names))]
    each = together or translate(statement)
    return [(each.text, row) for row in rows] if each.names else []


class DeferredRowCount:
    """The row count of a queued statement: to read it sends what is queued."""

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        return self._connection.send_now().rowcount


class ReadingConnection:
    """A connection that reads, so that nothing is queued."""

    def __init__(
        self, session: psycopg.Connection[Any], *, place: str, watch: DeadServerWatch
    ) -> None:
        self.session = session
        self._place = place
        self._watch = watch

    def execute(self, statement: str, values: Values | None = None, /) -> psycopg.Cursor[Any]:
        """Run a statement."""
        with self.asking():
            return self.session.execute(translate(statement).text, values or {}, binary=True)

    def executemany(self, statement: str, rows: Sequence[Values], /) -> psycopg.Cursor[Any]:
        """Run a statement for many rows at once."""
        together = translate_group(statement)
        assert together is not None, statement  # noqa: S101 - whoever reads writes `seen` alone
        with self.asking():
            return self.session.execute(together.text, columns(rows, together.names))

    def close(self) -> None:
        """End the session."""
        self._watch.stop()
        self.session.close()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Wait for the server within the block, and raise where it does not answer any more."""
        try:
            with self._watch.asking():
                yield
        except psycopg.Error as error:
            if not self._watch.why:
                raise
            raise JournalError(
                f"the journal {self._place} cannot be read ({self._watch.why}): check the"
                " network and the server, then run the command again"
            ) from error
