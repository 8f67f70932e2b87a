"""The file that holds a draft: its rows, what is wrong with them, and what was edited.

One writer at a time, which the lock says; readers see the last commit and never wait for it.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

from loader.errors import EditRefused, JournalError
from loader.named_sql import script, statements

_SQL: Final = statements("database.sql", package=__package__)
_MOST_SECONDS: Final = 30.0  # that one process waits until another has written
_PAUSE_SECONDS: Final = 0.002


class DraftDatabase:
    """An open draft file. Any thread may use it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._reader_lock = threading.Lock()
        with _translated(path), ExitStack() as opened:
            self._writer = opened.enter_context(closing(self._connect()))
            self._writer.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                + script("schema.sql", package=__package__)
            )
            self._writer.execute("PRAGMA busy_timeout = 0")  # `_begin` waits
            self._reader = self._connect()
            opened.pop_all()  # both stay open until `close`

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._reader_lock:
            self._writer.close()
            self._reader.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection that writes; the block is one transaction."""
        with self._lock, _translated(self.path):
            self._begin()
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def _begin(self) -> None:
        """Begin to write, as soon as other processes let us.

        SQLite would ask ten times a second, and miss the short pauses of one that checks rows.
        """
        until = time.monotonic() + _MOST_SECONDS
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not _is_in_use(error) or time.monotonic() > until:
                    raise
            else:
                return
            time.sleep(_PAUSE_SECONDS)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one state of the draft."""
        with self._reader_lock, _translated(self.path):
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.execute("ROLLBACK")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if _is_in_use(error):
            raise EditRefused(
                "another page is reading or checking this file: try again in a moment"
            ) from error
        raise JournalError(
            f"the draft {path.parent.name} cannot be used: {error}; is the disk full, or was its"
            f" folder removed? It is in {path.parent}"
        ) from error


def _is_in_use(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)  # mistakes in using sqlite3 have none
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY  # the rest says why


def fact(sql: sqlite3.Connection, name: str, default: Any = "") -> Any:
    """Return a fact about the whole draft."""
    row = sql.execute(_SQL.fact, (name,)).fetchone()
    return default if row is None else row[0]


def set_fact(sql: sqlite3.Connection, name: str, value: str | float) -> None:
    """Store a fact about the whole draft."""
    sql.execute(_SQL.set_fact, (name, value))


def next_revision(sql: sqlite3.Connection) -> int:
    """Count one more change of the draft, and return its number."""
    revision = int(fact(sql, "revision", 0)) + 1
    set_fact(sql, "revision", revision)
    return revision
