"""A list that lags below the settle time: a plan believes no absence that it did not look up."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loader.model import Dialect
from tests.support.keeping import Keeper, edited, keeper_of

SHEET = "name,placement,content\nAlpha,Web text,Hello A\nBeta,Web text,Hello B\n"


@pytest.fixture(params=list(Dialect))
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    """Give a sheet that was pulled in time, and a list that shows nothing of the last minute."""
    with keeper_of(request.param, tmp_path) as keeper:
        keeper.load(SHEET)
        keeper.pull()
        yield keeper


def names(keeper: Keeper) -> list[str]:
    return sorted(each["name"] for each in keeper.sandbox.offers())


def contents(keeper: Keeper) -> str:
    return str(sorted(each["body"].items() for each in keeper.sandbox.offers()))


def test_a_delete_is_done_though_the_list_is_late(keeper: Keeper) -> None:
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"]["action"] = "delete"
    keeper.sandbox.set_faults("list-lag-seconds=60")

    applied = keeper.plan_and_apply().summary

    assert (applied.deleted, names(keeper)) == (1, ["Beta"])


def test_an_edit_is_made_though_the_list_is_late(keeper: Keeper) -> None:
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"]["content"] = "Hello new"
    keeper.sandbox.set_faults("list-lag-seconds=60")

    applied = keeper.plan_and_apply().summary

    assert (applied.updated, applied.unchanged, applied.gone) == (1, 1, 0)
    assert "Hello new" in contents(keeper)


def test_offers_of_others_are_not_created_twice(keeper: Keeper) -> None:
    """Their rows lost their ids, as somebody does who believes that they are gone."""
    other = replace(keeper, journal="other.sqlite3")
    other.pull("theirs.xlsx")
    with edited(other.folder / "theirs.xlsx") as rows:
        for row in rows.values():
            row |= {"id": None, "etag": None}
    keeper.sandbox.set_faults("list-lag-seconds=60")

    applied = other.plan_and_apply("theirs.xlsx").summary

    assert (applied.created, names(keeper)) == (0, ["Alpha", "Beta"])


def test_what_neither_the_list_nor_its_id_shows_is_gone_only_after_the_settle_time(
    keeper: Keeper,
) -> None:
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"]["action"] = "delete"
    other = replace(keeper, journal="other.sqlite3", more={"LOADER_SETTLE_SECONDS": "2"})
    other.pull("theirs.xlsx")
    with edited(keeper.folder / "theirs.xlsx") as rows:
        rows["Alpha"]["action"] = "delete"
    keeper.sandbox.set_faults("list-lag-seconds=1.5", "lookup-lag-seconds=1.5")

    applied = other.plan_and_apply("theirs.xlsx").summary

    assert (applied.deleted, names(keeper)) == (1, ["Beta"])


def test_a_list_with_an_older_revision_than_the_journal_is_read_again(keeper: Keeper) -> None:
    slow = replace(keeper, more={"LOADER_SETTLE_SECONDS": "2"})
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"]["content"] = "Hello new"
    keeper.plan_and_apply()
    keeper.sandbox.set_faults("list-lag-seconds=1.5")

    # A sheet that was never pulled says what is to be there.
    (keeper.folder / "back.csv").write_text(SHEET, "utf-8")
    applied = slow.plan_and_apply("back.csv").summary

    assert (applied.updated, applied.unchanged) == (1, 1)
    assert "Hello new" not in contents(keeper)


def test_what_was_deleted_a_moment_ago_is_not_taken_for_there(keeper: Keeper) -> None:
    slow = replace(keeper, more={"LOADER_SETTLE_SECONDS": "2"})
    sheet = "name,placement,content\nGamma,Web text,Hello C\n"
    run = keeper.load(sheet).summary.run_id
    time.sleep(1.5)
    keeper.undo(run)
    keeper.sandbox.set_faults("list-lag-seconds=1.5")

    applied = slow.plan_and_apply("first.csv").summary

    assert (applied.created, applied.unchanged) == (1, 0)
    assert names(keeper) == ["Alpha", "Beta", "Gamma"]


def test_a_pull_has_nothing_that_was_deleted_a_moment_ago(keeper: Keeper) -> None:
    slow = replace(keeper, more={"LOADER_SETTLE_SECONDS": "2"})
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Alpha"]["action"] = "delete"
    time.sleep(1.5)
    keeper.plan_and_apply()
    keeper.sandbox.set_faults("list-lag-seconds=1.5")

    assert slow.pull().pulled == 1


def test_an_undo_puts_back_what_the_list_does_not_show(keeper: Keeper) -> None:
    other = replace(keeper, journal="other.sqlite3")
    other.pull("theirs.xlsx")
    with edited(keeper.folder / "theirs.xlsx") as rows:
        rows["Alpha"]["content"] = "Hello new"
    run = other.plan_and_apply("theirs.xlsx").summary.run_id
    keeper.sandbox.set_faults("list-lag-seconds=60")

    undone = other.undo(run)

    assert (undone.restored, undone.kept) == (1, 0)
    assert "Hello new" not in contents(keeper)
