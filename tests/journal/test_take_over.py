"""What an earlier run left goes over to a later one that somebody agreed to send, not before."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from loader.journal import Journal
from loader.journal.records import StagedRow
from loader.model import Receipt
from tests.journal.played_runs import (
    DELETED,
    LOST,
    REFUSED,
    applying,
    created,
    played,
    staged,
    statuses,
)
from tests.support.staged import TARGET, line

pytestmark = pytest.mark.anyio


def planned(journal: Journal, rows: Sequence[StagedRow]) -> str:
    return staged(journal, rows, is_agreed=False)


async def bodies(journal: Journal, run_id: str) -> list[bytes]:
    async with applying(journal, run_id) as operations:
        return [job.body for job in await operations.due(after=0, limit=99)]


async def test_a_plan_keeps_nothing_of_a_run_that_is_not_finished(journal: Journal) -> None:
    rows = [line(2, "A"), line(3, "B"), line(4, "C"), line(5, "D")]
    first = staged(journal, rows)
    await played(journal, first, B=LOST, C=REFUSED)
    left = await bodies(journal, first)
    changed = [line(2, "A", content="x"), line(3, "B"), line(4, "C", content="x"), line(5, "D")]

    for ending in ("planned", "rejected", "undone", "not read to its end"):
        later = staged(journal, changed, is_agreed=False, is_read=ending != "not read to its end")
        if ending == "rejected":
            journal.staging.reject(later, code="file-rejected", message="")
        if ending == "undone":
            journal.staging.begin_undo(later, options={})

        assert statuses(journal, first) == ["pending", "unknown", "failed", "pending"]
        assert journal.history.taken_over(first) == {}
        assert await bodies(journal, first) == left
        assert await bodies(journal, later) == []
        assert set(statuses(journal, later)) == (
            {"failed"} if ending in {"rejected", "undone"} else {"pending"}
        )


async def test_a_plan_that_is_agreed_to_takes_over_what_is_left(journal: Journal) -> None:
    rows = [line(2, "A"), line(3, "B"), line(4, "C"), line(5, "D")]
    first = staged(journal, rows)
    await played(journal, first, B=LOST, C=REFUSED)
    later = planned(
        journal,
        [
            line(2, "A", content="x"),
            replace(line(3, "A"), payload=None, part_of=2),
            line(4, "A", content="x"),
            replace(line(5, "A"), payload=None, part_of=4),
            line(6, "B"),
            line(7, "C"),
            line(8, "E"),
        ],
    )
    assert statuses(journal, later) == ["pending", "pending", "duplicate", "duplicate"] + 3 * [
        "pending"
    ]

    journal.staging.begin_sending(later)

    assert statuses(journal, first) == ["invalid", "unknown", "pending", "pending"]
    assert journal.history.taken_over(first) == {later: 2}
    assert statuses(journal, later) == [
        *("pending", "pending", "duplicate", "duplicate"),
        *("unknown", "pending", "pending"),
    ]
    assert await bodies(journal, first) == [rows[3].payload.body]  # type: ignore[union-attr]
    assert sorted(await bodies(journal, later)) == [
        b'{"content":"","name":"C"}',
        b'{"content":"","name":"E"}',
        b'{"content":"x","name":"A"}',
    ]


async def test_what_happened_between_a_plan_and_its_agreement_counts(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C"), line(5, "D")])
    later = planned(
        journal,
        [line(2, "A"), line(3, "B", content="x"), line(4, "C"), line(5, "C"), line(6, "D")],
    )
    await played(journal, first, A=created("i-1"), B=created("i-2"), C=created("i-3"), D=LOST)

    journal.staging.begin_sending(later)
    error, lost = journal.history.errors(later)

    assert statuses(journal, later) == [
        *("duplicate", "invalid", "duplicate", "duplicate"),
        "unknown",
    ]
    assert (error.error.code, lost.error.code) == ("key-conflict", LOST.code)
    assert "row 3 of offers.csv" in error.error.message


async def test_a_key_that_was_freed_meanwhile_is_created_anew(journal: Journal) -> None:
    first = staged(journal, [line(2, "A")])
    later = planned(journal, [line(2, "A")])
    await played(journal, first, A=created("i-1"))
    undo = journal.staging.begin_undo(first, options={})
    await played(journal, undo, A=DELETED)

    journal.staging.begin_sending(later)

    assert statuses(journal, later) == ["pending"]
    assert len(await bodies(journal, later)) == 1
    await played(journal, later, A=created("i-2"))
    assert (statuses(journal, first), statuses(journal, later)) == (["undone"], ["created"])


async def test_a_row_that_turns_out_to_exist_is_a_duplicate_in_both_runs(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B")])
    later = staged(journal, [line(2, "A"), line(3, "C")])
    receipt = Receipt(instance_id="r-A", at_id="r-A")

    async with applying(journal, later) as operations:
        found = await operations.due(after=0, limit=9)
        (there,) = [job for job in found if job.name == "A"]
        await operations.skip(there.operation_id, message="exists", receipt=receipt)

    assert statuses(journal, later) == ["duplicate", "pending"]
    assert statuses(journal, first) == ["duplicate", "pending"]


async def test_many_rows_go_over(journal: Journal) -> None:
    rows = [line(number, f"N{number}") for number in range(2, 1_300)]
    first = staged(journal, rows)
    later = planned(journal, [*rows, line(1_300, "N2"), line(1_301, "N3", content="x")])

    journal.staging.begin_sending(later)

    assert journal.history.taken_over(first) == {later: len(rows)}
    assert statuses(journal, later) == ["pending"] * len(rows) + ["duplicate", "invalid"]


@pytest.mark.parametrize("is_agreed", [True, False])
async def test_rows_that_others_replace_are_invalid_and_name_them(
    journal: Journal, is_agreed: bool
) -> None:
    refused = line(2, "A")
    first = staged(
        journal,
        [refused, replace(line(3, "A"), payload=None, part_of=2), line(4, "A"), line(5, "B")],
    )
    await played(journal, first, A=REFUSED)
    later = staged(journal, [line(7, "B"), line(8, "A", content="corrected")], is_agreed=is_agreed)
    journal.staging.begin_sending(later)
    await played(journal, later, A=created("i-1"), B=created("i-2"))

    assert statuses(journal, first) == ["invalid", "invalid", "invalid", "created"]
    assert statuses(journal, later) == ["created", "created"]
    found = {each.error.row_number: each.error for each in journal.history.errors(first)}
    assert {number: error.code for number, error in found.items()} == {
        2: "replaced",
        3: "part-of-invalid",
        4: "replaced",
    }
    assert found[2].message.startswith(f"row 8 of offers.csv (run {later}) has the same key")
    assert [row.instance_id for row in journal.history.results(first)] == ["", "", "", "i-2"]


async def test_a_row_that_a_later_run_replaced_is_not_counted_as_invalid_by_itself(
    journal: Journal,
) -> None:
    part = replace(line(3, "A"), payload=None, part_of=2)
    wrong = replace(line(6, "C"), payload=None)
    rows = [line(2, "A"), part, line(4, "A"), line(5, "B"), wrong, replace(wrong, row_number=7)]
    first = staged(journal, rows)
    assert journal.history.count_invalid(first) == 2
    staged(journal, [line(2, "A", content="corrected")])

    assert statuses(journal, first) == ["invalid"] * 3 + ["pending"] + ["invalid"] * 2
    assert journal.history.count_invalid(first) == 2


@pytest.mark.parametrize("is_undone", [True, False])
async def test_a_rejected_run_gives_back_what_it_took_over_but_not_to_an_undone_run(
    journal: Journal, is_undone: bool
) -> None:
    oldest = staged(journal, [line(2, "A"), line(3, "B")])
    older = staged(journal, [line(2, "B")])
    later = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    if is_undone:
        journal.staging.begin_undo(older, options={})

    journal.staging.reject(later, code="file-rejected", message="")

    assert statuses(journal, later) == ["pending", "pending", "failed"]
    assert journal.history.taken_over(later) == (
        {oldest: 2} if is_undone else {oldest: 1, older: 1}
    )
    assert len(await bodies(journal, oldest)) == (2 if is_undone else 1)


@pytest.mark.parametrize("is_first_rejected_first", [True, False])
async def test_rows_that_only_rejected_runs_have_are_given_up(
    journal: Journal, is_first_rejected_first: bool
) -> None:
    runs = [staged(journal, [line(2, "A"), line(3, "B")]) for _ in range(2)]

    for run in runs if is_first_rejected_first else reversed(runs):
        journal.staging.reject(run, code="file-rejected", message="")

    assert [statuses(journal, run) for run in runs] == [["failed", "failed"]] * 2
    codes = {row.error_code for row in journal.history.results(runs[-1])}
    assert codes <= {"file-rejected", "went-on"}


async def test_what_proves_absent_of_a_rejected_run_goes_back_to_the_one_that_it_was_taken_from(
    journal: Journal,
) -> None:
    first = staged(journal, [line(2, "A")])
    await played(journal, first, A=LOST)
    later = staged(journal, [line(2, "A"), line(3, "B")])
    journal.staging.reject(later, code="file-rejected", message="")
    assert journal.history.taken_over(first) == {later: 1}
    (row,) = journal.history.source_rows(later, 2, source=None, sheet=None)

    with journal.lease(TARGET):
        journal.staging.resolve(row.operation_id, was_done=False, receipt=None, evidence="looked")

    assert journal.history.taken_over(later) == {first: 1}
    assert statuses(journal, first) == ["pending"]
    assert len(await bodies(journal, first)) == 1


async def test_bytes_of_which_a_row_was_replaced_were_not_loaded(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B")], digest="of the first")
    await played(journal, first, A=REFUSED, B=created("i-1"))
    journal.staging.end_run(first, reason="")
    later = staged(journal, [line(2, "A", content="corrected")], digest="of the later")
    await played(journal, later, A=created("i-2"))
    journal.staging.end_run(later, reason="")

    assert journal.staging.finished_run_of(target=TARGET, digest="of the first", options={}) is None
    found = journal.staging.finished_run_of(target=TARGET, digest="of the later", options={})
    assert found == later


async def test_a_duplicate_of_what_was_there_before_stays_one_where_its_create_is_replaced(
    journal: Journal,
) -> None:
    first = staged(journal, [line(2, "A")])
    receipt = Receipt(instance_id="r-A", at_id="r-A")
    async with applying(journal, first) as operations:
        (there,) = await operations.due(after=0, limit=9)
        await operations.skip(there.operation_id, message="exists", receipt=receipt)

    staged(journal, [line(2, "A", content="x")])

    assert statuses(journal, first) == ["duplicate"]
