"""Two rows of a sheet never meet in one offer, whichever of them is above the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loader.errors import ExitCode
from loader.model import Dialect
from tests.support.keeping import ROWS, Keeper, keeper_of, rows_of

NEW = {"placement": "Web banner", "type": "html", "content": "<p>New</p>", "language": "en"}


@pytest.fixture(params=Dialect)
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    with keeper_of(request.param, tmp_path) as someone:
        someone.load(ROWS)
        someone.pull()
        yield someone


def add(rows: dict[str, dict[str, Any]], row: dict[str, Any], *, is_first: bool) -> None:
    """Add a row above or below the others."""
    old = dict(rows)
    rows.clear()
    rows.update({"new": row, **old} if is_first else {**old, "new": row})


def ids(keeper: Keeper) -> dict[str, str]:
    return {each["name"]: each["id"] for each in keeper.sandbox.offers()}


@pytest.mark.parametrize("is_first", [True, False], ids=["above", "below"])
def test_a_new_row_does_not_overwrite_the_offer_whose_name_it_takes_over(
    keeper: Keeper, *, is_first: bool
) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["name"] = "Sale 2025"
        add(rows, {"name": "Sale", "description": "Anew", **NEW}, is_first=is_first)

    plan = keeper.plan()
    first = keeper.apply(plan)

    (found,) = [each.error for each in plan.findings.first]
    assert (found.code, found.column, found.value) == ("offer-twice", "name", "Sale")
    assert "has the id of the offer of this name" in found.message
    assert first.exit_code == ExitCode.ROWS_FAILED
    assert "Sale" not in keeper.offers_by_name()
    assert keeper.offers_by_name()["Sale 2025"]["description"] == "Second"

    then = keeper.plan_and_apply()

    assert (then.summary.invalid, then.summary.unchanged) == (1, 4)
    assert keeper.offers_by_name()["Sale 2025"]["description"] == "Second"
    assert len(keeper.offers_by_name()) == 4


@pytest.mark.parametrize("is_first", [True, False], ids=["above", "below"])
def test_a_copy_without_an_id_does_not_change_the_offer_that_it_was_copied_of(
    keeper: Keeper, *, is_first: bool
) -> None:
    with rows_of(keeper) as rows:
        copy = rows["Sale"] | {"id": None, "etag": None, "description": "Y"}
        rows["Sale"]["description"] = "X"
        add(rows, copy, is_first=is_first)

    for _ in range(3):
        plan = keeper.plan()
        keeper.apply(plan)

        (found,) = [each.error for each in plan.findings.first]
        assert found.code == "offer-twice"
        assert keeper.offers_by_name()["Sale"]["description"] == "X"
        assert len(keeper.offers_by_name()) == 4


def test_a_copy_with_a_name_of_its_own_is_created_once(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Copy"] = rows["Sale"] | {"id": None, "etag": None, "name": "Copy"}

    assert keeper.plan_and_apply().summary.created == 1
    assert keeper.plan().totals.unchanged == 5


def test_a_new_row_takes_over_the_name_of_an_offer_that_was_deleted_first(keeper: Keeper) -> None:
    before = ids(keeper)
    with rows_of(keeper) as rows:
        rows["Sale"]["action"] = "delete"
        add(rows, {"name": "Sale", "description": "Anew", **NEW}, is_first=True)

    assert keeper.plan_and_apply().summary.deleted == 1
    assert keeper.plan_and_apply().summary.created == 1
    assert keeper.offers_by_name()["Sale"]["description"] == "Anew"
    assert ids(keeper)["Sale"] != before["Sale"]
    assert keeper.plan().totals.operations == 0


def test_two_rows_without_ids_do_not_change_one_offer(keeper: Keeper) -> None:
    path = keeper.folder / "plain.csv"
    rest = "Web banner,html,en"
    path.write_text(
        "name,description,content,placement,type,language\n"
        f"Sale,X,<p>Sale</p>,{rest}\nThird,Z,<p>3</p>,{rest}\nSale,Y,<p>Sale</p>,{rest}\n",
        "utf-8",
    )

    for _ in range(2):
        plan = keeper.plan("plain.csv")
        keeper.apply(plan)

        (found,) = [each.error for each in plan.findings.first]
        assert found.code == "offer-twice"
        assert "row 2" in found.message
        assert keeper.offers_by_name()["Sale"]["description"] == "X"
