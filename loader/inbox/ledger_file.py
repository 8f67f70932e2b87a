"""The file of a ledger: made, opened, and its troubles in our words.

Rules of this file: the rollback journal of SQLite with `synchronous=EXTRA`, so that `loader inbox
status` may read while a watcher writes, and what is committed survives a power cut.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

from loader.errors import JournalBusy, JournalError, JournalMismatch

APPLICATION_ID: Final = 0x464F4C32  # "FOL2"
VERSION: Final = 1
_PATIENCE_SECONDS: Final = 10.0


def connected(path: Path) -> sqlite3.Connection:
    """Open the ledger at `path`, and make it if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = EXTRA")
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new ledger; refuse what is none, or is newer."""
    connection.execute("BEGIN IMMEDIATE")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        for statement in files("loader.inbox").joinpath("ledger.sql").read_text("utf-8").split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    elif application != APPLICATION_ID:
        raise JournalMismatch(f"{path} is not a ledger of this loader: move it aside")
    elif version > VERSION:
        raise JournalMismatch(
            f"the ledger {path} was written by a newer version: install the newer loader"
        )
    connection.execute("COMMIT")


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Raise what SQLite and the system say as a `JournalError` that names the ledger."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise JournalBusy(f"the ledger {path} is in use by another loader") from error
        raise JournalError(
            f"the ledger {path} cannot be used ({error}): check that the disk has room and that"
            " you may write there"
        ) from error
    except sqlite3.DatabaseError as error:
        raise JournalMismatch(
            f"{path} is not a ledger, or is damaged ({error}): move it aside; no row depends on it"
        ) from error
    except OSError as error:
        raise JournalError(
            f"the ledger {path} cannot be used ({error.strerror or error}): check the folder"
        ) from error
