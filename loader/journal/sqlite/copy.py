"""A copy of a journal that becomes a file of SQLite when it is whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from loader.errors import JournalError
from loader.journal.sqlite.database import SqliteDatabase
from loader.journal.sqlite.files import unfinished_copy


class SqliteCopy:
    """A copy: a file beside its final place until it is finished."""

    def __init__(self, database: SqliteDatabase, place: Path) -> None:
        self.database = database
        self.place = str(place)

    @classmethod
    def open(cls, place: Path, *, clock: Callable[[], float]) -> Self:
        """Begin a copy, or go on with one. Raises `JournalError` where a journal is."""
        if place.exists():
            raise JournalError(
                f"{place} is there already: use it if it is the copy; else give another path, or"
                " move it aside before you copy"
            )
        database = SqliteDatabase.open(unfinished_copy(place), clock=clock)
        # An offer names the operation that created it, which is copied after it.
        database.connection.execute("PRAGMA foreign_keys = OFF")
        return cls(database, place)

    def check(self) -> None:
        """Let every row find those that it names."""
        if self.database.connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise JournalError(f"the copy {self.database.path} misses rows that others name")

    def finish(self) -> None:
        """Put it into its place."""
        unfinished = self.database.path
        self.database.close()
        unfinished.rename(self.place)
        unfinished.with_name(f"{unfinished.name}.lock").unlink(missing_ok=True)

    def close(self) -> None:
        """Close it, whole or not."""
        self.database.close()
