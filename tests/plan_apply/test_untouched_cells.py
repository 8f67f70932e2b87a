"""Cells that nobody edited stop nothing, though our checks would refuse them in a new offer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loader.model import Dialect, Severity
from loader.offer.dialect_names import COMPONENT_BASE
from offer_sandbox.settings import SandboxSettings
from tests.support.keeping import Keeper, edited, keeper_of
from tests.support.sandbox_calls import xcore_offer


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    """Give a library whose only offer shows HTML without content."""
    settings = SandboxSettings(unknown_placements="accept", unknown_fields="keep")
    with keeper_of(Dialect.XCORE, tmp_path, settings) as someone:
        component = {"@type": f"{COMPONENT_BASE}html", "dc:format": "text/html"}
        shown = {"xdm:placement": "xcore:offer-placement:1", "xdm:components": [component]}
        someone.sandbox.put_offer(
            xcore_offer("Bare") | {"xdm:representations": [shown]}, dialect="xcore"
        )
        someone.pull()
        yield someone


def found(keeper: Keeper, **cells: Any) -> tuple[Any, list[tuple[str, str]]]:
    """Edit the row; return the totals of the plan, and the codes of what is wrong with it."""
    with edited(keeper.folder / "offers.xlsx") as rows:
        rows["Bare"] |= cells
    plan = keeper.plan()
    return plan.totals, [(each.error.code, each.error.severity) for each in plan.findings.first]


def test_another_cell_may_be_edited(keeper: Keeper) -> None:
    totals, codes = found(keeper, description="Edited")
    keeper.plan_and_apply()

    assert (totals.update, totals.fields, totals.invalid) == (1, 1, 0)
    assert codes == [("content-missing", Severity.WARNING)]
    assert keeper.offers_by_name()["Bare"]["description"] == "Edited"


def test_a_row_that_nobody_edited_is_unchanged(keeper: Keeper) -> None:
    totals, codes = found(keeper)

    assert (totals.unchanged, totals.operations) == (1, 0)
    assert codes == [("content-missing", Severity.WARNING)]


def test_what_the_edit_makes_wrong_is_an_error(keeper: Keeper) -> None:
    totals, codes = found(keeper, type="image")

    assert (totals.invalid, totals.operations) == (1, 0)
    assert ("delivery-url-missing", Severity.ERROR) in codes


def test_the_cell_itself_must_be_right_when_it_is_edited(keeper: Keeper) -> None:
    totals, codes = found(keeper, status="published")

    assert totals.invalid == 1
    assert sorted(severity for _, severity in codes) == [Severity.ERROR, Severity.WARNING]


def test_to_archive_needs_no_right_cells_and_says_that_nothing_else_is_sent(
    keeper: Keeper,
) -> None:
    totals, codes = found(keeper, description="Edited", action="archive")

    assert (totals.archive, totals.invalid) == (1, 0)
    assert set(codes) == {
        ("content-missing", Severity.WARNING),
        ("edits-not-sent", Severity.WARNING),
    }


def test_a_word_that_the_library_has_itself_is_no_word_to_warn_of(keeper: Keeper) -> None:
    found(keeper, action="archive")
    keeper.plan_and_apply()
    keeper.pull()

    totals, codes = found(keeper, description="Edited")

    assert (totals.update, totals.fields) == (1, 1)
    assert "not-allowed" not in {code for code, _ in codes}
