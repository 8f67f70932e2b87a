"""The key of an offer that is gone is free for the row that says so, and for no other."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from loader.journal import Journal
from loader.journal.records import StagedRow
from tests.journal.played_runs import DELETED, REFUSED, Clock, created, played, staged, statuses
from tests.support.staged import KIND, TARGET, line

pytestmark = pytest.mark.anyio


def applied(journal: Journal, *plans: str) -> list[str]:
    return [journal.staging.begin_apply(each, options={}, kind=KIND) for each in plans]


def planned(journal: Journal, rows: Sequence[StagedRow]) -> str:
    return staged(journal, rows, dry_run=True)


def again(number: int, name: str, remote_id: str) -> StagedRow:
    return replace(line(number, name), replaces=remote_id)


async def test_an_offer_that_is_gone_is_replaced_once(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B")])
    await played(journal, first, A=created("id-1"), B=created("id-2"))
    rows = [again(2, "A", "id-1"), line(3, "A"), again(4, "B", "id-9")]
    plans = [planned(journal, rows) for _ in range(2)]

    runs = applied(journal, plans[0])
    await played(journal, runs[0], A=created("id-3"))
    runs += applied(journal, plans[1])

    assert statuses(journal, plans[0]) == ["pending", "duplicate", "duplicate"]
    assert statuses(journal, runs[0]) == ["created", "duplicate", "duplicate"]
    assert statuses(journal, runs[1]) == ["duplicate"] * 3
    assert statuses(journal, first) == ["undone", "created"]
    assert journal.snapshots.newest_not_undone(target=TARGET) == "id-3"


async def test_a_key_is_held_by_what_stands_and_has_nothing_open(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    await played(journal, first, A=created("id-1"), B=created("id-2"))
    plan = planned(journal, [again(2, "A", "id-1")])
    undo = journal.staging.begin_undo(first, options={})

    held = journal.snapshots.key_holders(target=TARGET, kind=KIND, keys=["A", "B", "C", "D"])
    (run,) = applied(journal, plan)

    assert held == {}
    assert statuses(journal, run) == ["invalid"]
    await played(journal, undo, A=DELETED, B=DELETED)
    assert journal.snapshots.newest_not_undone(target=TARGET) is None


async def test_who_holds_a_key(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B")])
    await played(journal, first, A=created("id-1"))

    held = journal.snapshots.key_holders(target=TARGET, kind=KIND, keys=["A", "B"])

    assert [(key, each.create.remote_id) for key, each in held.items()] == [("A", "id-1")]
    assert held["A"].created_at == Clock().seconds


async def test_what_was_written_lately(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B")])
    await played(journal, first, A=created("id-1"))
    at = Clock().seconds

    lately = journal.snapshots.changed_lately(target=TARGET, kind=KIND, since=at - 1)
    earlier = journal.snapshots.changed_lately(target=TARGET, kind=KIND, since=at)

    assert [(each.remote_id, each.at, each.is_deleted) for each in lately] == [("id-1", at, False)]
    assert list(earlier) == []


async def test_the_newest_offer_is_the_one_that_was_sent_last(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B"), line(4, "C")])
    await played(journal, first, B=created("id-2"))
    await played(journal, first, A=created("id-1"), C=REFUSED)  # a resume goes back to it

    newest = journal.snapshots.newest_not_undone(target=TARGET)

    undo = journal.staging.begin_undo(first, options={})
    await played(journal, undo, A=DELETED)
    assert (newest, journal.snapshots.newest_not_undone(target=TARGET)) == ("id-1", "id-2")


async def test_what_was_deleted_lately(journal: Journal) -> None:
    first = staged(journal, [line(2, "A"), line(3, "B")])
    await played(journal, first, A=created("id-1"), B=created("id-2"))
    undo = journal.staging.begin_undo(first, options={})
    await played(journal, undo, A=DELETED)
    at = Clock().seconds

    lately = journal.snapshots.changed_lately(target=TARGET, kind=KIND, since=at - 1)

    assert [(each.remote_id, each.is_deleted) for each in lately] == [
        ("id-2", False),
        ("id-1", True),
    ]
