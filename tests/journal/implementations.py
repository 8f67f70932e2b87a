"""The implementations of a journal that the contract tests run over."""

from collections.abc import Callable
from pathlib import Path

from loader.journal import Journal, open_journal, read_journal

Clock = Callable[[], float]


class InSqlite:
    """A journal in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.sqlite3"

    def open(self, clock: Clock) -> Journal:
        """Open it for writing; several may be open at once."""
        return open_journal(self._path, clock=clock)

    def read(self, clock: Clock) -> Journal:
        """Open it as it is now."""
        return read_journal(self._path, clock=clock)


IMPLEMENTATIONS = {"sqlite": InSqlite}
