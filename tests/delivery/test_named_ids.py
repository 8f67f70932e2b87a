"""Whether what a reply named is the id of an offer, and of one that may be the row's."""

from collections.abc import Sequence
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


async def found_for_row(
    folder: Path, names: Sequence[str], baselines: Sequence[Baseline], *, others: Sequence[str] = ()
) -> tuple[str, str]:
    """Return status and id of the row "Mine", for which a reply named the one offer that is there.

    It is looked for with each baseline, while the offer has the name at that place in `names`; all
    baselines but the first know that it was unknown before them. `others` are the rows behind it.
    """
    clock = WaitingClock(shift=NOW)
    with (
        SqliteJournal.open(folder / "journal.sqlite3", clock=clock.now) as journal,
        journal.lease(TARGET) as lease,
    ):
        run = stage(journal, [line(at, name) for at, name in enumerate(["Mine", *others], 2)])
        async with journal.operations(run, lease=lease) as ledger:
            job, *_ = await ledger.due(after=0, limit=9)
            await ledger.start(job)
            await ledger.finish(job, NAMED)
            for baseline in baselines[1:]:
                baseline.add_unknown([job.operation_id])
            for name, baseline in zip(names, baselines, strict=True):
                shared = shared_of(ledger, clock)  # type: ignore[arg-type]  # a whole one
                library = LibraryOfOne(clock, name=name)
                looks = CreateReconciler(shared=shared, library=library, baseline=baseline)
                await looks.settle_unknown()
            row, *_ = journal.history.results(run)
    return row.status, row.instance_id


@pytest.mark.anyio
@pytest.mark.parametrize("was_there", [False, True])
async def test_what_was_there_before_is_not_the_rows_though_its_reply_named_it(
    tmp_path: Path, was_there: bool
) -> None:
    in_this_process, in_the_next_one = Baseline(), Baseline()
    if was_there:
        in_this_process.add([THERE])
    in_the_next_one.add([THERE])

    found = await found_for_row(tmp_path, ["offer-17"] * 2, [in_this_process, in_the_next_one])

    assert found == (("unknown", "") if was_there else ("created", THERE))


@pytest.mark.anyio
async def test_what_was_there_before_is_not_the_rows_though_it_had_another_rows_name(
    tmp_path: Path,
) -> None:
    in_this_process, in_the_next_one = Baseline(), Baseline()
    in_this_process.add([THERE])

    found = await found_for_row(
        tmp_path, ["Other", "offer-17"], [in_this_process, in_the_next_one], others=["Other"]
    )

    assert found == ("unknown", "")
