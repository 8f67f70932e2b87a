"""What a journal knows of the runs of the files that an inbox took."""

from dataclasses import replace

import pytest

from loader.journal import Journal
from loader.journal.records import CLAIM_OPTION, ClaimRecord
from loader.model import OperationEvent, Receipt
from loader.run_results import Fate
from tests.journal.played_runs import (
    DELETED,
    LOST,
    OTHER_TARGET,
    REFUSED,
    applying,
    created,
    played,
    staged,
)
from tests.support.staged import TARGET, line

pytestmark = pytest.mark.anyio
MARKED = {CLAIM_OPTION: "t"}


async def test_rows_of_a_claim_that_went_to_another_target_are_known(journal: Journal) -> None:
    def elsewhere(token: str = "t", *, target: str = OTHER_TARGET) -> tuple[str, str, str] | None:
        return journal.staging.claim_sent_elsewhere(token, target=target, digest="d")

    unsent = staged(journal, [line(2, "A"), line(3, "B")], options=MARKED)
    assert elsewhere() is None

    await played(journal, unsent, A=LOST)
    assert elsewhere() == (unsent, TARGET, "")
    await played(journal, unsent, B=created("i-1"))
    assert elsewhere() == (unsent, TARGET, "")
    assert elsewhere("another") is None
    assert elsewhere(target=TARGET) is None

    undo = journal.staging.begin_undo(unsent, options={})
    assert elsewhere() == (unsent, TARGET, undo)
    await played(journal, undo, B=DELETED)
    assert elsewhere() == (unsent, TARGET, undo)
    async with applying(journal, unsent) as operations:
        (lost,) = await operations.unknown(after=0, limit=9)
        await operations.conclude(
            lost.job.operation_id, OperationEvent.ABSENT, receipt=None, evidence="not there"
        )
    journal.staging.begin_undo(unsent, options={})
    assert elsewhere() is None


@pytest.mark.parametrize(("code", "is_left"), [("http-400", True), ("edited", False)])
async def test_an_undo_takes_a_claim_back_unless_it_was_refused_what_nobody_edited(
    journal: Journal, code: str, is_left: bool
) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B")], options=MARKED)
    await played(journal, run, A=created("i-1"), B=created("i-2"))
    undo = journal.staging.begin_undo(run, options={})
    await played(journal, undo, A=DELETED, B=replace(REFUSED, code=code))

    found = journal.staging.claim_sent_elsewhere("t", target=OTHER_TARGET, digest="d")

    assert found == ((run, TARGET, undo) if is_left else None)


async def test_rows_of_a_claim_that_another_run_sent_to_its_target_are_known(
    journal: Journal,
) -> None:
    def elsewhere() -> tuple[str, str, str] | None:
        return journal.staging.claim_sent_elsewhere("t", target=OTHER_TARGET, digest="d")

    run = staged(journal, [line(2, "A"), line(3, "B")], options=MARKED)
    await played(journal, run, A=LOST)
    later = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")], digest="e")
    assert elsewhere() == (later, TARGET, "")  # it goes on with the row that was sent
    async with applying(journal, later) as operations:
        (lost,) = await operations.unknown(after=0, limit=9)
        await operations.conclude(
            lost.job.operation_id, OperationEvent.ABSENT, receipt=None, evidence="not there"
        )
    assert elsewhere() is None
    await played(journal, later, B=created("i-1"), C=created("i-2"))
    assert elsewhere() == (later, TARGET, "")

    undo = journal.staging.begin_undo(later, options={})
    assert elsewhere() == (later, TARGET, undo)
    assert (journal.history.has_left(run), journal.history.has_left(later)) == (False, True)
    await played(journal, undo, B=DELETED)
    assert elsewhere() is None  # what is left is no row of it


