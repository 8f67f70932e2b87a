"""Decisions of the target, and names, that a plan must respect."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loader.errors import SourceError
from loader.model import Dialect
from tests.support.keeping import ROWS, Keeper, keeper_of, rows_of


@pytest.fixture(params=Dialect)
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    with keeper_of(request.param, tmp_path) as someone:
        someone.load(ROWS)
        someone.pull()
        yield someone


def decide(keeper: Keeper, fallback: str, *placements: str) -> None:
    """Let a decision fall back to an offer."""
    (offer,) = [each for each in keeper.sandbox.offers() if each["name"] == fallback]
    body: dict[str, Any] = {
        "name": "Front page",
        "status": "live",
        "fallback": offer["id"],
        "criteria": [{"placements": list(placements)}],
    }
    named = {f"{keeper.prefix}{name}": value for name, value in body.items()}
    if keeper.prefix:
        named["xdm:criteria"] = [{"xdm:placements": list(placements)}]
    keeper.sandbox.put_offer(named, dialect=str(keeper.dialect), kind="offer-decisions")


def test_the_fallback_of_a_decision_is_neither_deleted_nor_archived(keeper: Keeper) -> None:
    decide(keeper, "Sale")
    decide(keeper, "Third")
    with rows_of(keeper) as rows:
        rows["Sale"]["action"] = "delete"
        rows["Third"]["action"] = "archive"
        rows["Fourth"]["action"] = "delete"

    plan = keeper.plan()

    found = [each.error for each in plan.findings.first]
    assert [each.code for each in found] == ["used-as-fallback", "used-as-fallback"]
    assert "Front page" in found[0].message
    assert found[0].column == "action"
    assert (plan.totals.invalid, plan.totals.delete) == (2, 1)


def test_a_fallback_that_lacks_a_placement_of_its_decision_is_told(keeper: Keeper) -> None:
    decide(keeper, "Sale", "dps:offer-placement:77")
    with rows_of(keeper) as rows:
        rows["Sale"]["description"] = "Mine"
        rows["Third"]["description"] = "Mine"

    plan = keeper.plan()

    (found,) = [each.error for each in plan.findings.first]
    assert (found.code, found.severity) == ("fallback-lacks-placement", "warning")
    assert "Front page: dps:offer-placement:77" in found.message
    assert plan.totals.update == 2


def test_a_new_name_must_be_free(keeper: Keeper) -> None:
    with rows_of(keeper) as rows:
        rows["Sale"]["name"] = "Free shipping"
        rows["Third"]["name"] = "Brand new"
        rows["Fourth"]["name"] = "Brand new"

    plan = keeper.plan()

    found = [each.error for each in plan.findings.first]
    assert [each.code for each in found] == ["name-taken", "name-taken"]
    assert plan.totals.update == 1


@pytest.mark.parametrize("is_above", [True, False])
def test_a_new_offer_and_a_renamed_one_do_not_get_one_name(keeper: Keeper, is_above: bool) -> None:
    keeper.pull("offers.csv")
    sheet = keeper.folder / "offers.csv"
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["name"] = row["name"].replace("Sale", "Brand new")
    (renamed,) = [row for row in rows if row["name"] == "Brand new"]
    new = {**renamed, "id": "", "etag": ""}
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(renamed))
        writer.writeheader()
        writer.writerows([new, *rows] if is_above else [*rows, new])

    with pytest.raises(SourceError, match="'Brand new'") as refused:
        keeper.plan("offers.csv")

    assert refused.value.code == "name-given-twice"
    assert f"row {2 if is_above else len(rows) + 2} creates" in str(refused.value)
    assert "Brand new" not in keeper.offers_by_name()
