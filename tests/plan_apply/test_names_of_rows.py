"""The names by which the journal knows the offers of rows, whatever was renamed meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loader.model import Dialect
from tests.journal.implementations import IMPLEMENTATIONS, kept_in
from tests.support.keeping import Keeper, keeper_of, rows_of
from tests.support.sandbox_calls import dps_offer

ALPHA = "name,placement,content\nAlpha,Web banner,Hello A\n"
ALPHA2 = "name,placement,content\nAlpha2,Web banner,Hello new\n"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    """A keeper of offers whose journal is in each of the databases."""
    with (
        kept_in(request.param, request, tmp_path) as kept,
        keeper_of(Dialect.DPS, tmp_path, LOADER_JOURNAL=str(kept.place)) as keeper,
    ):
        yield keeper


def names(keeper: Keeper) -> list[str]:
    return sorted(each["name"] for each in keeper.sandbox.offers())


def skipping(keeper: Keeper) -> Keeper:
    """Return a keeper whose loads leave out what is there already."""
    return replace(keeper, more={**keeper.more, "LOADER_ON_EXISTING": "skip"})


def put(keeper: Keeper, name: str) -> None:
    """Let somebody else create an offer."""
    keeper.sandbox.put_offer(dps_offer(name))


def rename(keeper: Keeper, **new_names: str) -> str:
    """Give offers new names by a pulled sheet; return the run."""
    keeper.pull()
    with rows_of(keeper) as rows:
        for old, new in new_names.items():
            rows[old]["name"] = new
    return keeper.plan_and_apply().summary.run_id


def skip_alpha_and_rename_theirs(keeper: Keeper) -> None:
    """Skip the row because somebody else has an offer of its name; then give that one another."""
    put(keeper, "Alpha")
    assert skipping(keeper).load(ALPHA).summary.duplicate == 1
    rename(keeper, Alpha="Beta")


def test_a_row_that_was_skipped_is_created_once_its_name_is_free(keeper: Keeper) -> None:
    skip_alpha_and_rename_theirs(keeper)

    assert keeper.load(ALPHA).summary.created == 1
    assert names(keeper) == ["Alpha", "Beta"]


def test_a_row_that_was_skipped_is_refused_where_another_offer_has_its_name(
    keeper: Keeper,
) -> None:
    skip_alpha_and_rename_theirs(keeper)
    keeper.edit_as_other("Beta", name="Gamma")
    put(keeper, "Alpha")

    assert keeper.load(ALPHA).summary.failed == 1
    assert names(keeper) == ["Alpha", "Gamma"]


def test_a_row_that_was_skipped_is_looked_for_by_its_own_name(keeper: Keeper) -> None:
    skip_alpha_and_rename_theirs(keeper)
    keeper.sandbox.set_faults("reset-after on=create times=1")

    assert keeper.load(ALPHA).summary.created == 1
    assert names(keeper) == ["Alpha", "Beta"]


@pytest.mark.parametrize("keeper", IMPLEMENTATIONS, indirect=True)
def test_a_name_is_free_again_after_the_undo_of_its_renaming(keeper: Keeper) -> None:
    keeper.load(ALPHA)
    run = rename(keeper, Alpha="Alpha2")
    assert skipping(keeper).load(ALPHA2).summary.duplicate == 1
    keeper.undo(run)

    assert skipping(keeper).load(ALPHA2 + "Other,Web banner,x\n").summary.created == 2
    assert names(keeper) == ["Alpha", "Alpha2", "Other"]


def test_a_name_is_free_that_an_offer_did_not_get(keeper: Keeper) -> None:
    keeper.load(ALPHA)
    keeper.pull()
    with rows_of(keeper) as rows:
        rows["Alpha"]["name"] = "Alpha2"
    plan = keeper.plan()
    keeper.edit_as_other("Alpha", name="Theirs")
    assert keeper.apply(plan).summary.failed == 1

    assert skipping(keeper).load(ALPHA2).summary.created == 1
    assert names(keeper) == ["Alpha2", "Theirs"]


def test_a_name_may_be_taken_that_an_offer_is_to_get(keeper: Keeper) -> None:
    keeper.load(ALPHA)
    keeper.sandbox.set_faults("status-before on=update status=403")
    run = rename(keeper, Alpha="Alpha2")

    skipping(keeper).load(ALPHA2)

    refused = keeper.results("first.results.csv")["Alpha2"]
    assert refused["error_code"] == "may-exist"
    assert refused["error"].startswith("an offer gets this name from row 2 of ")
    assert f"`loader resume {run}`" in refused["error"]
    assert names(keeper) == ["Alpha"]


def test_an_edit_of_an_offer_says_nothing_of_its_name(keeper: Keeper) -> None:
    keeper.load(ALPHA)
    keeper.sandbox.set_faults("status-before on=update status=403")
    keeper.pull()
    with rows_of(keeper) as rows:
        rows["Alpha"]["description"] = "New"
    keeper.plan_and_apply()

    again = "external_id,name,placement,content\nE1,Alpha,Web banner,Hello A\n"

    assert skipping(keeper).load(again).summary.duplicate == 1
