"""The formats of the journal, and how an older one becomes the newest.

`schema.sql` and `sql/views.sql` are the newest format, which new journals get at once. A released
step never changes: when a fifth format comes, today's become part of step 4 under names of their
own.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from loader.journal.sql.statements import script

VERSION: Final = 4
_VIEWS: Final = "views.sql"  # which PostgreSQL has, too
_NEWEST: Final = ("schema.sql", _VIEWS)
# Step n brings format n - 1 to format n, in one transaction together with its number.
STEPS: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        2: ("format_2.sql",),
        3: ("format_3.sql",),
        4: ("format_4_before.sql", *_NEWEST, "format_4_after.sql"),
    }
)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables of a new journal."""
    _step(connection, _NEWEST, number=VERSION)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a journal of any older format to the newest."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, scripts in STEPS.items():
        if number > version:
            _step(connection, scripts, number=number)


def _step(connection: sqlite3.Connection, scripts: tuple[str, ...], *, number: int) -> None:
    sql = "\n".join(
        script(each) if each == _VIEWS else script(each, package=__package__) for each in scripts
    )
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
