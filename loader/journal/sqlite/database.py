"""A connection to the journal: transactions of one writer at a time, or a snapshot for reading.

WAL, so that readers never wait for the writer; `synchronous=FULL`, because a commit that is lost in
a power cut would be an offer created twice.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from loader.errors import NO_JOURNAL, JournalBusy, JournalError
from loader.journal.person import current_person
from loader.journal.sql.database import Row, Values
from loader.journal.sqlite.files import (
    check_identity,
    check_integrity,
    check_place,
    check_version,
    connect,
    create_atomically,
    file_id,
    restrict_access,
    translated_errors,
)
from loader.journal.sqlite.migrations import VERSION, migrate
from loader.journal.sqlite.write_lock import WriteLock

_PATIENCE_SECONDS: Final = 30.0  # of a writer for other writers, who need milliseconds
_CHECKPOINT_AFTER: Final = 10_000  # changed rows: those of some 2,000 attempts


class SqliteDatabase:
    """An open journal. `clock` gives UTC seconds since the epoch.

    `guards` are called when a transaction begins, and raise where it must not go on.
    """

    is_remote = False

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        path: Path,
        clock: Callable[[], float],
        lock: WriteLock | None,
    ) -> None:
        self.connection = connection
        self.path = path
        self.place = str(path)
        self.clock = clock
        self.person = current_person()
        self.guards: list[Callable[[sqlite3.Connection], None]] = []
        self._lock = lock
        self._file_id = file_id(path)
        self._checkpointed_at = 0
        self._is_closed = False

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float], create: bool = True) -> Self:
        """Open the journal for writing, and make it if need be."""
        with translated_errors(path):
            if not path.exists():
                check_place(path)
                if not create:
                    raise _missing(path)
                create_atomically(path)
            check_identity(path)
            lock = WriteLock(path)
            connection = connect(path)
            database = cls(connection, path=path, clock=clock, lock=lock)
            try:
                database._prepare()
            except BaseException:
                connection.close()
                lock.close()
                raise
        return database

    @classmethod
    def open_snapshot(cls, path: Path, *, clock: Callable[[], float]) -> Self:
        """Open the journal as it is at this moment, for reading only."""
        with translated_errors(path):
            if not path.exists():
                check_place(path)
                raise _missing(path)
            check_identity(path)
            connection = connect(path, read_only=True)
            try:
                if check_version(connection, path) < VERSION:
                    connection.close()
                    cls.open(path, clock=clock, create=False).close()  # migrates it
                    connection = connect(path, read_only=True)
                connection.execute("BEGIN")
            except BaseException:
                connection.close()
                raise
        return cls(connection, path=path, clock=clock, lock=None)

    def _prepare(self) -> None:
        self._take_lock()
        try:
            check_version(self.connection, self.path)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
            self.connection.execute("PRAGMA wal_autocheckpoint = 0")
            # UPDATE ... RETURNING has a journal of its own: in a file it costs 15 UPDATEs.
            self.connection.execute("PRAGMA temp_store = MEMORY")
            migrate(self.connection)
            self.connection.execute("PRAGMA foreign_keys = ON")
            restrict_access(self.path)
        finally:
            self._unlock()
        check_integrity(self.connection, self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it. The last one to do so puts everything into the main file."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._lock is None:
            self.connection.close()
            return
        self._lock.take(most_seconds=_PATIENCE_SECONDS)
        self.connection.close()
        self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction; what it holds is on disk when this returns, or nothing of it is."""
        with translated_errors(self.path):
            self._take_lock()
            self._begin()
            try:
                yield self.connection
            except BaseException:
                self.roll_back()
                raise
            self.commit()

    def try_begin(self) -> bool:
        """Begin a transaction unless another writer is at work; `commit` or `roll_back` ends it."""
        with translated_errors(self.path):
            if self._lock is None or not self._lock.try_take():
                return False
            self._begin()
        return True

    def commit(self) -> None:
        """Commit; everything is on disk when this returns."""
        with translated_errors(self.path):
            try:
                self.connection.execute("COMMIT")
                if self.connection.total_changes - self._checkpointed_at > _CHECKPOINT_AFTER:
                    self._checkpointed_at = self.connection.total_changes
                    self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except BaseException:
                self.roll_back()
                raise
            self._unlock()

    def roll_back(self) -> None:
        """Undo what the transaction did."""
        with suppress(sqlite3.Error):
            self.connection.execute("ROLLBACK")
        self._unlock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading, with SQLite's errors in our words."""
        with translated_errors(self.path):
            yield self.connection

    def stream(self, statement: str, values: Values) -> Iterator[Row]:
        """Yield the rows of a statement as SQLite finds them."""
        with self.reading() as sql:
            yield from sql.execute(statement, values)

    def _begin(self) -> None:
        """Begin, with the lock held: the file is still the same, and the guards agree."""
        try:
            if file_id(self.path) != self._file_id:
                raise JournalError(
                    f"the journal {self.path} was deleted or replaced while the loader was using"
                    " it: nothing more is sent. Put it back before you load again; without it the"
                    " loader cannot know what it created."
                )
            self.connection.execute("BEGIN IMMEDIATE")
            for guard in self.guards:
                guard(self.connection)
        except BaseException:
            self.roll_back()
            raise

    def _take_lock(self) -> None:
        if self._lock is None:
            raise JournalError(f"the journal {self.path} was opened for reading only")
        if not self._lock.take(most_seconds=_PATIENCE_SECONDS):
            raise JournalBusy(
                f"the journal {self.path} is being written by another loader, without a pause for"
                f" {_PATIENCE_SECONDS:.0f} seconds: try again"
            )

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()


def _missing(path: Path) -> JournalError:
    return JournalError(
        f"there is no journal at {path}: nothing was loaded with it yet, or it is elsewhere (give"
        " --journal PATH)",
        code=NO_JOURNAL,
    )
