"""The errors of one source on their way to its annotated copy: on disk, found by row.

Only the batch that is being written is in memory. The file is in a temporary folder and is removed
with the spool.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Self

import orjson

from loader.model import RowError
from loader.named_sql import statements
from loader.validation.repair_column import must_be_confirmed

_SQL: Final = statements("spool.sql", package=__package__)


class ErrorSpool:
    """Stores errors as they are found; returns them by row, as often as they are needed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="loader-")
        self.path = Path(self._folder.name) / "errors.sqlite3"
        self._sql = sqlite3.connect(self.path, isolation_level=None)
        self._sql.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")
        self._sql.execute(_SQL.create)
        self._sql.execute(_SQL.create_index)
        self.count = 0
        self.unrepeatable: set[str] = set()  # sheets with errors that texts would not show again

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sql.close()
        self._folder.cleanup()

    def add(self, sheet: str, errors: Iterable[RowError]) -> None:
        """Store errors of rows of `sheet`."""
        before = self._sql.total_changes
        rows = (self._row(sheet, error) for error in errors)
        self._sql.execute("BEGIN")
        self._sql.executemany(_SQL.add, rows)
        self._sql.execute("COMMIT")
        self.count += self._sql.total_changes - before

    def _row(self, sheet: str, error: RowError) -> tuple[str, int, str]:
        if must_be_confirmed(error):
            self.unrepeatable.add(sheet)
        return sheet, error.row_number, orjson.dumps(error).decode()

    def between(self, sheet: str, first: int, last: int) -> Mapping[int, Sequence[RowError]]:
        """Return the errors of the rows `first` to `last` of `sheet`, by row."""
        found: dict[int, list[RowError]] = {}
        for number, text in self._sql.execute(_SQL.between, (sheet, first, last)):
            found.setdefault(number, []).append(RowError.of_json(orjson.loads(text)))
        return found


def read_spool(path: Path) -> Iterator[tuple[str, RowError]]:
    """Yield (sheet, error) of a spool that another process wrote."""
    with closing(_open_read_only(path)) as sql:
        for sheet, text in sql.execute(_SQL.every):
            yield sheet, RowError.of_json(orjson.loads(text))


def spool_size(path: Path) -> int:
    """Return how many errors are in a spool that another process wrote."""
    with closing(_open_read_only(path)) as sql:
        return int(sql.execute(_SQL.count).fetchone()[0])


def _open_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
