"""Two contents for one placement and language: columns show the first, and the second never shows
up in its place.
"""

from pathlib import Path
from typing import Any

import pytest

from loader.model import Dialect
from tests.support.keeping import Keeper, edited, keeper_of
from tests.support.sandbox_calls import PLACEMENT, dps_offer


def component(language: str, content: str) -> dict[str, Any]:
    return {"type": "html", "format": "text/html", "content": content, "language": [language]}


def contents_of(keeper: Keeper) -> list[dict[str, Any]]:
    (shown,) = keeper.there()["Twice"]["representations"]
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
        contents = [component("en", "<p>1</p>"), component("fr", "<p>F</p>")]
        hidden = component("en", "<p>2</p>")
        channel = "https://ns.adobe.com/xdm/channel-types/web"
        shown = {"placement": PLACEMENT, "channel": channel, "components": [*contents, hidden]}
        keeper.sandbox.put_offer(dps_offer("Twice", representations=[shown]))
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
