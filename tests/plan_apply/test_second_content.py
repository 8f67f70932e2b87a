"""Two contents for one placement and language: columns show the first, and the second never shows
up in its place.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loader.model import Dialect
from loader.offer.dialect_names import NAMES
from loader.run.requests import AsOfRequest
from loader.run.undo.plan_as_of import plan_as_of
from offer_sandbox.settings import SandboxSettings
from tests.support.keeping import ANY_NUMBER, Keeper, edited, keeper_of
from tests.support.sandbox_calls import PLACEMENT, dps_offer


def component(language: str, content: str) -> dict[str, Any]:
    return {"type": "html", "format": "text/html", "content": content, "language": [language]}


def offer_of(keeper: Keeper, *components: dict[str, Any]) -> None:
    channel = "https://ns.adobe.com/xdm/channel-types/web"
    shown = {"placement": PLACEMENT, "channel": channel, "components": list(components)}
    keeper.sandbox.put_offer(dps_offer("Twice", representations=[shown]))


def contents_of(keeper: Keeper) -> list[dict[str, Any]]:
    (shown,) = keeper.offers_by_name()["Twice"]["representations"]
    return sorted(shown["components"], key=lambda each: str(each["content"]))


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ({"content": "<p>New</p>"}, []),
        ({"language": "de"}, ["second-content"]),
        ({"language_2": "de"}, []),
    ],
)
def test_a_content_that_hides_another_is_edited_but_not_taken_away(
    tmp_path: Path, cells: dict[str, str], codes: list[str]
) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        hidden = component("en", "<p>2</p>")
        offer_of(keeper, component("en", "<p>1</p>"), component("fr", "<p>F</p>"), hidden)
        keeper.pull()
        with edited(tmp_path / "offers.xlsx") as rows:
            rows["Twice"] |= cells
        plan = keeper.plan()

        assert [each.error.code for each in plan.findings.first] == codes
        if codes:
            (found,) = plan.findings.first
            assert (found.error.column, plan.totals.operations) == ("language", 0)
            return
        before = contents_of(keeper)
        run = keeper.apply(plan).summary
        assert hidden in contents_of(keeper)
        assert keeper.plan().totals.operations == 0
        assert keeper.undo(run.run_id).restored == 1
        assert contents_of(keeper) == before


def test_no_way_back_takes_away_a_content_that_hides_another(tmp_path: Path) -> None:
    with keeper_of(Dialect.DPS, tmp_path) as keeper:
        offer_of(keeper, component("en", "<p>1</p>"))
        keeper.pull()
        as_pulled = datetime.now(UTC)
        with edited(tmp_path / "offers.xlsx") as rows:
            rows["Twice"] |= {"language": "de", "description": "New"}
        run = keeper.plan_and_apply().summary
        (shown,) = keeper.offers_by_name()["Twice"]["representations"]
        shown["components"].append(component("de", "<p>2</p>"))
        keeper.edit_as_other("Twice", representations=[shown])
        both = contents_of(keeper)

        request = AsOfRequest(as_of=as_pulled, name="Twice", limits=ANY_NUMBER)
        plan = plan_as_of(request, keeper.settings, listener=keeper.seen.append)
        undone = keeper.undo(run.run_id)

        assert [each.error.code for each in plan.findings.first] == ["second-content"]
        assert (plan.totals.invalid, plan.totals.operations) == (1, 0)
        assert (undone.restored, undone.restored_in_part) == (1, 1)
        hides = "hides a second content for the same placement and language"
        assert f"{hides}: content (Web banner, de)" in undone.first_kept[0].reason
        assert "description" not in keeper.offers_by_name()["Twice"]
        assert contents_of(keeper) == both


@pytest.mark.parametrize("dialect", Dialect)
def test_a_representation_without_contents_is_filled_and_stands_as_before_after_an_undo(
    tmp_path: Path, dialect: Dialect
) -> None:
    names = NAMES[dialect]
    empty = {names["placement"]: PLACEMENT, names["components"]: [], "note": "mine"}
    bare = {names["placement"]: "dps:offer-placement:9", names["channel"]: "own"}
    held = {names["name"]: "Empty", names["status"]: "draft"}
    server = SandboxSettings(
        unknown_placements="accept",
        unknown_fields="keep",
        empty_representations="accept",
        types_read_as="uri",
        languages_read_as="upper-case",
    )
    with keeper_of(dialect, tmp_path, server) as keeper:
        offer = {**held, names["representations"]: [empty, bare]}
        keeper.sandbox.put_offer(offer, dialect=str(dialect))
        keeper.pull()
        before = keeper.offers_by_name()
        with edited(tmp_path / "offers.xlsx") as rows:
            group = {"placement": PLACEMENT, "type": "html", "content": "<p>1</p>"}
            rows["Empty"] |= {**group, "language": "fr-ca"}
        run = keeper.plan_and_apply().summary
        first = keeper.offers_by_name()["Empty"]["representations"][0]

        assert (first["note"], len(first[names["components"]])) == ("mine", 1)
        assert keeper.plan().totals.operations == 0
        assert keeper.undo(run.run_id).restored == 1
        assert keeper.offers_by_name() == before
