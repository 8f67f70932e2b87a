"""Find the keys of a long-form source that come back below other rows, before rows are checked.

    reading every row    key -> its first row, and the first row of its second group
    what is kept       only the keys that have a second group; as a rule none

The rows of such an offer all get an error and none of it is sent, so the source is read twice. The
keys are kept in a temporary SQLite file, so that memory does not grow with them.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

from loader.profile.long_form.groups import Group, Return

_TABLE: Final = (
    "CREATE TABLE key (sheet TEXT, digest BLOB, first INTEGER, again INTEGER, is_long INTEGER,"
    " PRIMARY KEY (sheet, digest)) WITHOUT ROWID"
)
_SEEN: Final = (
    "INSERT INTO key VALUES (?1, ?2, ?3, NULL, NULL) ON CONFLICT DO UPDATE SET"
    " again = coalesce(again, ?3), is_long = coalesce(is_long, ?4)"
)


class SplitKeys:
    """The keys of one source that have more than one group in a sheet."""

    def __init__(self) -> None:
        # A temporary file. A reading that is given up may be closed in any thread.
        self._sql = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._sql.executescript(f"PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; {_TABLE}")
        self._last = ""
        self._is_empty = True

    def close(self) -> None:
        """Remove the file."""
        self._sql.close()

    def see(self, sheet: str, groups: Iterable[Group]) -> None:
        """Remember the keys of the next groups of a sheet."""
        self._sql.execute("BEGIN")
        for group in groups:
            if group.key:
                is_long = group.key == self._last
                self._sql.execute(_SEEN, (sheet, _digest(group.key), group.rows[0], is_long))
            self._last = group.key
        self._sql.execute("COMMIT")

    def end_of_sheet(self) -> None:
        """Forget what does not come back."""
        self._last = ""
        self._sql.execute("DELETE FROM key WHERE again IS NULL")
        self._is_empty = self._sql.execute("SELECT 1 FROM key").fetchone() is None

    def of(self, sheet: str, groups: Sequence[Group]) -> dict[str, Return]:
        """Return what comes back among the keys of some groups."""
        if self._is_empty:
            return {}
        found = {}
        for group in groups:
            row = self._sql.execute(
                "SELECT first, again, is_long FROM key WHERE sheet = ? AND digest = ?",
                (sheet, _digest(group.key)),
            ).fetchone()
            if row is not None:
                found[group.key] = Return(first=row[0], again=row[1], is_long=bool(row[2]))
        return found


def _digest(key: str) -> bytes:
    return blake2b(key.encode(errors="surrogatepass"), digest_size=16).digest()
