"""A row that was skipped, because its offer was there, says so for good."""

import pytest

from loader.journal import Journal
from loader.model import Outcome, OutcomeKind, Receipt
from tests.journal.played_runs import DELETED, applying, created, played, staged, statuses
from tests.support.staged import line

pytestmark = pytest.mark.anyio

BUSY = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="too-many-requests", http_status=429)


async def skipped(journal: Journal, run: str, remote_id: str) -> None:
    """Skip what is pending of a run: an offer of that id is there."""
    there = Receipt(instance_id=remote_id, at_id=remote_id)
    async with applying(journal, run) as operations:
        for job in await operations.due(after=0, limit=99):
            await operations.skip(job.operation_id, message="it is there", receipt=there)


def told(journal: Journal, run: str) -> list[tuple[str, str, str]]:
    """Return what the rows of a run say: status, id, code."""
    return [(row.status, row.instance_id, row.error_code) for row in journal.history.results(run)]


@pytest.mark.parametrize("content", ["", "changed"])
@pytest.mark.parametrize("becomes", ["created", "sent later", "undone", "not sent"])
async def test_a_skipped_row_keeps_its_id_whatever_a_later_run_does_with_its_key(
    journal: Journal, content: str, becomes: str
) -> None:
    first = staged(journal, [line(2, "A")])
    await skipped(journal, first, "theirs")
    met = told(journal, first)

    later = staged(journal, [line(2, "A", content=content)], digest="later")
    is_refused = becomes in {"sent later", "not sent"}
    await played(journal, later, A=BUSY if is_refused else created("r-1"))
    if becomes == "sent later":
        await played(journal, later, A=created("r-1"))
    if becomes in {"undone", "not sent"}:
        undo = journal.staging.begin_undo(later, options={})
        await played(journal, undo, A=DELETED)

    assert met == [("duplicate", "theirs", "already-exists")]
    assert told(journal, first) == met
    assert journal.history.rows_gone(first) == []
    expected = {"undone": "undone", "not sent": "failed"}.get(becomes, "created")
    assert statuses(journal, later) == [expected]
