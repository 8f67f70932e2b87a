"""What the target listed when a run looked names up: the evidence of which id a name meant then.

Rules of this file: a listing is kept once however many runs saw it. Only a run that has sent
nothing lists again, and then the newer listing counts; what is sent holds ids.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson

from loader.journal.database import JournalFile


class Listings:
    """The listings of one run, by kind ("placements", "tags")."""

    def __init__(self, file: JournalFile, run_id: str) -> None:
        self._file = file
        self._run_id = run_id

    def held(self) -> dict[str, list[dict[str, Any]]]:
        """Return what the run was told, by kind; nothing where it did not ask."""
        with self._file.reading() as sql:
            rows = sql.execute(
                "SELECT kind, entries FROM run_listing JOIN listing USING (listing_id)"
                " WHERE run_id = ? ORDER BY kind",
                (self._run_id,),
            ).fetchall()
        return {kind: orjson.loads(entries) for kind, entries in rows}

    def hold(self, kind: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Keep what the target listed."""
        text = orjson.dumps(list(entries), option=orjson.OPT_SORT_KEYS)
        digest = sha256(text).hexdigest()
        with self._file.transaction() as sql:
            sql.execute(
                "INSERT INTO listing (digest, entries) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (digest, text.decode()),
            )
            sql.execute(
                "INSERT OR REPLACE INTO run_listing SELECT ?, ?, listing_id, ? FROM listing"
                " WHERE digest = ?",
                (self._run_id, kind, self._file.clock(), digest),
            )
