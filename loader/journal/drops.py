"""What the journal knows about a file that was dropped into an inbox: which runs read its bytes.

Rules of this file: names are labels; bytes and the options that they were read with count; a run
left nothing to do when every row it read is created and still stands, so that dropping the same
bytes again could change nothing.
"""

from collections.abc import Mapping

import orjson

from loader.journal.database import JournalFile
from loader.journal.rows import RowTransitions

REJECTED = "file-rejected"
CLAIM_OPTION = "drop"  # the option of a run that names its claim
_PAGE = 500


class RunsByContent:
    """The runs of one target, by the bytes that they read. `options` are those of a new run."""

    def __init__(self, file: JournalFile, *, target: str) -> None:
        self._file = file
        self._target = target

    def run_of(self, token: str, *, digest: str, options: Mapping[str, str]) -> str | None:
        """Return the latest run over these bytes that was begun for this claim."""
        return self._first(
            "SELECT run_id FROM run JOIN source USING (run_id) WHERE target = ? AND dry_run = 0"
            " AND source.digest = ? AND json_remove(run.options, '$.drop') = ?"
            " AND run.options ->> '$.drop' = ? ORDER BY run.rowid DESC",
            digest,
            _without_token(options),
            token,
        )

    def run_that_left_nothing(self, *, digest: str, options: Mapping[str, str]) -> str | None:
        """Return the first run over these bytes after which nothing of them is left to do."""
        return self._first(
            "SELECT run_id FROM run JOIN source USING (run_id) WHERE target = ? AND dry_run = 0"
            " AND source.digest = ? AND json_remove(run.options, '$.drop') = ?"
            " AND finished_at IS NOT NULL AND stopped_reason = ''"
            " AND 1 = (SELECT count(*) FROM source WHERE source.run_id = run.run_id)"
            " AND EXISTS (SELECT 1 FROM line WHERE line.run_id = run.run_id)"
            " AND NOT EXISTS (SELECT 1 FROM line LEFT JOIN row USING (row_id)"
            "  WHERE line.run_id = run.run_id AND (line.kind = 'invalid' OR row.undone_by <> ''"
            "   OR (line.kind = 'primary' AND row.state <> 'done'))) ORDER BY run.rowid",
            digest,
            _without_token(options),
        )

    def reject(self, run_id: str, *, message: str) -> None:
        """Give up what is pending of a run: nothing of its file is to be sent."""
        moves = RowTransitions(
            self._file.connection, run_id=run_id, target=self._target, now=self._file.clock
        )
        while jobs := moves.due(after=0, limit=_PAGE):
            with self._file.transaction():
                for job in jobs:
                    moves.give_up(job.operation_id, code=REJECTED, message=message)

    def _first(self, query: str, *values: str) -> str | None:
        with self._file.reading() as sql:
            row = sql.execute(f"{query} LIMIT 1", (self._target, *values)).fetchone()
        return str(row[0]) if row else None


def _without_token(options: Mapping[str, str]) -> str:
    return orjson.dumps({name: options[name] for name in options if name != CLAIM_OPTION}).decode()
