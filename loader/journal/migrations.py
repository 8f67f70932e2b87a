"""The formats of the journal, and how an older one becomes the newest.

Rules of this file: a new format is one more file in `STEPS`, which are never changed once
released; each step is one transaction together with its number, so that a death in between leaves
the journal in one format or the other.
"""

import sqlite3
from contextlib import suppress
from importlib.resources import files
from typing import Final

# Step n brings format n - 1 to format n.
STEPS: Final = ("journal.sql", "format_2.sql", "format_3.sql", "format_4.sql")
VERSION: Final = len(STEPS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a journal of any older format (0: an empty file) to the newest."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, name in enumerate(STEPS, start=1):
        if number > version:
            _step(connection, name, number=number)


def _step(connection: sqlite3.Connection, name: str, *, number: int) -> None:
    sql = files("loader.journal").joinpath(name).read_text("utf-8")
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
