"""What every journal does, whatever it is kept in: written against `loader.journal.ports` alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import anyio
import pytest

from loader.errors import IllegalMove, JournalBusy, JournalError
from loader.journal import Journal, Operations, SourceInfo, StagedRow
from loader.journal.records import PLANNED
from loader.model import (
    Job,
    Operation,
    OperationEvent,
    Outcome,
    OutcomeKind,
    Receipt,
    RemoteOffer,
    RowError,
    Severity,
)
from tests.journal.implementations import Kept
from tests.journal.played_runs import (
    DELETED,
    LOST,
    OTHER_TARGET,
    REFUSED,
    Clock,
    applying,
    created,
    played,
    staged,
    statuses,
)
from tests.support.staged import KIND, TARGET, line

pytestmark = pytest.mark.anyio

NO_IDS = Outcome(kind=OutcomeKind.LOST, code="created-no-ids", http_status=201)
BUSY = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="too-many-requests", http_status=429)


async def test_every_row_is_told_once_with_what_became_of_it(journal: Journal) -> None:
    bad = RowError(row_number=8, column="name", cell="A8", code="missing-value", message="m")
    run = staged(
        journal,
        [
            *(line(number, name) for number, name in enumerate("ABCDE", start=2)),
            line(7, "A"),
            StagedRow(row_number=8, cells=("", ""), payload=None, errors=[bad]),
            StagedRow(row_number=9, cells=("total", ""), payload=None, is_skipped=True),
        ],
    )
    await played(journal, run, A=created("i-1"), B=REFUSED, C=LOST, D=BUSY)
    summary = journal.history.summary(run)
    rows = list(journal.history.results(run))

    assert [row.status for row in rows] == [
        *("created", "failed", "unknown", "pending", "pending", "duplicate", "invalid", "skipped")
    ]
    assert (rows[0].instance_id, rows[0].at_id, rows[0].etag) == ("i-1", "at-i-1", "1")
    assert rows[0].error_code == ""
    assert (rows[1].error_code, rows[1].http_status, rows[1].attempts) == ("http-400", 400, 1)
    assert rows[6].errors == (bad,)
    assert summary.read == 8
    assert (summary.created, summary.failed, summary.unknown, summary.pending) == (1, 1, 1, 2)
    assert (summary.duplicate, summary.invalid, summary.skipped) == (1, 1, 1)
    found = [each.error for each in journal.history.errors(run)]
    assert [(error.row_number, error.code) for error in found] == [
        (3, "http-400"), (4, "timeout"), (8, "missing-value"),
    ]  # fmt: skip


async def test_an_intent_outlives_the_process_and_is_unknown_to_the_next(
    kept: Kept, clock: Clock
) -> None:
    with kept.open(clock) as journal:
        run = staged(journal, [line(2, "A"), line(3, "B")])
        async with applying(journal, run) as operations:
            first, _ = await operations.due(after=0, limit=9)
            await operations.start(first)  # and nothing is heard of it
    clock.seconds += 60.0
    with kept.open(clock) as journal:
        async with applying(journal, run) as operations:
            (unknown,) = await operations.unknown(after=0, limit=9)
            (pending,) = await operations.due(after=0, limit=9)

    assert (unknown.job.name, unknown.last_sent_at) == ("A", clock.seconds)
    assert pending.name == "B"


async def test_what_is_unknown_is_not_sent_before_it_is_looked_up(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C"), line(5, "D")])
    await played(journal, run, A=LOST, B=LOST, C=NO_IDS, D=LOST)
    async with applying(journal, run) as operations:
        assert not await operations.due(after=0, limit=9)
        a, b, c, d = await operations.unknown(after=0, limit=9)
        assert [each.must_exist for each in (a, b, c, d)] == [False, False, True, False]
        receipt = Receipt(instance_id="i-9", at_id="i-9")
        await operations.conclude(
            a.job.operation_id, OperationEvent.FOUND, receipt=receipt, evidence="there"
        )
        await operations.conclude(
            b.job.operation_id, OperationEvent.ABSENT, receipt=None, evidence="not there"
        )
        await operations.conclude(
            d.job.operation_id, OperationEvent.AMBIGUOUS, receipt=None, evidence="two"
        )
        assert [job.name for job in await operations.due(after=0, limit=9)] == ["B"]
        assert set(await operations.claimed(["i-9", "i-8"])) == {"i-9"}
        assert await operations.names_of_rows(["D", "A", "a", "E"]) == {"A", "D"}
        assert await operations.newest_not_undone() == "i-9"

    assert statuses(journal, run) == ["created", "pending", "unknown", "unknown"]


async def test_a_later_run_knows_what_the_reply_to_an_unknown_row_was(journal: Journal) -> None:
    lines = [line(2, "A"), line(3, "B"), line(4, "C")]
    exists = Outcome(
        kind=OutcomeKind.LOST, code="http-409", message="HTTP 409: exists", http_status=409
    )
    await played(journal, staged(journal, lines), A=exists, B=REFUSED, C=BUSY)

    later = staged(journal, lines)
    async with applying(journal, later) as operations:
        (unknown,) = await operations.unknown(after=0, limit=9)
    rows = list(journal.history.results(later))

    assert unknown.answer == "HTTP 409: exists"
    assert [(row.status, row.error_code, row.http_status) for row in rows] == [
        ("unknown", "http-409", 409),
        ("pending", "", None),
        ("pending", "", None),
    ]


async def test_the_id_that_a_reply_named_is_kept_until_it_is_proven_or_absent(
    journal: Journal, kept: Kept, clock: Clock
) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    named = Outcome(
        kind=OutcomeKind.LOST, code="accepted", message="HTTP 202", http_status=202,
        receipt=Receipt(instance_id="", at_id="124e2e76"),
    )  # fmt: skip
    await played(journal, run, A=named, B=named, C=NO_IDS)
    async with applying(journal, run) as operations:
        a, b, c = await operations.unknown(after=0, limit=9)
        assert [each.named_id for each in (a, b, c)] == ["124e2e76", "124e2e76", ""]
        for each in (a, b):
            await operations.conclude(
                each.job.operation_id, OperationEvent.AMBIGUOUS, receipt=None, evidence="not listed"
            )
        assert await operations.claimed(["", "124e2e76"]) == {}
        assert await operations.newest_not_undone() is None
    rows = list(journal.history.results(run))
    assert [(row.status, row.instance_id, row.at_id) for row in rows] == [("unknown", "", "")] * 3

    with kept.open(clock) as again:
        async with applying(again, run) as operations:
            rest = await operations.unknown(after=0, limit=9)
            assert [each.named_id for each in rest] == ["124e2e76", "124e2e76", ""]
            found = Receipt(instance_id="i-A", at_id="at-A")
            await operations.conclude(
                a.job.operation_id, OperationEvent.FOUND, receipt=found, evidence="seen"
            )
            await operations.conclude(
                b.job.operation_id, OperationEvent.ABSENT, receipt=None, evidence="not there"
            )
            (job,) = await operations.due(after=0, limit=9)
            await operations.start(job)
            await operations.finish(job, LOST)
            rest = await operations.unknown(after=0, limit=9)
            assert [(each.job.name, each.named_id) for each in rest] == [("B", ""), ("C", "")]
        row, *_ = again.history.results(run)

    assert (row.status, row.instance_id, row.at_id) == ("created", "i-A", "at-A")


async def test_one_id_for_two_rows_at_the_same_time_is_one_receipt(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B")])
    recorded = []

    async def finish(operations: Operations, job: Job) -> None:
        recorded.append(await operations.finish(job, created("i-1")))

    async with applying(journal, run) as operations:
        jobs = await operations.due(after=0, limit=9)
        for job in jobs:
            await operations.start(job)
        async with anyio.create_task_group() as group:
            for job in jobs:
                group.start_soon(finish, operations, job)

    assert [each.kind for each in recorded] == [OutcomeKind.DONE, OutcomeKind.LOST]
    assert statuses(journal, run) == ["created", "unknown"]


async def test_an_id_that_another_row_got_is_no_receipt(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B")])
    await played(journal, run, A=created("i-1"))
    async with applying(journal, run) as operations:
        (job,) = await operations.due(after=0, limit=9)
        await operations.start(job)
        recorded = await operations.finish(job, created("i-1"))
        (unknown,) = await operations.unknown(after=0, limit=9)

    assert (recorded.kind, recorded.code) == (OutcomeKind.LOST, "receipt-not-new")
    assert recorded.receipt is None
    assert unknown.must_exist, "the API accepted it: it is looked for and never sent again"
    assert statuses(journal, run) == ["created", "unknown"]


async def test_a_move_that_the_life_cycle_has_not_changes_nothing(journal: Journal) -> None:
    run = staged(journal, [line(2, "A")])
    await played(journal, run, A=created("i-1"))
    (found,) = journal.history.source_rows(run, 2, source=None, sheet=None)
    with pytest.raises(IllegalMove), journal.lease(TARGET):
        journal.staging.resolve(
            found.operation_id, was_done=False, receipt=None, evidence="by mistake"
        )

    assert statuses(journal, run) == ["created"]


async def test_what_stands_there_already_is_the_baseline(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    page = [
        RemoteOffer(receipt=Receipt(instance_id=f"r-{name}", at_id=""), name=name, offer={})
        for name in "ABX"
    ]
    async with applying(journal, run) as operations:
        await operations.forget_baseline()
        await operations.mark_existing(page, deleted_before=0.0)
        there = await operations.existing(after=0, limit=9, deleted_before=0.0)
        assert [(each.job.name, each.remote_id) for each in there] == [("A", "r-A"), ("B", "r-B")]
        receipt = Receipt(instance_id="r-A", at_id="r-A")
        await operations.skip(there[0].job.operation_id, message="exists", receipt=receipt)
        await operations.give_up(there[1].job.operation_id, code="already-exists", message="exists")

    assert statuses(journal, run) == ["duplicate", "failed", "pending"]


async def test_a_deleted_offer_is_in_a_late_list_and_after_that_it_is_there(
    journal: Journal, clock: Clock
) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B", key="2")])
    await played(journal, first, A=created("r-1"), B=created("r-2"))
    await played(journal, journal.staging.begin_undo(first, options={}), A=DELETED, B=DELETED)
    run = staged(journal, [line(2, "A"), line(3, "C", key="3")], digest="again")
    page = [
        RemoteOffer(receipt=Receipt(instance_id=remote_id, at_id=""), name=name, offer={})
        for remote_id, name in (("r-1", "A"), ("r-2", "C"))
    ]

    async def there(deleted_before: float) -> list[tuple[str, str]]:
        async with applying(journal, run) as operations:
            await operations.forget_baseline()
            await operations.mark_existing(page, deleted_before=deleted_before)
            found = await operations.existing(after=0, limit=9, deleted_before=deleted_before)
            return [(each.job.name, each.remote_id) for each in found]

    assert await there(clock.seconds - 60.0) == []
    assert await there(clock.seconds + 60.0) == [("A", "r-1"), ("C", "r-2")]


async def test_what_this_journal_created_is_in_nobodys_baseline(journal: Journal) -> None:
    """Else a sheet whose rows have all one name, stopped half way, costs rows times rows."""
    first = staged(journal, [line(2, "Twin", key="1"), line(3, "Renamed", key="2")])
    await played(journal, first, Twin=created("r-1"), Renamed=created("r-2"))
    run = staged(journal, [line(4, "Twin", key="4"), line(5, "Twin", key="5")], digest="more")
    page = [
        RemoteOffer(receipt=Receipt(instance_id=each, at_id=""), name="Twin", offer={})
        for each in ("r-1", "r-2", "theirs")
    ]
    async with applying(journal, run) as operations:
        await operations.mark_existing(page, deleted_before=0.0)
        there = await operations.existing(after=0, limit=9, deleted_before=0.0)
        for job in await operations.due(after=0, limit=9):
            await operations.start(job)
            await operations.finish(job, LOST)
        unknown = await operations.unknown(after=0, limit=9)

    assert [each.remote_id for each in there] == ["r-2", "r-2"]
    assert [sorted(each.baseline) for each in unknown] == [["r-2", "theirs"]] * 2


async def test_names_that_rows_of_other_runs_have_are_told_with_these_rows(
    journal: Journal,
) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B", key="1"), line(4, "C"), line(5, "D")])
    await played(journal, first, A=created("i-A"), B=created("i-B"), C=LOST, D=REFUSED)
    rows = [line(6, "A", key="6"), line(7, "B"), line(8, "C", key="8"), line(9, "D", key="9")]
    same_run = [line(10, "E"), line(11, "E", key="11")]
    by_ids = [line(12, "B", key="12")]
    run = staged(journal, [*rows, *same_run, *by_ids], digest="with ids")
    async with applying(journal, run) as operations:
        after, found = await operations.namesakes(after=0, limit=5)
        over, rest = await operations.namesakes(after=after or 0, limit=99)
        end, _ = await operations.namesakes(after=over or 0, limit=99)
        names = {job.operation_id: job.name for job in await operations.due(after=0, limit=99)}

    told = {names[one.operation_id]: (one.remote_id, one.made_from) for one in [*found, *rest]}
    assert told == {
        "A": ("i-A", "row 2 of offers.csv"),
        "B": ("i-B", "row 3 of offers.csv"),
        "C": ("", "row 4 of offers.csv"),
    }
    assert {one.run_id for one in found} == {first}
    assert end is None


async def test_what_was_sent_without_a_reply_is_known_to_the_next_process(
    journal: Journal,
) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    await played(journal, run, A=LOST, B=BUSY)
    async with applying(journal, run) as operations:
        (row,) = await operations.unknown(after=0, limit=9)
        assert await operations.sent_without_reply() == frozenset()
        await operations.conclude(
            row.job.operation_id, OperationEvent.ABSENT, receipt=None, evidence="not found"
        )
    async with applying(journal, run) as operations:
        assert await operations.sent_without_reply() == {row.job.operation_id}
    corrected = staged(journal, [line(2, "A", content="corrected")], digest="corrected")
    async with applying(journal, corrected) as operations:
        (job,) = await operations.due(after=0, limit=9)
        assert (job.operation_id, job.attempts) == (row.job.operation_id, 1)
        assert b"corrected" in job.body
        assert await operations.sent_without_reply() == {job.operation_id}


async def test_an_undo_is_a_run_that_deletes_what_still_exists(journal: Journal) -> None:
    run = staged(journal, [line(n, name) for n, name in enumerate("ABCD", start=2)])
    await played(journal, run, A=created("i-A"), B=created("i-B"), C=created("i-C"), D=REFUSED)
    with journal.lease(TARGET):
        undo = journal.staging.begin_undo(run, options={})
    record = journal.history.run(undo)
    assert record is not None
    assert (record.command, record.of_run, record.staged) == ("undo", run, True)
    assert statuses(journal, undo) == ["pending"] * 3
    newest = max(row.finished_at or 0.0 for row in journal.history.results(run, status="created"))
    assert journal.history.newest_to_delete(undo) == newest > 0.0
    assert journal.history.newest_to_delete(run) == 0.0

    edited = Outcome(kind=OutcomeKind.REFUSED, code="edited", message="edited since")
    async with applying(journal, undo) as operations:
        jobs = await operations.due(after=0, limit=9)
    assert [(job.operation, job.remote_id, job.etag) for job in jobs] == [
        (Operation.DELETE, f"i-{name}", "1") for name in "ABC"
    ]
    assert b'"A"' in jobs[0].body
    await played(journal, undo, A=DELETED, B=edited)

    assert statuses(journal, undo) == ["deleted", "failed", "pending"]
    assert statuses(journal, run) == ["undone", "created", "created", "failed"]
    assert journal.history.count_created(run) == 2
    summary = journal.history.summary(undo)
    assert (summary.read, summary.deleted, summary.failed, summary.pending) == (3, 1, 1, 1)


async def test_an_undo_that_stopped_is_continued_and_a_finished_one_leaves_nothing(
    journal: Journal,
) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B")])
    await played(journal, run, A=created("i-A"), B=created("i-B"))
    with journal.lease(TARGET):
        first = journal.staging.begin_undo(run, options={})
    await played(journal, first, A=REFUSED, B=LOST)
    with journal.lease(TARGET):
        assert journal.staging.begin_undo(run, options={}) == first
    async with applying(journal, first) as operations:
        (unknown,) = await operations.unknown(after=0, limit=9)
        await operations.conclude(
            unknown.job.operation_id, OperationEvent.FOUND, receipt=None, evidence="it is gone"
        )
    await played(journal, first, A=DELETED)
    with journal.lease(TARGET):
        second = journal.staging.begin_undo(run, options={})

    assert statuses(journal, run) == ["undone", "undone"]
    assert second != first
    assert statuses(journal, second) == []
    assert journal.history.count_created(run) == 0


async def test_a_continued_undo_also_takes_back_what_was_found_since(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    await played(journal, run, A=created("i-A"), B=LOST, C=created("i-C"))
    with journal.lease(TARGET):
        undo = journal.staging.begin_undo(run, options={})
    await played(journal, undo, A=DELETED)
    async with applying(journal, run) as operations:
        (unknown,) = await operations.unknown(after=0, limit=9)
        receipt = Receipt(instance_id="i-B", at_id="at-i-B")
        await operations.conclude(
            unknown.job.operation_id, OperationEvent.FOUND, receipt=receipt, evidence="seen"
        )
    with journal.lease(TARGET):
        continued = journal.staging.begin_undo(run, options={})
    staged_statuses = statuses(journal, undo)
    await played(journal, undo, B=DELETED, C=DELETED)

    assert continued == undo
    assert staged_statuses == ["deleted", "pending", "pending"]
    assert statuses(journal, run) == ["undone"] * 3
    assert sorted(row.row_number for row in journal.history.results(undo)) == [2, 3, 4]


async def test_what_proves_absent_of_a_run_that_was_undone_is_given_up(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    await played(journal, run, A=created("i-A"), B=LOST, C=LOST)
    was_undone = journal.staging.withdraw(run)
    with journal.lease(TARGET):
        undo = journal.staging.begin_undo(run, options={})
    async with applying(journal, run) as operations:
        looked_up, decided = await operations.unknown(after=0, limit=9)
        await operations.conclude(
            looked_up.job.operation_id, OperationEvent.ABSENT, receipt=None, evidence="not listed"
        )
    with journal.lease(TARGET):
        is_undone = journal.staging.withdraw(run)
        after_look = statuses(journal, run)
        journal.staging.resolve(
            decided.job.operation_id, was_done=False, receipt=None, evidence="a person looked"
        )
        of_undo = journal.staging.withdraw(undo)
        journal.staging.begin_undo(undo, options={})

    assert (was_undone, is_undone, of_undo) == (False, True, False)
    assert journal.history.is_undone(run)
    assert not journal.history.is_undone(undo)  # whoever goes on with it wants it after all
    assert after_look == ["created", "failed", "unknown"]
    assert statuses(journal, run) == ["created", "failed", "failed"]
    codes = [row.error_code for row in journal.history.results(run)]
    assert codes == ["", "run-undone", "run-undone"]


async def test_what_proves_absent_of_a_run_that_was_rejected_is_given_up(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    await played(journal, run, A=created("i-A"), B=LOST, C=LOST)
    was_rejected = journal.staging.withdraw(run), journal.history.is_rejected(run)
    for _ in range(2):
        journal.staging.reject(run, code="file-rejected", message="1 row is invalid")
    async with applying(journal, run) as operations:
        looked_up, decided = await operations.unknown(after=0, limit=9)
        await operations.conclude(
            looked_up.job.operation_id, OperationEvent.ABSENT, receipt=None, evidence="not listed"
        )
    with journal.lease(TARGET):
        is_rejected = journal.staging.withdraw(run), journal.history.is_rejected(run)
        after_look = statuses(journal, run)
        journal.staging.resolve(
            decided.job.operation_id, was_done=False, receipt=None, evidence="a person looked"
        )

    assert (was_rejected, is_rejected) == ((False, False), (True, True))
    assert after_look == ["created", "failed", "unknown"]
    found = [(row.status, row.error_code, row.error) for row in journal.history.results(run)]
    assert found == [("created", "", ""), *[("failed", "file-rejected", "1 row is invalid")] * 2]
    events = [entry.event for entry in journal.audit.entries(run_id=run)]
    assert events.count("reject") == 1


async def test_the_key_of_a_deleted_offer_is_free_again(journal: Journal) -> None:
    run = staged(journal, [line(2, "A")])
    await played(journal, run, A=created("i-1"))
    with journal.lease(TARGET):
        undo = journal.staging.begin_undo(run, options={})
    while_deleting = staged(journal, [line(2, "A")], digest="2")
    await played(journal, undo, A=DELETED)
    again = staged(journal, [line(2, "A")], digest="3")
    await played(journal, again, A=created("i-2"))

    assert statuses(journal, while_deleting) == ["invalid"]
    assert statuses(journal, run) == ["undone"]
    assert statuses(journal, again) == ["created"]
    assert journal.history.created_anew(again) == []  # an undo is no plan that was applied
    assert [row.instance_id for row in journal.history.results(again)] == ["i-2"]


@pytest.mark.parametrize("is_duplicate", [False, True])
async def test_a_run_is_not_finished_with_offers_that_are_deleted_or_being_deleted(
    journal: Journal, is_duplicate: bool
) -> None:
    run = staged(journal, [line(2, "A")])
    await played(journal, run, A=created("i-1"))
    journal.staging.end_run(run, reason="")
    asked = staged(journal, [line(2, "A")], digest="2") if is_duplicate else run
    journal.staging.end_run(asked, reason="")
    digest = "2" if is_duplicate else "d"

    def finished() -> str | None:
        return journal.staging.finished_run_of(target=TARGET, digest=digest, options={})

    before = finished()
    with journal.lease(TARGET):
        refused = journal.staging.begin_undo(run, options={})
    meanwhile = finished()
    await played(journal, refused, A=REFUSED)
    kept = finished()
    with journal.lease(TARGET):
        undo = journal.staging.begin_undo(run, options={})
    await played(journal, undo, A=DELETED)

    assert (before, meanwhile, kept, finished()) == (asked, None, asked, None)


async def test_the_last_write_to_the_offers_of_a_run_is_that_of_any_run(
    journal: Journal, clock: Clock
) -> None:
    def last_write(run_id: str, *, by_others: bool = False) -> float:
        return journal.snapshots.last_write(run_id, within=60.0, by_others=by_others) - began

    began = clock.seconds
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    other = staged(journal, [line(2, "Z")])
    await played(journal, run, A=created("i-a"), B=created("i-b"), C=REFUSED)
    assert (last_write(run), last_write(run, by_others=True)) == (0.0, -began)

    clock.seconds += 10
    await played(journal, other, Z=created("i-z"))
    clock.seconds += 10
    journal.staging.end_run(run, reason="")  # which writes nothing
    with journal.lease(TARGET):
        undo = journal.staging.begin_undo(run, options={})
    assert (last_write(run), last_write(undo, by_others=True)) == (0.0, 0.0)

    clock.seconds += 10
    await played(journal, undo, A=DELETED, B=LOST)
    assert (last_write(run), last_write(undo), last_write(other)) == (30.0, 30.0, 10.0)
    assert last_write(undo, by_others=True) == 0.0

    clock.seconds += 10
    async with applying(journal, undo) as operations:
        (lost,) = await operations.unknown(after=0, limit=9)
        await operations.conclude(
            lost.job.operation_id, OperationEvent.FOUND, receipt=None, evidence="gone"
        )
    assert last_write(run) == 40.0  # it may have been carried out late, just before it was found

    clock.seconds -= 20
    assert last_write(run) == 20.0  # a time in the future counts as now
    clock.seconds += 120  # and long ago is long ago, though the undo was never ended
    assert last_write(run) == -began


async def test_what_a_run_created_is_held_against_a_listing(journal: Journal) -> None:
    run = staged(journal, [line(n, name) for n, name in enumerate("ABC", start=2)])
    await played(journal, run, A=created("i-A"), B=created("i-B"), C=created("i-C"))
    for _ in range(2):
        with journal.history.comparing(run) as comparison:
            assert [each.name for each in comparison.by_id(["i-A", "i-X"]).values()] == ["A"]
            assert [each.remote_id for each in comparison.by_name("B")] == ["i-B"]
            assert [each.name for each in comparison.not_seen()] == ["B", "C"]
    with journal.lease(TARGET):
        undo = journal.staging.begin_undo(run, options={})
    await played(journal, undo, A=DELETED)
    with journal.history.comparing(run) as comparison:
        assert [each.name for each in comparison.not_seen()] == ["B", "C"]
    with journal.history.comparing(undo) as comparison:
        assert list(comparison.by_name("A")) == []
        (deleted,) = comparison.not_seen()
    assert (deleted.operation, deleted.remote_id) == (Operation.DELETE, "i-A")


async def test_whoever_reads_sees_the_moment_while_another_writes(kept: Kept, clock: Clock) -> None:
    with kept.open(clock) as journal:
        run = staged(journal, [line(2, "A"), line(3, "B")])
        async with applying(journal, run) as operations:
            a, b = await operations.due(after=0, limit=9)
            await operations.start(a)
            with kept.read(clock) as reader:
                before = statuses(reader, run)
                await operations.finish(a, created("i-1"))
                await operations.start(b)
                after = statuses(reader, run)
            with kept.read(clock) as reader:
                now = statuses(reader, run)

    assert before == after == ["unknown", "pending"]
    assert now == ["created", "unknown"]


async def test_whoever_reads_cannot_write(kept: Kept, clock: Clock) -> None:
    with kept.open(clock) as journal:
        run = staged(journal, [line(2, "A")])
    with kept.read(clock) as reader, pytest.raises(JournalError, match="reading only"):
        reader.staging.end_run(run, reason="")


async def test_one_target_has_one_worker_and_another_target_its_own(
    kept: Kept, clock: Clock
) -> None:
    with kept.open(clock) as one, kept.open(clock) as other:
        with one.lease(TARGET):
            with pytest.raises(JournalBusy, match="in use by another loader"), other.lease(TARGET):
                pass
            with other.lease(OTHER_TARGET):
                assert {each.target for each in one.history.lease_holders()} == {
                    TARGET,
                    OTHER_TARGET,
                }
        with other.lease(TARGET):
            pass
        assert not other.history.lease_holders()


async def test_a_lease_without_a_heartbeat_is_taken_over_and_its_owner_sends_no_more(
    kept: Kept, clock: Clock
) -> None:
    with kept.open(clock) as asleep, kept.open(clock) as awake:
        run = staged(asleep, [line(2, "A"), line(3, "B")])
        with asleep.lease(TARGET) as lost:
            async with asleep.operations(run, lease=lost) as operations:
                a, b = await operations.due(after=0, limit=9)
                await operations.start(a)
                clock.seconds += 3600.0
                said = kept.silence()
                with awake.lease(TARGET) as lease:
                    with pytest.raises(JournalError, match=said):
                        await operations.start(b)
                    with pytest.raises(JournalError, match=said):
                        await operations.finish(a, created("i-1"))
                    async with awake.operations(run, lease=lease) as others:
                        (unknown,) = await others.unknown(after=0, limit=9)
                        assert [job.name for job in await others.due(after=0, limit=9)] == ["B"]
                        assert unknown.job.name == "A"
        assert statuses(awake, run) == ["unknown", "pending"]


async def test_the_lease_of_another_target_can_be_taken_over_and_given_back_meanwhile(
    kept: Kept, clock: Clock
) -> None:
    with kept.open(clock) as asleep, kept.open(clock) as awake:
        run = staged(asleep, [line(2, "A")])
        with asleep.lease(TARGET) as lost:
            async with asleep.operations(run, lease=lost) as operations:
                (a,) = await operations.due(after=0, limit=9)
                clock.seconds += 3600.0
                said = kept.silence()
                with awake.lease(OTHER_TARGET):
                    with awake.lease(TARGET):
                        pass
                    with pytest.raises(JournalError, match=said):
                        await operations.start(a)
                    holders = awake.history.lease_holders()
                    assert [each.target for each in holders] == [OTHER_TARGET]


async def test_two_writers_at_once_lose_nothing(kept: Kept, clock: Clock) -> None:
    targets = (TARGET, OTHER_TARGET)
    rows = [line(number, f"N{number}") for number in range(2, 42)]

    async def work(journal: Journal, run: str, target: str) -> None:
        async def send(operations: Operations, job: Job) -> None:
            await operations.start(job)
            await operations.finish(job, created(f"{target}-{job.name}"))

        with journal.lease(target) as lease:
            async with (
                journal.operations(run, lease=lease) as operations,
                anyio.create_task_group() as group,
            ):
                for job in await operations.due(after=0, limit=99):
                    group.start_soon(send, operations, job)

    with kept.open(clock) as one, kept.open(clock) as other:
        journals = (one, other)
        runs = [
            staged(each, rows, target=target)
            for each, target in zip(journals, targets, strict=True)
        ]
        async with anyio.create_task_group() as group:
            for each, run, target in zip(journals, runs, targets, strict=True):
                group.start_soon(work, each, run, target)
        for run in runs:
            assert one.history.summary(run).created == 40


async def test_a_changed_row_names_the_row_that_created_the_offer(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "A")])
    await played(journal, first, A=created("i-1"))
    staged(journal, [line(7, "A")], digest="again")
    changed = staged(journal, [line(9, "A", content="other")], digest="changed")

    (found,) = journal.history.errors(changed)
    assert f"from row 2 of offers.csv (run {first})" in found.error.message
    assert "i-1" in found.error.message


async def test_a_dry_run_changes_nothing(journal: Journal) -> None:
    run = staged(journal, [line(2, "A")])
    dry = staged(journal, [line(2, "A"), line(3, "B")], dry_run=True)

    assert statuses(journal, dry) == ["pending", "pending"]
    assert all(row.payload for row in journal.history.results(dry))
    async with applying(journal, dry) as operations:
        assert not await operations.due(after=0, limit=9)
    async with applying(journal, run) as operations:
        assert [job.name for job in await operations.due(after=0, limit=9)] == ["A"]


async def test_a_staging_that_was_not_finished_is_forgotten(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B")])
    journal.staging.restart(run)
    again = staged(journal, [line(2, "A", content="other")])

    assert statuses(journal, run) == []
    assert statuses(journal, again) == ["pending"]


def test_a_warning_is_added_to_what_is_known_of_a_row(journal: Journal) -> None:
    run_id = journal.staging.begin(
        target=TARGET, command="load", sources=[], options={}, dry_run=False
    )
    header = ("name", "content")
    sheet, other = (
        journal.staging.add_sheet(run_id, source="a.csv", sheet=name, header=header)
        for name in ("one", "two")
    )
    first, second = (
        RowError(
            row_number=3,
            column="name",
            cell="A3",
            code=code,
            message="m",
            severity=Severity.WARNING,
        )
        for code in ("trimmed", "similar-key")
    )
    rows = [line(2, "A"), replace(line(3, "a"), errors=[first]), line(4, "B")]
    for each, some in ((sheet, rows), (other, [line(3, "C")])):
        journal.staging.add_rows(
            run_id, each, some, kind=KIND, describe_change=lambda _before, _now: ""
        )
    journal.staging.add_warnings(
        [(sheet, second), (sheet, replace(second, row_number=4, value='" [é]'))]
    )

    found = {(row.sheet, row.row_number): row.errors for row in journal.history.results(run_id)}
    assert found == {
        ("one", 2): (),
        ("one", 3): (first, second),
        ("one", 4): (replace(second, row_number=4, value='" [é]'),),
        ("two", 3): (),
    }


async def test_claims_of_an_inbox_are_kept_until_they_are_told(journal: Journal) -> None:
    claims = journal.claims
    first = claims.begin("t", inbox="in", folder="", name="a.csv")
    again = claims.begin("t", inbox="in", folder="", name="a.csv")
    (claim,) = claims.open("in")
    claims.wait("t", report='{"file": ""}', outcome="waiting", unknown=2)
    claims.wait("t", report='{"file": ""}', outcome="waiting", unknown=2)

    assert (first.attempts, again.attempts, again.crashes) == (1, 2, 2)
    assert (claim.name, claim.state) == ("a.csv", "claimed")
    assert claims.begin("t", inbox="in", folder="", name="a.csv").looks == 2
    assert claims.count_exception("t") == 1
    assert not claims.open("another")


def test_a_window_of_the_results_starts_anywhere_and_looks_for_text(journal: Journal) -> None:
    names = ["Plain", "50% off", "Été", "under_score", "Plain two"]
    run = staged(journal, [line(n, name) for n, name in enumerate(names, start=2)])

    def numbers(**asked: Any) -> list[int]:
        asked = {"start": 0, "count": 10, **asked}
        return [row.row_number for row in journal.history.result_window(run, **asked)]

    assert numbers() == [2, 3, 4, 5, 6]
    assert numbers(start=3, count=1) == [5]
    assert numbers(text="PLAIN") == [2, 6]
    assert numbers(text="0%") == [3]
    assert numbers(text="r_s") == [5]
    assert numbers(text="Été") == [4]
    assert numbers(status="pending", start=4) == [6]
    assert numbers(status="created") == []


def test_a_journal_knows_what_pulls_saw_page_by_page_with_every_name(journal: Journal) -> None:
    def there(number: int, name: str) -> RemoteOffer:
        return RemoteOffer(
            receipt=Receipt(instance_id=f"r{number:03}", at_id=""), name=name, offer={}
        )

    def pulled(offers: Sequence[RemoteOffer], **more: Any) -> None:
        values = {"target": TARGET, "kind": KIND, "path": "p", "names": {}, **more}
        journal.snapshots.add(journal.snapshots.begin(**values), offers)

    many = [there(number, f"Offer {number}") for number in range(405)]
    pulled(many)
    pulled([there(7, "Renamed"), many[8]])
    pulled([there(500, "Only for a plan")], path="")
    pulled([there(501, "Elsewhere")], target=OTHER_TARGET)
    pulled([there(502, "Of another kind")], kind="other")

    known = list(journal.snapshots.known(target=TARGET, kind=KIND))

    assert known == sorted({("r007", "Renamed"), *((o.receipt.instance_id, o.name) for o in many)})


async def test_a_journal_knows_since_when_an_offer_is_there(journal: Journal, clock: Clock) -> None:
    def first_seen(remote_id: str) -> float | None:
        return journal.snapshots.first_seen(TARGET, remote_id)

    began = clock.seconds
    run = staged(journal, [line(2, "A")])
    await played(journal, run, A=created("i-a"))
    assert (first_seen("i-a"), first_seen("i-b"), first_seen("")) == (began, None, None)

    for path in ("", "offers.xlsx"):  # what a plan saw is not kept
        clock.seconds += 10
        taken = journal.snapshots.begin(target=TARGET, kind=KIND, names={}, path=path)
        offers = [
            RemoteOffer(receipt=Receipt(instance_id=each, at_id="at"), name=each, offer={})
            for each in ("i-a", "i-b")
        ]
        journal.snapshots.add(taken, offers)
    assert (first_seen("i-a"), first_seen("i-b")) == (began, began + 20)


async def test_a_run_waits_for_an_agreement_until_somebody_gives_it(journal: Journal) -> None:
    run = staged(journal, [line(2, "A")])
    journal.staging.finish(run, is_agreed=False)
    waiting = journal.history.run(run)
    journal.staging.begin_sending(run)
    agreed = journal.history.run(run)
    before = journal.history.is_begun(run)
    await played(journal, run, A=created("i-1"))

    assert waiting is not None
    assert agreed is not None
    assert (waiting.stopped_reason, agreed.stopped_reason) == (PLANNED, "")
    assert (before, journal.history.is_begun(run)) == (False, True)


async def test_a_run_that_goes_on_has_no_end_until_it_ends_again(journal: Journal) -> None:
    run = staged(journal, [line(2, "A"), line(3, "B")])
    journal.staging.end_run(run, reason="interrupted")
    ended = journal.history.run(run)
    journal.staging.begin_sending(run)
    goes_on = journal.history.run(run)

    assert ended is not None
    assert goes_on is not None
    assert (ended.finished_at is None, ended.stopped_reason) == (False, "interrupted")
    assert (goes_on.finished_at, goes_on.stopped_reason) == (None, "")


async def test_the_journal_names_its_targets_and_the_creates_of_unknown_outcome(
    journal: Journal,
) -> None:
    def run_for(target: str, *, dry_run: bool = False) -> str:
        info = SourceInfo(path="a.csv", digest=target)
        return journal.staging.begin(
            target=target, command="load", sources=[info], options={}, dry_run=dry_run
        )

    journal.snapshots.begin(target="pulled", kind="fallback-offer", names={}, path="x.xlsx")
    run_for("asked", dry_run=True)
    run = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    await played(journal, run, A=LOST, B=created("i-B"), C=LOST)
    run_for(OTHER_TARGET)
    run_for(TARGET, dry_run=True)

    assert journal.history.targets()[:2] == (OTHER_TARGET, TARGET)
    assert set(journal.history.targets()[2:]) == {"asked", "pulled"}
    assert journal.history.unknown_creates(TARGET) == (run, 2)
    assert journal.history.unknown_creates(OTHER_TARGET) is None
    assert journal.history.has_changed(TARGET)
    assert not journal.history.has_changed(OTHER_TARGET)
    with journal.lease("begun"):
        assert "begun" in journal.history.targets()
