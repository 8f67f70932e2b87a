"""Find the keys of a long-form source that come back below other rows, before rows are checked.

    for every key    its first row, and the first row of its second group
    kept in the end  only the keys that have a second group; as a rule none

The rows of such an offer all get an error and none of it is sent, so the source is read twice. The
keys are kept in a temporary SQLite file, so that memory does not grow with them.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

from loader.named_sql import statements
from loader.profile.long_form.groups import Group, SplitKey

_SQL: Final = statements("split_keys.sql", package=__package__)


class SplitKeys:
    """The keys of one source that have more than one group in a sheet."""

    def __init__(self) -> None:
        # A temporary file. A reading that is given up may be closed in any thread.
        self._sql = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._sql.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")
        self._sql.execute(_SQL.create)
        self._last = ""
        self._is_empty = True

    def close(self) -> None:
        """Remove the file."""
        self._sql.close()

    def add(self, sheet: str, groups: Iterable[Group]) -> None:
        """Add the keys of the next groups of a sheet."""
        self._sql.execute("BEGIN")
        for group in groups:
            if group.key:
                is_long = group.key == self._last
                self._sql.execute(_SQL.add, (sheet, _digest(group.key), group.rows[0], is_long))
            self._last = group.key
        self._sql.execute("COMMIT")

    def end_of_sheet(self) -> None:
        """Remove the keys that have one group."""
        self._last = ""
        self._sql.execute(_SQL.forget_single)
        self._is_empty = self._sql.execute(_SQL.any).fetchone() is None

    def of(self, sheet: str, groups: Sequence[Group]) -> dict[str, SplitKey]:
        """Return those keys of some groups that have more than one group."""
        if self._is_empty:
            return {}
        found = {}
        for group in groups:
            row = self._sql.execute(_SQL.find, (sheet, _digest(group.key))).fetchone()
            if row is not None:
                found[group.key] = SplitKey(first=row[0], again=row[1], is_long=bool(row[2]))
        return found


def _digest(key: str) -> bytes:
    return blake2b(key.encode(errors="surrogatepass"), digest_size=16).digest()
