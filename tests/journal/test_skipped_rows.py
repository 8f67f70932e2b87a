"""A row that was skipped, because its offer was there, says so for good."""

from dataclasses import replace

import pytest

from loader.journal import Journal, SourceInfo
from loader.model import Outcome, OutcomeKind, Receipt
from loader.run_results import Fate, RowsGone
from tests.journal.played_runs import (
    DELETED,
    REFUSED,
    applying,
    created,
    played,
    staged,
    statuses,
)
from tests.support.staged import KIND, TARGET, line

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


async def test_a_skipped_row_says_so_when_the_offer_that_was_there_is_deleted(
    journal: Journal,
) -> None:
    def loaded_before(digest: str) -> str | None:
        return journal.staging.finished_run_of(target=TARGET, digest=digest, options={})

    earlier = staged(journal, [line(2, "A", key="E1"), line(3, "B", key="E2")], digest="earlier")
    await played(journal, earlier, A=created("r-1"), B=created("r-2"))
    of_one_that_goes = staged(journal, [line(2, "A"), line(3, "A")], digest="goes")
    await skipped(journal, of_one_that_goes, "r-1")
    of_one_that_stays = staged(journal, [line(2, "B")], digest="stays")
    await skipped(journal, of_one_that_stays, "r-2")
    for run in (of_one_that_goes, of_one_that_stays):
        journal.staging.end_run(run, reason="")
    assert (loaded_before("goes"), loaded_before("stays")) == (of_one_that_goes, of_one_that_stays)

    undo = journal.staging.begin_undo(earlier, options={})
    await played(journal, undo, A=DELETED, B=REFUSED)
    again = staged(journal, [line(2, "A")], digest="again")
    await played(journal, again, A=created("r-3"))

    assert told(journal, of_one_that_goes) == [("duplicate", "r-1", "deleted-since")] * 2
    words = [row.error for row in journal.history.results(of_one_that_goes)]
    assert words[0] == f"this offer was deleted since, by run {undo}; before that: it is there"
    assert told(journal, of_one_that_stays) == [("duplicate", "r-2", "already-exists")]
    assert journal.history.rows_gone(of_one_that_goes) == [
        RowsGone(fate=Fate.DELETED, are_duplicates=True, run_id="", undo_of="", rows=2)
    ]
    assert journal.history.rows_gone(of_one_that_stays) == []
    assert (loaded_before("goes"), loaded_before("stays")) == (None, of_one_that_stays)
    assert told(journal, again) == [("created", "r-3", "")]


async def test_a_row_that_met_an_offer_which_a_plan_found_to_be_gone_counts_as_deleted(
    journal: Journal,
) -> None:
    earlier = staged(journal, [line(2, "A", key="E1")], digest="earlier")
    await played(journal, earlier, A=created("r-1"))
    met = staged(journal, [line(2, "A")])
    await skipped(journal, met, "r-1")

    is_gone = replace(line(2, "A", key="E1"), replaces="r-1")
    plan = staged(journal, [is_gone], digest="plan", dry_run=True)
    assert journal.history.rows_gone(met) == []
    journal.staging.begin_apply(plan, options={}, kind=KIND)

    assert [each.fate for each in journal.history.rows_gone(met)] == [Fate.DELETED]


async def test_a_stopped_load_begins_anew_once_an_offer_that_it_met_is_deleted(
    journal: Journal,
) -> None:
    def going_on() -> str | None:
        sources = [SourceInfo(path="offers.csv", digest="d")]
        return journal.staging.resumable(target=TARGET, sources=sources, options={})

    earlier = staged(journal, [line(2, "A", key="E1")], digest="earlier")
    await played(journal, earlier, A=created("r-1"))
    met = staged(journal, [line(2, "A")])
    await skipped(journal, met, "r-1")
    journal.staging.end_run(met, reason="interrupted")
    assert going_on() == met

    undo = journal.staging.begin_undo(earlier, options={})
    await played(journal, undo, A=DELETED)

    assert going_on() is None
