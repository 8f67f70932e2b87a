"""The claims of inboxes in SQLite: also those of the ledger that inboxes had before format 4."""

import sqlite3
from pathlib import Path
from typing import Final

from loader.errors import JournalMismatch
from loader.journal.sql.claims import SqlClaims
from loader.journal.sql.statements import statements
from loader.journal.sqlite.database import SqliteDatabase
from loader.journal.sqlite.files import translated_errors

_SQL: Final = statements("ledger.sql", package=__package__)
_LEDGER_ID: Final = 0x464F4C32  # "FOL2": the ledger that inboxes had before format 4


class SqliteClaims(SqlClaims):
    """The claims of all inboxes that use this journal."""

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        self._sqlite = database

    def import_ledger(self, path: Path) -> None:
        """Take over the claims of a ledger that inboxes had before format 4, and put it aside.

        Dying in between is harmless: the next one starts again, and what is here already counts.
        """
        with translated_errors(path):
            self._sqlite.connection.execute(_SQL.attach, {"path": str(path)})
            try:
                self._check_ledger(path)
                with self._sqlite.transaction() as sql:
                    sql.execute(_SQL.import_claims)
                    sql.execute(_SQL.import_outages)
            finally:
                self._sqlite.connection.execute(_SQL.detach)
            path.replace(path.with_name(f"{path.name}.imported"))

    def _check_ledger(self, path: Path) -> None:
        try:
            (found,) = self._sqlite.connection.execute(_SQL.ledger_id).fetchone()
        except sqlite3.DatabaseError:
            found = None
        if found != _LEDGER_ID:
            raise JournalMismatch(f"{path} is not a ledger of this loader: move it aside")
