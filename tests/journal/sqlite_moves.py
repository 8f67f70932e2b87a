"""Rows of a run in SQLite that are sent, in their order, with outcomes that are given."""

from loader.journal.sql.event_changes import Attempt
from loader.journal.sqlite import SqliteJournal
from loader.model import Outcome, OutcomeKind, Receipt
from tests.support.staged import moves_of

CREATED = Outcome(
    kind=OutcomeKind.DONE,
    code="created",
    http_status=201,
    receipt=Receipt(instance_id="i-1", at_id="a-1", etag="1"),
)


def play(file: SqliteJournal, run_id: str, *outcomes: Outcome) -> None:
    """Send the pending rows of a run, with these outcomes."""
    moves = moves_of(file, run_id)
    for job, outcome in zip(moves.due(after=0, limit=99), outcomes, strict=False):
        with file.database.transaction():
            moves.start([job])
        with file.database.transaction():
            moves.finish([Attempt(job, outcome)])
