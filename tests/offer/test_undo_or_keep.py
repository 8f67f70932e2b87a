"""Undo of one offer, value by value: ours goes back, what somebody edited since stays."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from loader.merge.part import Part
from loader.merge.three_way import Change, changed_parts
from loader.model import Dialect
from loader.offer.dialect_names import COMPONENT_TYPES, NAMES
from loader.offer.editing import OfferEditing
from loader.offer.shown_in_columns import known_type
from offer_sandbox.patch import apply_patch
from tests.support.held_offers import held_offers

P = "dps:offer-placement:1"
DPS = Dialect.DPS
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
    back = EDITING.undo_changes(before, there, Dialect.DPS, changes)
    steps = EDITING.patch(there, Dialect.DPS, back.changes, back_to=before)
    made = apply_patch(there, steps, shown=there)
    return made, back.describe_kept({P: "Web"})


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


@given(st.data())
def test_an_undo_brings_back_what_no_column_showed_too(data: st.DataObject) -> None:
    dialect = data.draw(st.sampled_from(Dialect))
    before, wanted = data.draw(held_offers(dialect)), data.draw(held_offers(dialect))
    was, now = EDITING.parts(before, dialect), EDITING.parts(wanted, dialect)
    changes = [
        Change(part=part, before=was.get(part), after=now.get(part))
        for part in changed_parts(was, now)
    ]
    assume(not EDITING.uncovered(before, dialect, changes))  # refused by a plan
    ours = EDITING.patch(before, dialect, changes)
    there = applied(before, ours, dialect)

    back = EDITING.undo_changes(before, there, dialect, changes)
    if back.describe_kept({}):
        return  # what a content had hidden shows up, and is kept as if somebody had edited it
    steps = EDITING.patch(there, dialect, back.changes, back_to=before, undone=ours)

    assert filled(applied(there, steps, dialect), dialect) == filled(before, dialect)


def applied(offer: dict[str, Any], steps: list[dict[str, Any]], dialect: Dialect) -> dict[str, Any]:
    whole = offer if dialect is Dialect.DPS else {"_instance": offer}
    made = apply_patch(whole, steps, shown=whole)
    return made if dialect is Dialect.DPS else made["_instance"]


def filled(offer: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Leave out fields that say nothing, and write types of contents as documented."""
    names, made = NAMES[dialect], deepcopy(offer)
    for each in made.get(names["representations"], ()):
        for component in each.get(names["components"], ()):
            kind = known_type(component[names["type"]])
            component[names["type"]] = (
                COMPONENT_TYPES[dialect].get(kind) or component[names["type"]]
            )
    return {name: value for name, value in made.items() if value not in ("", None, [])}


Q = "dps:offer-placement:2"
SHELL = {"placement": P, "channel": "mobile", "note": "mine", "components": []}
STYLED = {**EN, "styles": {"bold": True}}
THEIRS = {"placement": Q, "channel": "web", "components": [FR]}


def shows(*representations: dict[str, Any]) -> dict[str, Any]:
    return {"name": "Sale", "status": "draft", "representations": list(representations)}


def web(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"placement": P, "channel": "web", "components": list(components), **more}


@pytest.mark.parametrize("is_edited", [False, True])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(shows(SHELL), shows(web(EN)), id="no contents"),
        pytest.param(shows({**SHELL, "components": None}), shows(web(EN)), id="no list"),
        pytest.param(shows({"placement": P}), shows(web(EN, FR)), id="a placement alone"),
        pytest.param(shows(SHELL, web(EN)), shows(web(FR)), id="none, then some"),
        pytest.param(shows({"placement": P}, web(EN)), shows(web(FR)), id="alone, then some"),
        pytest.param(
            shows(web(EN), {**SHELL, "components": [FR]}),
            shows(web(EN, channel="email")),
            id="one placement in two channels",
        ),
        pytest.param(shows(web({"type": "video"}, channel="own")), shows(web(EN)), id="video"),
        pytest.param(shows(web({"type": "video"}), web(EN)), shows(web(EN, channel="x")), id="two"),
        pytest.param(shows(web(STYLED, note="mine")), shows(), id="a content was taken away"),
        pytest.param(shows(web(STYLED, FR)), shows(web(FR)), id="one of two was taken away"),
        pytest.param(shows(web(STYLED)), shows(web(FR)), id="the language was changed"),
        pytest.param(shows({"placement": P, "components": "x"}), shows(web(EN)), id="a text"),
    ],
)
def test_representations_are_as_before_also_beside_what_somebody_added_since(
    before: dict[str, Any], after: dict[str, Any], is_edited: bool
) -> None:
    changes = run_of(before, after)
    ours = EDITING.patch(before, Dialect.DPS, changes)
    there = applied(before, ours, Dialect.DPS)
    assert EDITING.parts(there, Dialect.DPS).items() >= EDITING.parts(after, Dialect.DPS).items()
    theirs = [THEIRS] if is_edited else []
    there["representations"] = [*there.get("representations", []), *theirs]

    back = EDITING.undo_changes(before, there, Dialect.DPS, changes)
    steps = EDITING.patch(there, Dialect.DPS, back.changes, back_to=before, undone=ours)

    found = applied(there, steps, Dialect.DPS)
    expected = [*before["representations"], *theirs]
    assert sorted(map(str, found["representations"])) == sorted(map(str, expected))
    assert back.describe_kept({}) == ""


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        pytest.param([STYLED], [component("fr", "Hi")], [True], id="another language"),
        pytest.param([STYLED], [FR], [True], id="another language and text"),
        pytest.param([STYLED], [{**EN, "language": []}], [True], id="every language"),
        pytest.param([STYLED, FR], [component("de", "Hi"), FR], [False, True], id="of two"),
        pytest.param([STYLED], [FR, component("de", "Hi")], [False, False], id="of one, two"),
        pytest.param([STYLED, FR], [component("de", "Hi")], [False], id="of two, one"),
    ],
)
def test_a_content_of_another_language_keeps_what_no_column_shows(
    before: list[dict[str, Any]], after: list[dict[str, Any]], kept: list[bool]
) -> None:
    changes = run_of(offer(*before), offer(*after))

    found = applied(offer(*before), EDITING.patch(offer(*before), DPS, changes), DPS)

    (represented,) = found["representations"]
    assert EDITING.parts(found, DPS) == EDITING.parts(offer(*after), DPS)
    assert ["styles" in each for each in represented["components"]] == kept


@pytest.mark.parametrize(
    "held",
    [{"description": 5}, {"tags": "own"}, {"tags": ["a;b"]}, {"characteristics": {"Tier": 0}},
     {"characteristics": [1]}, {"labels": ["core/C1", "core/C1"]}, {"representations": "x"}],
)  # fmt: skip
def test_a_value_that_no_column_shows_comes_back(held: dict[str, Any]) -> None:
    before = {"name": "Sale", "status": "draft", **held}
    new = {"description": "x", "tags": ["t"], "characteristics": {"Tier": "1"}, "labels": ["l"]}
    changes = run_of(before, {**offer(EN), **new})
    ours = EDITING.patch(before, Dialect.DPS, changes)
    there = applied(before, ours, Dialect.DPS)

    back = EDITING.undo_changes(before, there, Dialect.DPS, changes)
    steps = EDITING.patch(there, Dialect.DPS, back.changes, back_to=before, undone=ours)

    assert applied(there, steps, Dialect.DPS) == before


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


@example(before=offer(EN), after=offer(EN, FR), there=offer(FR))
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
