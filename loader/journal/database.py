"""Open the journal: one file, one connection, one owner.

Rules of this file: a journal is born whole (a temporary name, then a rename); SQLite's own
exclusive lock keeps a second loader out, and a note beside the file says who holds it; WAL with
`synchronous=FULL`, because a commit lost at power loss would be a duplicate offer.
"""

import json
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from loader.errors import JournalBusy, JournalError, JournalMismatch
from loader.journal.migrations import VERSION, migrate

APPLICATION_ID: Final = 0x464F4C31  # "FOL1": tells a journal from any other SQLite file
_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class JournalFile:
    """An open journal. `clock` gives UTC seconds since the epoch."""

    def __init__(
        self, connection: sqlite3.Connection, *, path: Path, clock: Callable[[], float]
    ) -> None:
        self.connection = connection
        self.path = path
        self.clock = clock
        self._identity = _identity(path)

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float], create: bool = True) -> Self:
        """Open the journal at `path`, and make it if need be.

        Raises `JournalBusy`, `JournalMismatch` or, for everything else, `JournalError`.
        """
        if not path.exists():
            if not create:
                raise JournalError(
                    f"there is no journal at {path}: nothing was loaded with it yet, or it is"
                    " elsewhere (give --journal PATH)"
                )
            with _in_words(path):
                _give_birth(path)
        with _in_words(path):
            connection = _connect(path)
        try:
            with _in_words(path):
                _take(connection, path)
                _check(connection, path)
                migrate(connection)
            _say_who(path, clock())
        except BaseException:
            connection.close()
            raise
        return cls(connection, path=path, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; the note about the owner goes with it."""
        with suppress(OSError):
            _owner_note(self.path).unlink()
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction; what it holds is on disk when this returns, or nothing of it is."""
        with _in_words(self.path):
            self._still_there()
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading, with SQLite's errors in our words."""
        with _in_words(self.path):
            yield self.connection

    def _still_there(self) -> None:
        if _identity(self.path) != self._identity:
            raise JournalError(
                f"the journal {self.path} was deleted or replaced while the loader was using it:"
                " nothing more is sent. Put it back before you load again; without it the loader"
                " cannot know what it created."
            )


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)


def _connect(path: Path) -> sqlite3.Connection:
    # One thread at a time uses it (the ledger sees to that), not always the same.
    return sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)


def _give_birth(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    newborn = path.with_name(f".{path.name}.{os.getpid()}.new")
    newborn.unlink(missing_ok=True)
    connection = _connect(newborn)
    try:
        migrate(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    finally:
        connection.close()
    try:
        os.link(newborn, path)  # fails where another loader was faster: theirs is as good
    except FileExistsError:
        pass
    except OSError:
        newborn.replace(path)  # a file system without hard links
    newborn.unlink(missing_ok=True)


def _take(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _BUSY:
            raise JournalBusy(_who(path)) from None
        raise


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise JournalMismatch(
            f"{path} is a database, but not a journal of this loader: give another --journal PATH"
        )
    if version > VERSION:
        raise JournalMismatch(
            f"the journal {path} was written by a newer version (its format is {version}, this"
            f" loader knows {VERSION}): install the newer loader"
        )
    (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise JournalMismatch(
            f"the journal {path} is damaged ({sound}): restore it from a backup, or keep it aside"
            " and use a new one after `loader load --on-existing skip` has been considered"
        )


def _owner_note(path: Path) -> Path:
    return path.with_name(f"{path.name}.owner")


def _say_who(path: Path, now: float) -> None:
    since = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    note = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):  # the lock is SQLite's; the note is a courtesy
        _owner_note(path).write_text(json.dumps(note), "utf-8")


def _who(path: Path) -> str:
    try:
        note = json.loads(_owner_note(path).read_text("utf-8"))
        holder = f"process {note['pid']} on {note['host']}, since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        holder = "another process"
    return (
        f"the journal {path} is in use by another loader ({holder}): wait until it has ended, or"
        " give this load a journal of its own with --journal PATH (and another target)"
    )


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error) or "malformed" in str(error):
            raise JournalMismatch(
                f"{path} is not a journal, or is damaged ({error}): restore it from a backup or"
                " give another --journal PATH"
            ) from error
        raise JournalError(
            f"the journal {path} cannot be used ({error}): nothing more is sent. Check that the"
            " disk has room and that you may write there, then run the command again."
        ) from error
    except OSError as error:
        raise JournalError(
            f"the journal {path} cannot be used ({error.strerror or error}): check the folder, or"
            " give another --journal PATH"
        ) from error
