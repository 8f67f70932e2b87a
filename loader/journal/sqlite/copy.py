"""A copy of a journal that becomes a file of SQLite when it is whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from loader.errors import JournalError
from loader.journal.sqlite.database import SqliteDatabase


class SqliteCopy:
    """A copy, which lies beside its place until it is finished."""

    def __init__(self, database: SqliteDatabase, place: Path) -> None:
        self.database = database
        self.place = str(place)

    @classmethod
    def open(cls, place: Path, *, clock: Callable[[], float]) -> Self:
        """Begin a copy, or go on with one. Raises `JournalError` where a journal is."""
        if place.exists():
            raise JournalError(
                f"{place} is there already: give another path, or move it aside before you copy"
            )
        unfinished = place.with_name(f".{place.name}.copying")
        database = SqliteDatabase.open(unfinished, clock=clock)
        # An offer names the operation that created it, which is copied after it.
        database.connection.execute("PRAGMA foreign_keys = OFF")
        return cls(database, place)

    def finish(self) -> None:
        """Put it into its place. Every row finds those that it names."""
        unfinished = self.database.path
        if self.database.connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise JournalError(f"the copy {unfinished} misses rows that others name")
        self.database.close()
        unfinished.rename(self.place)
        unfinished.with_name(f"{unfinished.name}.lock").unlink(missing_ok=True)

    def close(self) -> None:
        """Close it, whole or not."""
        self.database.close()
