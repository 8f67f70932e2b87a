"""A copy of a journal that becomes one in PostgreSQL when it is whole."""

from collections.abc import Callable
from typing import Final, Self

from loader.errors import JournalError
from loader.journal.postgres import tables
from loader.journal.postgres.database import PostgresDatabase
from loader.journal.postgres.lock_keys import writer_key
from loader.journal.postgres.session import run, translated_errors
from loader.journal.sql.statements import statements
from loader.journal_address import DatabaseAddress

_SQL: Final = statements("server.sql", package=__package__)


class PostgresCopy:
    """A copy, whose format says that it is not finished until it is."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.database = database
        self.place = database.place

    @classmethod
    def open(cls, address: DatabaseAddress, *, clock: Callable[[], float]) -> Self:
        """Begin a copy, or go on with one. Raises `JournalError` where a used journal is."""
        database = PostgresDatabase.open(address, clock=clock, format_made=tables.UNFINISHED)
        session = database.connection.session
        with translated_errors(database.place), session.transaction():
            run(session, _SQL.lock, key=writer_key(database.schema))
            # One that nobody has used becomes a copy: `loader doctor` may have made it.
            run(session, _SQL.begin_copy, unfinished=tables.UNFINISHED, format=tables.FORMAT)
            found = tables.format_of(session, database.place, of_copy=True)
        if found != tables.UNFINISHED:
            database.close()
            raise JournalError(
                f"there is a journal at {address} already: use it if it is the copy; else give"
                " another database or schema"
            )
        return cls(database)

    def check(self) -> None:
        """Nothing is to be checked: the server has checked each row as it came."""

    def finish(self) -> None:
        """Make it a journal: what is added from now on is numbered behind what was copied."""
        session = self.database.connection.session
        with translated_errors(self.database.place), session.transaction():
            for table, key in run(session, _SQL.numbered).fetchall():
                run(session, _SQL.number_from.format(table=table, key=key))
            run(session, _SQL.end_copy, format=tables.FORMAT)

    def close(self) -> None:
        """Close it, whole or not."""
        self.database.close()
