"""The implementations of a journal that the contract tests run over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loader.journal import Journal, JournalPlace, open_journal, read_journal

if TYPE_CHECKING:
    from tests.support.postgres import Server

Clock = Callable[[], float]


class Kept:
    """A journal at a place of its own."""

    def __init__(self, place: JournalPlace) -> None:
        self.place = place

    def open(self, clock: Clock) -> Journal:
        """Open it for writing; several may be open at once."""
        return open_journal(self.place, clock=clock)

    def read(self, clock: Clock) -> Journal:
        """Open it as it is now."""
        return read_journal(self.place, clock=clock)

    def silence(self) -> str:
        """Make the owner of a target silent for too long; return what it then says."""
        return "took over"


class KeptInPostgres(Kept):
    """A journal in a database of its own."""

    def __init__(self, server: "Server", database: str) -> None:
        super().__init__(server.address(database))
        self._server, self._database = server, database

    def silence(self) -> str:
        """End the session of the owner, as the server does when it hears nothing of it."""
        self._server.end_owners(self._database)
        return "has ended"


IMPLEMENTATIONS = ("sqlite", "postgres")


@contextmanager
def kept_in(implementation: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Kept]:
    """Give a new journal in a file, or in a database of the shared server."""
    if implementation == "sqlite":
        yield Kept(folder / "journal.sqlite3")
        return
    server = request.getfixturevalue("postgres")
    with server.database() as database:
        yield KeptInPostgres(server, database)