async def test_rows_whose_offers_another_run_deletes_are_known_and_duplicates_too(
    journal: Journal,
) -> None:
    def gone(run: str) -> list[tuple[Fate, bool, str, str, int]]:
        return [
            (each.fate, each.are_duplicates, each.run_id, each.undo_of, each.rows)
            for each in journal.history.rows_gone(run)
        ]

    run = staged(journal, [line(2, "A"), line(3, "A"), line(4, "B")], options=MARKED)
    later = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")], digest="e")
    await played(journal, later, A=created("i-1"), B=created("i-2"), C=created("i-3"))
    assert gone(run) == []

    undo = journal.staging.begin_undo(later, options={})
    await played(journal, undo, B=DELETED)
    assert gone(run) == [
        (Fate.BEING_DELETED, False, undo, later, 1),
        (Fate.BEING_DELETED, True, undo, later, 1),
        (Fate.DELETED, False, "", "", 1),
    ]
    await played(journal, undo, A=DELETED)
    assert gone(run) == [(Fate.DELETED, False, "", "", 2), (Fate.DELETED, True, "", "", 1)]


async def test_rows_that_the_undo_of_another_run_gave_up_are_known(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "A"), line(4, "B")], options=MARKED)
    later = staged(journal, [line(2, "A")], digest="e")
    await played(journal, run, B=REFUSED)
    journal.staging.begin_undo(later, options={})

    gone = journal.history.rows_gone(run)

    assert [(each.fate, each.are_duplicates, each.run_id, each.rows) for each in gone] == [
        (Fate.NOT_SENT, False, later, 1),
        (Fate.NOT_SENT, True, later, 1),
    ]


async def test_duplicates_of_what_was_refused_are_known_but_not_those_of_what_was_there(
    journal: Journal,
) -> None:
    run = staged(journal, [line(2, "A"), line(3, "A"), line(4, "B"), line(5, "B")], options=MARKED)
    assert journal.history.rows_gone(run) == []
    async with applying(journal, run) as operations:
        (_, there) = await operations.due(after=0, limit=9)
        receipt = Receipt(instance_id="r-B", at_id="r-B")
        await operations.skip(there.operation_id, message="exists", receipt=receipt)
    await played(journal, run, A=REFUSED)

    gone = journal.history.rows_gone(run)

    assert [(each.fate, each.are_duplicates, each.run_id, each.rows) for each in gone] == [
        (Fate.REFUSED, True, "", 1)
    ]


async def test_a_claim_whose_rows_were_there_before_sent_nothing(journal: Journal) -> None:
    earlier = staged(journal, [line(2, "A")], digest="e")
    await played(journal, earlier, A=created("i-1"))
    staged(journal, [line(2, "A"), line(3, "B")], options=MARKED)

    found = journal.staging.claim_sent_elsewhere("t", target=OTHER_TARGET, digest="d")

    assert found is None


def test_an_earlier_claim_of_the_same_bytes_was_loaded_alike(journal: Journal) -> None:
    loads = [(OTHER_TARGET, {}), (TARGET, {"zone": "Asia/Tokyo"}), (TARGET, {}), (TARGET, {})]
    runs = []
    for number, (target, options) in enumerate(loads):
        token = f"t{number}"
        run = staged(journal, [], target=target, options={CLAIM_OPTION: token, **options})
        journal.claims.begin(token, inbox="in", folder="", name="a.csv")
        claim = ClaimRecord(
            token=token,
            folder="",
            name="a.csv",
            claimed_at=0.0,
            shelf="done",
            day="",
            place="a.csv",
            report=report_of(token),
        )
        journal.claims.end(claim, outcome="loaded", run_id=run, digest="d", at=float(number))
        runs.append(run)

    def earlier(run_id: str) -> str | None:
        return journal.claims.earlier(
            "new", inbox="in", folder="", digest="d", run_id=run_id, outcomes=["loaded"]
        )

    assert [earlier(run) for run in runs] == list(map(report_of, ["t0", "t1", "t2", "t2"]))
    assert earlier("") == report_of("t0")


def report_of(token: str) -> str:
    return f'{{"file": "{token}"}}'
