"""Whether what a reply named is the id of an offer, and of one that may be the row's."""

from pathlib import Path

import pytest

from loader.delivery.baseline import Baseline
from loader.delivery.creates_in_listing import is_named
from loader.delivery.find_unknown_creates import CreateReconciler
from loader.journal.sqlite import SqliteJournal
from loader.model import IN_PART, Outcome, OutcomeKind, Receipt
from tests.delivery.one_unknown_row import NOW, LibraryOfOne, shared_of
from tests.support.staged import TARGET, line, stage
from tests.support.waiting_clock import WaitingClock

OFFER = Receipt(instance_id="9f1c", at_id="xcore:fallback-offer:124e2e76")
THERE = "dps:fallback-offer:1"
NAMED = Outcome(
    kind=OutcomeKind.LOST,
    code=IN_PART,
    message="HTTP 201 with an id that lists do not show: 1",
    http_status=201,
    receipt=Receipt(instance_id="", at_id="1"),
)


@pytest.mark.parametrize(
    ("named_id", "expected"),
    [
        ("124e2e76", True),
        ("xcore:fallback-offer:124e2e76", True),
        ("9f1c", True),
        ("2e76", False),
        ("124e2e76 and more", False),
        ("", False),
    ],
)
def test_an_offer_is_named_by_its_id_or_the_last_part_of_it(named_id: str, expected: bool) -> None:
    assert is_named(named_id, OFFER) is expected


@pytest.mark.anyio
@pytest.mark.parametrize("was_there", [False, True])
async def test_what_was_there_before_is_not_the_rows_though_its_reply_named_it(
    tmp_path: Path, was_there: bool
) -> None:
    clock = WaitingClock(shift=NOW)
    library = LibraryOfOne(clock, name="offer-17")
    with (
        SqliteJournal.open(tmp_path / "journal.sqlite3", clock=clock.now) as journal,
        journal.lease(TARGET) as lease,
    ):
        run = stage(journal, [line(2, "Mine")])
        async with journal.operations(run, lease=lease) as ledger:
            (job,) = await ledger.due(after=0, limit=9)
            await ledger.start(job)
            await ledger.finish(job, NAMED)
            in_this_process, in_the_next_one = Baseline(), Baseline()
            if was_there:
                in_this_process.add([THERE])
            in_the_next_one.add([THERE])
            in_the_next_one.add_unknown([job.operation_id])
            for baseline in (in_this_process, in_the_next_one):
                shared = shared_of(ledger, clock)  # type: ignore[arg-type]  # a whole one
                looks = CreateReconciler(shared=shared, library=library, baseline=baseline)
                await looks.settle_unknown()
            (row,) = journal.history.results(run)

    assert (row.status, row.instance_id) == (("unknown", "") if was_there else ("created", THERE))


@pytest.mark.anyio
async def test_what_was_there_before_is_not_the_rows_though_it_had_another_rows_name(
    tmp_path: Path,
) -> None:
    clock = WaitingClock(shift=NOW)
    library = LibraryOfOne(clock, name="Other")
    with (
        SqliteJournal.open(tmp_path / "journal.sqlite3", clock=clock.now) as journal,
        journal.lease(TARGET) as lease,
    ):
        run = stage(journal, [line(2, "Mine"), line(3, "Other")])
        async with journal.operations(run, lease=lease) as ledger:
            job, _ = await ledger.due(after=0, limit=9)
            await ledger.start(job)
            await ledger.finish(job, NAMED)
            in_this_process, in_the_next_one = Baseline(), Baseline()
            in_this_process.add([THERE])
            for baseline in (in_this_process, in_the_next_one):
                shared = shared_of(ledger, clock)  # type: ignore[arg-type]  # a whole one
                looks = CreateReconciler(shared=shared, library=library, baseline=baseline)
                await looks.settle_unknown()
                library.name = "offer-17"
            row, _ = journal.history.results(run)

    assert (row.status, row.instance_id) == ("unknown", "")
