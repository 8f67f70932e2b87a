"""The file of a journal: made whole, looked at before it is touched, readable by its owner only."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from loader.errors import JournalBusy, JournalError, JournalMismatch
from loader.journal.sqlite.migrations import VERSION, create

APPLICATION_ID: Final = 0x464F4C31  # "FOL1": marks a SQLite file as a journal
_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SIDE_FILES: Final = ("", "-wal", "-shm", ".lock")


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Connect to a journal that exists.

    One thread at a time uses a connection (the group commit sees to that), not always the same.
    """
    name = f"{path.resolve().as_uri()}?mode=ro" if read_only else path
    return sqlite3.connect(
        name, uri=read_only, timeout=5.0, isolation_level=None, check_same_thread=False
    )


def create_atomically(path: Path) -> None:
    """Make a journal: under another name first, so that there is never half of one."""
    check_place(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = connect(new)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        create(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    finally:
        connection.close()
    try:
        os.link(new, path)  # fails where another loader was faster: theirs is as good
    except FileExistsError:
        pass
    except OSError:
        new.replace(path)  # a file system without hard links
    new.unlink(missing_ok=True)


def check_identity(path: Path) -> None:
    """Refuse a file that is not a journal before anything is written to it or beside it.

    SQLite must read it, not we: closing a file of our own would drop SQLite's locks on it.
    """
    if not path.is_file():
        raise JournalError(
            f"the journal {path} is a folder or a device, not a file: give another --journal PATH"
        )
    try:
        application = _application_id(path, "immutable=1")
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error) or not path.with_name(f"{path.name}-wal").exists():
            raise
        # Moving the WAL into the file was interrupted, by a kill or a full disk: only with its WAL
        # is the file whole.
        application = _application_id(path, "mode=ro")
    if application != APPLICATION_ID:
        raise JournalMismatch(
            f"{path} is a database, but not a journal of this loader: give another --journal PATH"
        )


def _application_id(path: Path, how: str) -> int:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&{how}", uri=True)
    try:
        (found,) = connection.execute("PRAGMA application_id").fetchone()
    finally:
        connection.close()
    return int(found)


def check_place(path: Path) -> None:
    """Refuse a place where no journal is or can be made; touch nothing."""
    with translated_errors(path):
        if path.exists():
            check_identity(path)
        elif path.is_symlink():
            raise JournalError(f"the journal {path} is a link to a file that does not exist")
        elif unfinished_copy(path).exists():
            raise JournalMismatch(
                f"the journal {path} is a copy that is not finished: run the same `loader journal"
                " copy` again, or use the original. If that says that it was moved,"
                f" {unfinished_copy(path)} is the only journal: keep it"
            )


def unfinished_copy(path: Path) -> Path:
    """Return the path of a copy until it is finished."""
    return path.with_name(f".{path.name}.copying")


def check_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of a journal; refuse one that is newer than ours."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise JournalMismatch(
            f"the journal {path} was written by a newer version (its format is {version}, this"
            f" loader knows {VERSION}): install the newer loader"
        )
    return int(version)


def check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a journal that SQLite finds damaged."""
    (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise JournalMismatch(
            f"the journal {path} is damaged ({sound}): restore it from a backup, or keep it aside"
            " and use a new one after `loader load --on-existing skip` has been considered"
        )


def restrict_access(path: Path) -> None:
    """Remove the rights of others: from the files, and from a folder with nothing else in it."""
    with suppress(OSError):  # somebody else's file: whoever owns it decides
        for suffix in _SIDE_FILES:
            _remove_other_rights(path.with_name(path.name + suffix), 0o600)
        if all(each.name.lstrip(".").startswith(path.stem) for each in path.parent.iterdir()):
            _remove_other_rights(path.parent, 0o700)


def _remove_other_rights(path: Path, mode: int) -> None:
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(mode)


def file_id(path: Path) -> tuple[int, int]:
    """Return what identifies this file, even against another one of the same name."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Raise what SQLite and the system report as a `JournalError` that names the journal."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY:
            raise JournalBusy(
                f"the journal {path} is locked by another program: wait until it has ended, or give"
                " another --journal PATH"
            ) from error
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
