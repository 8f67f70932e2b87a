"""What the journal in SQL needs of a database, SQLite or PostgreSQL.

The statements of the `.sql` files here are those that SQLite runs. Most are the same in PostgreSQL;
where they are not, `postgres/` has its own under the same name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = Any  # a tuple of what the statement selects
Values = Mapping[str, Any]


class RowCount(Protocol):
    """The result of a statement that returns no rows."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed; read it at once or never."""


class Cursor(RowCount, Protocol):
    """What a statement returned."""

    def fetchone(self) -> Row:
        """Return the next row, or None."""

    def fetchall(self) -> list[Row]:
        """Return all rows."""

    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """Runs statements, each with the values of its `:names`."""

    def execute(self, statement: str, values: Values = ..., /) -> Cursor:
        """Run a statement."""

    def executemany(self, statement: str, rows: Sequence[Values], /) -> RowCount:
        """Run a statement that returns nothing once for each of the rows."""


class Database(Protocol):
    """An open journal. `clock` gives UTC seconds since the epoch, `person` is user@host."""

    @property
    def connection(self) -> Connection:
        """The connection that writes."""

    @property
    def clock(self) -> Callable[[], float]: ...

    @property
    def person(self) -> str: ...

    @property
    def place(self) -> str:
        """Where it is, without secrets."""

    @property
    def is_remote(self) -> bool:
        """Whether a statement waits for another machine."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Run one transaction; all of it is on disk when this returns, or nothing of it is."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection for reading, with the database's errors in our words."""

    def stream(self, statement: str, values: Values) -> Iterator[Row]:
        """Yield the rows of a statement, few at a time."""

    def try_begin(self) -> bool:
        """Begin a transaction unless another writer is at work; `commit` or `roll_back` ends it."""

    def commit(self) -> None:
        """Commit; everything is on disk when this returns."""

    def roll_back(self) -> None:
        """Undo what the transaction did."""

    def close(self) -> None:
        """Close it, and with it everything that it owns. Safe to repeat."""
