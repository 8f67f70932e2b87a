"""Undo of one offer, value by value: ours goes back, what somebody edited since stays."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.merge.part import Part
from loader.merge.three_way import Change, changed_parts
from loader.model import Dialect
from loader.offer.editing import OfferEditing
from offer_sandbox.patch import patched

P = "dps:offer-placement:1"
EDITING = OfferEditing()


def component(language: str, content: str, kind: str = "html", **more: Any) -> dict[str, Any]:
    return {"type": kind, "language": [language], "content": content, **more}


def offer(*components: dict[str, Any], channel: str = "web", **more: Any) -> dict[str, Any]:
    represented = [{"placement": P, "channel": channel, "components": list(components)}]
    return {"name": "Sale", "status": "draft", "representations": represented, **more}


def run_of(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    was, now = EDITING.parts(before, Dialect.DPS), EDITING.parts(after, Dialect.DPS)
    return [
        Change(part=part, before=was.get(part), after=now.get(part))
        for part in changed_parts(was, now)
    ]


def undone(
    before: dict[str, Any], there: dict[str, Any], changes: list[Change]
) -> tuple[dict[str, Any], str]:
    """Return the offer after the undo, and what it kept."""
    back = EDITING.taken_back(before, there, Dialect.DPS, changes)
    steps = EDITING.patch(there, Dialect.DPS, back.changes, back_to=before)
    made = patched(there, steps, shown=there)
    return made, back.kept({P: "Web"})


EN, FR = component("en", "Hi"), component("fr", "Salut")


@pytest.mark.parametrize(
    ("before", "after", "there", "expected", "kept"),
    [
        pytest.param(
            offer(component("en", "Hi", linkURL="https://a")),
            offer(component("en", "Ho", linkURL="https://b")),
            offer(component("en", "Ho", linkURL="https://theirs")),
            offer(component("en", "Hi", linkURL="https://theirs")),
            "edited since: link_url (Web, en)",
            id="one value of a content was edited",
        ),
        pytest.param(
            offer(EN),
            offer(EN, FR),
            offer(EN, component("fr", "Bonjour")),
            offer(EN, component("fr", "Bonjour")),
            "edited since: content (Web, fr); kept with it: type (Web, fr)",
            id="a content that the run added was edited",
        ),
        pytest.param(
            offer(EN, FR),
            offer(EN),
            offer(EN, component("fr", "Bonjour")),
            offer(EN, component("fr", "Bonjour")),
            "edited since: content (Web, fr), type (Web, fr)",
            id="a content that the run removed was added again",
        ),
        pytest.param(
            offer(EN),
            offer(component("fr", "Hi")),
            offer(component("fr", "Bonjour")),
            offer(component("fr", "Bonjour")),
            "edited since: content (Web, fr); kept with it: content (Web, en), type (Web, en),"
            " type (Web, fr)",
            id="the language was changed, and then the text was edited",
        ),
        pytest.param(
            offer(EN),
            offer(component("en", '{"a": 1}', "json")),
            offer(component("en", '{"a": 2}', "json")),
            offer(component("en", '{"a": 2}', "json")),
            "edited since: content (Web, en); kept with it: type (Web, en)",
            id="the type was changed, and then the text was edited",
        ),
        pytest.param(
            {"name": "Sale", "status": "draft"},
            offer(EN),
            offer(EN, FR),
            offer(FR),
            "",
            id="somebody added a content at the placement that the run added",
        ),
        pytest.param(
            {"name": "Sale", "status": "draft"},
            offer(EN),
            offer(EN, channel="mobile"),
            offer(EN, channel="mobile"),
            "edited since: channel (Web); kept with it: content (Web, en), type (Web, en)",
            id="somebody changed the channel of the placement that the run added",
        ),
        pytest.param(
            offer(EN),
            offer(EN, FR),
            offer(EN, FR, component("fr", "Bonjour")),
            offer(EN, FR, component("fr", "Bonjour")),
            "hides a second content for the same placement and language: content (Web, fr)",
            id="somebody added a second content behind the one that the run added",
        ),
        pytest.param(
            offer(EN),
            offer(component("fr", "Hi")),
            offer(component("fr", "Hi"), component("fr", "Bonjour")),
            offer(component("fr", "Hi"), component("fr", "Bonjour")),
            "hides a second content for the same placement and language: content (Web, fr);"
            " kept with it: content (Web, en), type (Web, en)",
            id="the language was changed, and then somebody added a second content of it",
        ),
    ],
)
def test_contents_are_put_back_value_by_value_as_far_as_that_makes_sense(
    before: dict[str, Any],
    after: dict[str, Any],
    there: dict[str, Any],
    expected: dict[str, Any],
    kept: str,
) -> None:
    found, words = undone(before, there, run_of(before, after))

    assert EDITING.parts(found, Dialect.DPS) == EDITING.parts(expected, Dialect.DPS)
    assert words == kept


@pytest.mark.parametrize(
    ("before", "there", "expected"),
    [
        ({}, {"characteristics": {"Tier": "x"}}, {}),
        ({"characteristics": None}, {"characteristics": {"Tier": "x"}}, {}),
        ({"characteristics": {}}, {"characteristics": {"Tier": "x"}}, {"characteristics": {}}),
        (
            {},
            {"characteristics": {"Tier": "x", "Theirs": "1"}},
            {"characteristics": {"Theirs": "1"}},
        ),
    ],
)
def test_no_empty_map_of_attributes_is_left_where_none_stood(
    before: dict[str, Any], there: dict[str, Any], expected: dict[str, Any]
) -> None:
    changes = [Change(part=Part(field="attr:Tier"), before=None, after="x")]

    assert undone(before, there, changes) == (expected, "")


TEXT = st.sampled_from(["a", "b", "c"])
COMPONENT = st.builds(component, st.sampled_from(["en", "fr"]), TEXT, st.just("html"))
OFFERS = st.builds(
    lambda contents, more: {
        "name": "Sale",
        "status": "draft",
        **more,
        **(
            {"representations": [{"placement": P, "channel": "web", "components": contents}]}
            if contents
            else {}
        ),
    },
    st.lists(COMPONENT, max_size=2, unique_by=lambda each: each["language"][0]),
    st.fixed_dictionaries({}, optional={"description": TEXT, "characteristics": st.builds(
        lambda one, two: {"Tier": one, "Sort": two}, TEXT, TEXT)}),
)  # fmt: skip


@given(before=OFFERS, after=OFFERS, there=OFFERS)
def test_what_somebody_edited_since_is_never_overwritten(
    before: dict[str, Any], after: dict[str, Any], there: dict[str, Any]
) -> None:
    changes = run_of(before, after)

    found, _ = undone(before, there, changes)

    was, ours = EDITING.parts(before, Dialect.DPS), EDITING.parts(after, Dialect.DPS)
    theirs, now = EDITING.parts(there, Dialect.DPS), EDITING.parts(found, Dialect.DPS)
    contents = [part for part in now if part.field == "content"]
    for part in {*was, *ours, *theirs, *now}:
        if part.field == "channel" and not contents:  # the last content went, and its placement
            continue
        if theirs.get(part) != ours.get(part):
            assert now.get(part) == theirs.get(part), part
        else:
            assert now.get(part) in (was.get(part), ours.get(part)), part
    if theirs == ours:
        assert now == was
    assert all(replace(part, field="type") in now for part in contents)
    assert not contents or Part(field="channel", placement=P) in now
