"""An open journal in PostgreSQL: transactions on one session, and reading on another one.

The advisory lock of the session that writes is the right to send. Who loses the session loses that
right, so the session is never opened a second time.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, Self

import psycopg

from loader.errors import JournalError
from loader.journal.person import current_person
from loader.journal.postgres import tables
from loader.journal.postgres.connection import PostgresConnection, ReadingConnection
from loader.journal.postgres.dead_server import DeadServerWatch
from loader.journal.postgres.lock_keys import writer_key
from loader.journal.postgres.session import (
    check_server,
    connect,
    is_at_work,
    opening,
    run,
    translated_errors,
)
from loader.journal.postgres.statements import translate
from loader.journal.sql.database import Row, Values
from loader.journal.sql.statements import statements
from loader.journal_address import DatabaseAddress

_SQL: Final = statements("server.sql", package=__package__)
_PAGE: Final = 500  # rows of a stream that are fetched at once
_PATIENCE_SECONDS: Final = 30
_SLOW_SECONDS: Final = 120  # idle in a transaction, without a lease

# Who writes looks rows up by their keys. A plan is made once, when the tables may still be small,
# and must serve when they are large.
_BY_KEYS: Final = {
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin"), "off"),
    "plan_cache_mode": "force_generic_plan",
}


class PostgresDatabase:
    """An open journal. `clock` gives UTC seconds since the epoch."""

    is_remote = True

    def __init__(
        self,
        address: DatabaseAddress,
        session: psycopg.Connection[Any],
        *,
        clock: Callable[[], float],
        for_reading: bool,
    ) -> None:
        self.place = str(address)
        self.clock = clock
        self.person = current_person()
        self.silent_seconds = address.silent_seconds
        self.schema = tables.schema_of(session, self.place)
        self._address = address
        watch = self._watch_for(session)
        self.connection = PostgresConnection(session, place=self.place, watch=watch)
        self.targets: set[str] = set()  # that this session owns
        self._for_reading = for_reading
        self._reader: ReadingConnection | None = None
        if for_reading:
            self._reader = ReadingConnection(session, place=self.place, watch=watch)
        self._streams = itertools.count()

    @classmethod
    def open(
        cls,
        address: DatabaseAddress,
        *,
        clock: Callable[[], float],
        create: bool = True,
        format_made: int = tables.FORMAT,
    ) -> Self:
        """Open the journal for writing, and make it if need be."""
        place = str(address)
        with opening(address) as session:
            check_server(session, place)
            _check_direct(session, place)
            self = cls(address, session, clock=clock, for_reading=False)
            self.set_idle_timeouts()
            of_copy = format_made == tables.UNFINISHED
            if tables.format_of(session, place, of_copy=of_copy) is None:
                if not create:
                    raise tables.missing_journal(place)
                tables.create_tables(session, schema=self.schema, number=format_made)
        return self

    @classmethod
    def open_snapshot(cls, address: DatabaseAddress, *, clock: Callable[[], float]) -> Self:
        """Open the journal as it is at this moment, for reading only."""
        place = str(address)
        with opening(address) as session:
            check_server(session, place)
            if tables.format_of(session, place) is None:
                raise tables.missing_journal(place)
            run(session, _SQL.begin_snapshot)
            return cls(address, session, clock=clock, for_reading=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it, and with it everything that it owns. Safe to repeat."""
        self.connection.close()
        if self._reader is not None:
            self._reader.close()

    @contextmanager
    def transaction(self) -> Iterator[PostgresConnection]:
        """Run one transaction that adds rows: one at a time, whatever the target."""
        self.begin()
        try:
            self.connection.execute(_SQL.lock, {"key": writer_key(self.schema)})
            yield self.connection
        except BaseException:
            self.roll_back()
            raise
        self.commit()

    def begin(self) -> None:
        """Begin a transaction."""
        if self._for_reading:
            raise JournalError(f"the journal {self.place} was opened for reading only")
        self.connection.begin()

    def set_timeouts(self, *, seconds: float, idle_seconds: float) -> None:
        """Let the server end this session when it is silent for so long; 0 is for ever."""
        silent = max(1, round(self.silent_seconds))
        settings = {
            **_BY_KEYS,
            "lock_timeout": _PATIENCE_SECONDS * 1000,
            "statement_timeout": 0,
            "idle_session_timeout": round(idle_seconds * 1000),
            "idle_in_transaction_session_timeout": round(seconds * 1000),
            "tcp_keepalives_idle": max(1, silent // 3),
            "tcp_keepalives_interval": max(1, silent // 3),
            "tcp_keepalives_count": 2,
            "tcp_user_timeout": silent * 1000,
        }
        session = self.connection.session
        with session.pipeline():
            run(session, _SQL.keep_commits)
            for name, value in settings.items():
                run(session, _SQL.set, name=name, value=str(value))

    def set_idle_timeouts(self) -> None:
        """Set the time-outs of a session without heartbeats: longer, and none while it is idle."""
        self.set_timeouts(seconds=_SLOW_SECONDS, idle_seconds=0)

    def try_begin(self) -> bool:
        """Begin a transaction: the owner of a target waits for nobody."""
        self.begin()
        return True

    def commit(self) -> None:
        """Commit; everything is on the server's disk when this returns."""
        try:
            self.connection.commit()
        except BaseException:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        """Undo what the transaction did."""
        self.connection.roll_back()

    @contextmanager
    def reading(self) -> Iterator[ReadingConnection]:
        """Give the connection for reading, which sees what is committed."""
        with translated_errors(self.place):
            if self._reader is None or (self._reader.session.closed and not self._for_reading):
                session = connect(self._address)
                self._reader = ReadingConnection(
                    session, place=self.place, watch=self._watch_for(session)
                )
            yield self._reader

    def stream(self, statement: str, values: Values) -> Iterator[Row]:
        """Yield the rows of a statement, some at a time."""
        with self.reading() as reader:
            name = f"stream_{next(self._streams)}"
            # Outside a transaction the server keeps the rows until the cursor is closed.
            cursor = reader.session.cursor(name, withhold=not self._for_reading)
            try:
                with reader.asking():
                    cursor.execute(translate(statement).text, values, binary=True)
                    page = cursor.fetchmany(_PAGE)
                while page:
                    yield from page
                    with reader.asking():
                        page = cursor.fetchmany(_PAGE)
            finally:
                with reader.asking():
                    cursor.close()

    def _watch_for(self, session: psycopg.Connection[Any]) -> DeadServerWatch:
        return DeadServerWatch(
            session, partial(is_at_work, self._address, session.info.backend_pid)
        )


def _check_direct(session: psycopg.Connection[Any], place: str) -> None:
    """Refuse what would break the promise that the owner of a target is one session."""
    row = run(session, _SQL.session).fetchone() or (0, False)
    pid, is_replica, *_ = row
    if is_replica:
        raise JournalError(
            f"the journal {place} is read only (a replica): give the address of the primary server"
        )
    if pid != session.info.backend_pid:
        raise JournalError(
            f"the journal {place} is reached through a connection pooler, which may give the"
            " session of this loader to others: give the address and port of the server itself"
        )
