"""What an offer was at a moment, as far as a journal can know it."""

from typing import Any

import orjson
import pytest

from loader.journal import Journal, SourceInfo
from loader.journal.records import ALREADY_SO, PlannedRow
from loader.merge.update_body import UpdateBody
from loader.model import (
    Operation,
    OperationEvent,
    Outcome,
    OutcomeKind,
    Receipt,
    RemoteOffer,
    RowKind,
)
from tests.journal.implementations import Kept
from tests.journal.played_runs import LOST, Clock, applying, no_change, played
from tests.support.staged import KIND, TARGET

pytestmark = pytest.mark.anyio

BEFORE = {"name": "A", "content": "before"}
THERE = RemoteOffer(
    receipt=Receipt(instance_id="i-1", at_id="i-1", etag="1"), name="A", offer=BEFORE
)
UPDATED = Outcome(kind=OutcomeKind.DONE, code="updated", http_status=200)
NOT_OURS = Outcome(kind=OutcomeKind.DONE, code=ALREADY_SO, began=False)
BUSY = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="too-many-requests", http_status=429)


def pulled_and_planned(journal: Journal, clock: Clock) -> str:
    """Pull the offer, plan its update a minute later, and begin to apply that after another one."""
    snapshot = journal.snapshots.begin(target=TARGET, kind=KIND, names={}, path="offers.xlsx")
    journal.snapshots.add(snapshot, [THERE])
    clock.seconds += 60.0
    plan = journal.staging.begin(
        target=TARGET,
        command="plan",
        sources=[SourceInfo(path="offers.xlsx", digest="d")],
        options={},
        dry_run=True,
    )
    sheet = journal.staging.add_sheet(plan, source="offers.xlsx", sheet="", header=("name",))
    row = PlannedRow(
        row_number=2,
        cells=("A",),
        kind=RowKind.PRIMARY,
        there=THERE,
        operation=Operation.UPDATE,
        name="A",
        body=UpdateBody(patch=[], changes=()).dump(),
        before=orjson.dumps(BEFORE),
    )
    journal.staging.add_rows(plan, sheet, [row], kind=KIND, describe_change=no_change)
    journal.staging.finish(plan)
    clock.seconds += 60.0
    return journal.staging.begin_apply(plan, options={}, kind=KIND)


def was(journal: Journal, clock: Clock, *, ago: float) -> dict[str, Any] | None:
    return journal.snapshots.as_of(TARGET, "i-1", clock.seconds - ago)


async def test_until_an_update_is_sent_the_offer_is_as_before(
    journal: Journal, clock: Clock
) -> None:
    run = pulled_and_planned(journal, clock)
    clock.seconds += 600.0
    await played(journal, run, A=UPDATED)

    assert was(journal, clock, ago=1) == BEFORE
    assert was(journal, clock, ago=0) is None  # nobody has looked since


@pytest.mark.parametrize("is_killed", [False, True])
async def test_an_update_that_was_found_later_may_have_been_made_at_any_time_of_its_run(
    kept: Kept, clock: Clock, is_killed: bool
) -> None:
    with kept.open(clock) as journal:
        run = pulled_and_planned(journal, clock)
        async with applying(journal, run) as operations:
            (job,) = await operations.due(after=0, limit=9)
            await operations.start(job)
            if not is_killed:
                await operations.finish(job, LOST)
    clock.seconds += 600.0
    with kept.open(clock) as journal:
        async with applying(journal, run) as operations:
            (unknown,) = await operations.unknown(after=0, limit=9)
            await operations.conclude(
                unknown.job.operation_id, OperationEvent.FOUND, receipt=None, evidence="found"
            )

        assert was(journal, clock, ago=601) == BEFORE
        assert was(journal, clock, ago=599) is None
        assert was(journal, clock, ago=1) is None


async def test_an_update_that_was_sent_twice_may_have_been_made_by_the_first_request(
    journal: Journal, clock: Clock
) -> None:
    run = pulled_and_planned(journal, clock)
    await played(journal, run, A=BUSY)
    clock.seconds += 600.0
    await played(journal, run, A=UPDATED)

    assert was(journal, clock, ago=601) == BEFORE
    assert was(journal, clock, ago=1) is None


async def test_what_somebody_else_had_made_so_may_be_so_since_the_plan(
    journal: Journal, clock: Clock
) -> None:
    run = pulled_and_planned(journal, clock)
    await played(journal, run, A=NOT_OURS)

    assert was(journal, clock, ago=61) == BEFORE
    assert was(journal, clock, ago=59) is None
