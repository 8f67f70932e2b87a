"""An offer as a row, what a person edits of it, and the patch that comes of it."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loader.merge.part import Part
from loader.merge.three_way import Change, Prefer, changed_parts, three_way
from loader.model import Dialect
from loader.offer.editing import OfferEditing
from loader.validation.editing import Cells, Names, Wanted
from offer_sandbox.patch import FailedTest, apply_patch
from tests.support.held_offers import held_offers

EDITING = OfferEditing()
NAMES = Names(placements={"dps:offer-placement:1": "Web banner"}, tags={"dps:tag:1": "Spring"})
DIALECTS = st.sampled_from(Dialect)
PLACE = "dps:offer-placement:1"
OFFER: dict[str, Any] = {
    "name": "Free shipping",
    "description": "For all",
    "status": "approved",
    "representations": [
        {
            "placement": PLACE,
            "channel": "https://ns.adobe.com/xdm/channel-types/web",
            "components": [
                {"type": "html", "format": "text/html", "language": ["en"],
                 "content": "<p>Hi</p>", "styles": {"bold": True}},
                {"type": "html", "format": "text/html", "language": ["fr"],
                 "content": "<p>Oui</p>"},
            ],
        },
        {"placement": "dps:offer-placement:9", "components": [{"type": "video", "content": "x"}]},
    ],
    "tags": ["dps:tag:1", "dps:tag:7"],
    "labels": ["core/C1"],
    "characteristics": {"Tier": "gold", "Depth/in": "9"},
    "createdBy": "somebody",
    "unknown": 5,
}  # fmt: skip


def applied(offer: dict[str, Any], changes: list[Change], dialect: Dialect) -> dict[str, Any]:
    """Return the offer after the patch of the changes."""
    steps = EDITING.patch(offer, dialect, changes)
    whole = offer if dialect is Dialect.DPS else {"_instance": offer}
    made = apply_patch(whole, steps, shown=whole)
    return made if dialect is Dialect.DPS else made["_instance"]


def edited(document: dict[str, Any], **now: str) -> dict[Part, Any]:
    pulled = EDITING.cells(OFFER, Dialect.DPS, NAMES)
    return dict(EDITING.edits(OFFER, pulled, pulled | now, document, Dialect.DPS))


@pytest.mark.parametrize(
    ("wanted", "is_wanted"),
    [
        (Wanted(), True),
        (Wanted(status="approved", placements={PLACE}, tags={"dps:tag:7", "dps:tag:8"}), True),
        (Wanted(status="draft"), False),
        (Wanted(placements={"dps:offer-placement:2"}), False),
        (Wanted(tags={"dps:tag:8"}), False),
        (Wanted(status="approved", tags=set()), False),
    ],
)
def test_an_offer_is_wanted_for_its_status_its_placements_and_its_tags(
    wanted: Wanted, is_wanted: bool
) -> None:
    assert EDITING.is_wanted(OFFER, Dialect.DPS, wanted) is is_wanted


@pytest.mark.parametrize(
    ("part", "column"),
    [
        (Part(field="description"), "description"),
        (Part(field="attr:Size"), ""),
        (Part(field="content", placement=PLACE, language="fr"), "content_2"),
        (Part(field="channel", placement=PLACE), "channel"),
        (Part(field="content", placement=PLACE, language="de"), ""),
        (Part(field="content", placement="dps:offer-placement:2", language="en"), ""),
    ],
)
def test_a_part_is_shown_in_the_column_of_its_placement_and_language(
    part: Part, column: str
) -> None:
    cells = EDITING.cells(OFFER, Dialect.DPS, NAMES)

    assert EDITING.column_of(part, cells, NAMES) == column


def test_an_offer_is_shown_in_our_columns() -> None:
    cells = EDITING.cells(OFFER, Dialect.DPS, NAMES)

    assert cells == {
        "name": "Free shipping",
        "description": "For all",
        "status": "approved",
        "placement": "Web banner",
        "type": "html",
        "content": "<p>Hi</p>",
        "delivery_url": "",
        "link_url": "",
        "channel": "web",
        "format": "text/html",
        "language": "en",
        "placement_2": "Web banner",
        "type_2": "html",
        "content_2": "<p>Oui</p>",
        "delivery_url_2": "",
        "link_url_2": "",
        "channel_2": "web",
        "format_2": "text/html",
        "language_2": "fr",
        "tags": "Spring; dps:tag:7",
        "labels": "core/C1",
        "attr:Tier": "gold",
        "attr:Depth/in": "9",
    }
    assert EDITING.hidden(OFFER, Dialect.DPS) == [
        "more fields of representation 1",
        "content 1 of representation 2",
        "the field unknown",
    ]


def test_a_changed_text_is_one_change_and_all_else_stays() -> None:
    document = deepcopy(OFFER) | {"description": "For some"}
    document["representations"] = document["representations"][:1]

    found = edited(document, description="For some")

    assert found == {Part(field="description"): "For some"}
    merge = three_way(EDITING.parts(OFFER, Dialect.DPS), found, EDITING.parts(OFFER, Dialect.DPS))
    assert EDITING.patch(OFFER, Dialect.DPS, merge.changes) == [
        {"op": "test", "path": "/description", "value": "For all"},
        {"op": "replace", "path": "/description", "value": "For some"},
    ]


def test_a_changed_content_leaves_what_no_column_shows() -> None:
    document = deepcopy(OFFER)
    document["representations"] = document["representations"][:1]
    document["representations"][0]["components"][1]["content"] = "<p>Non</p>"

    found = edited(document, content_2="<p>Non</p>")

    part = Part(field="content", placement=PLACE, language="fr")
    assert found == {part: "<p>Non</p>"}
    after = applied(
        OFFER, [Change(part=part, before="<p>Oui</p>", after="<p>Non</p>")], Dialect.DPS
    )
    expected = deepcopy(OFFER)
    expected["representations"][0]["components"][1]["content"] = "<p>Non</p>"
    assert after == expected


def test_a_cleared_group_is_removed() -> None:
    document = deepcopy(OFFER)
    document["representations"] = document["representations"][:1]
    del document["representations"][0]["components"][1]
    blank = dict.fromkeys(
        ["placement_2", "type_2", "content_2", "channel_2", "format_2", "language_2"], ""
    )

    found = edited(document, **blank)

    assert set(found.values()) == {None}
    parts = EDITING.parts(OFFER, Dialect.DPS)
    after = applied(OFFER, list(three_way(parts, found, parts).changes), Dialect.DPS)
    expected = deepcopy(OFFER)
    del expected["representations"][0]["components"][1]
    assert after == expected


def test_groups_in_another_order_and_a_column_left_out_change_nothing() -> None:
    pulled = EDITING.cells(OFFER, Dialect.DPS, NAMES)
    stems = ("placement", "type", "content", "channel", "format", "language")
    swapped = {s: pulled[f"{s}_2"] for s in stems} | {f"{s}_2": pulled[s] for s in stems}
    now: Cells = {**swapped, "name": pulled["name"]}
    document = deepcopy(OFFER)
    document["representations"] = document["representations"][:1]
    document["representations"][0]["components"].reverse()

    assert not EDITING.edits(OFFER, pulled, now, document, Dialect.DPS)


def test_attributes_and_tags_are_added_changed_and_removed() -> None:
    document = deepcopy(OFFER)
    document["characteristics"] = {"Tier": "silver", "New~one": "1"}
    document["tags"] = ["dps:tag:7", "dps:tag:8"]

    found = edited(
        document,
        **{"attr:Tier": "silver", "attr:Depth/in": "", "attr:New~one": "1", "tags": "dps:tag:7; B"},
    )

    parts = EDITING.parts(OFFER, Dialect.DPS)
    after = applied(OFFER, list(three_way(parts, found, parts).changes), Dialect.DPS)
    assert after["characteristics"] == {"Tier": "silver", "New~one": "1"}
    assert after["tags"] == ["dps:tag:7", "dps:tag:8"]


@given(st.data())
def test_a_row_that_nobody_edited_changes_nothing(data: st.DataObject) -> None:
    dialect = data.draw(DIALECTS)
    offer = data.draw(held_offers(dialect))
    pulled = EDITING.cells(offer, dialect, NAMES)
    document = data.draw(held_offers(dialect))  # whatever the row would create

    assert not EDITING.edits(offer, pulled, dict(pulled), document, dialect)


@given(st.data())
def test_a_patch_makes_the_changes_and_no_others(data: st.DataObject) -> None:
    dialect = data.draw(DIALECTS)
    offer, wanted = data.draw(held_offers(dialect)), data.draw(held_offers(dialect))
    twice = ("content", "representation")  # what would be shown once the first of it is gone
    assume(not any(each.startswith(twice) for each in EDITING.hidden(offer, dialect)))
    before, after = EDITING.parts(offer, dialect), EDITING.parts(wanted, dialect)
    candidates = changed_parts(before, after)
    edits = {part: after.get(part) for part in candidates}
    changes = three_way(before, edits, before).changes

    made = applied(offer, list(changes), dialect)

    assert dict(EDITING.parts(made, dialect)) == dict(after)
    assert made.get("unknown") == offer.get("unknown")


@given(st.data())
def test_a_patch_is_not_applied_to_what_somebody_edited(data: st.DataObject) -> None:
    offer, wanted = (data.draw(held_offers(Dialect.DPS)) for _ in range(2))
    before, after = EDITING.parts(offer, Dialect.DPS), EDITING.parts(wanted, Dialect.DPS)
    edits = {part: after.get(part) for part in changed_parts(before, after) if part in before}
    changes = three_way(before, edits, before).changes
    if not changes:
        return
    steps = EDITING.patch(offer, Dialect.DPS, changes)
    theirs = apply_patch(offer, steps, shown=offer)

    with pytest.raises(FailedTest):
        apply_patch(theirs, steps, shown=theirs)  # sent twice, it cannot apply twice


PARTS = st.dictionaries(
    st.sampled_from([Part(field=name) for name in "abcd"]), st.sampled_from(["1", "2", "3"])
)
EDITS = st.dictionaries(
    st.sampled_from([Part(field=name) for name in "abcd"]), st.sampled_from(["1", "2", "3", None])
)


@given(PARTS, EDITS, PARTS, st.sampled_from(Prefer))
def test_nobodys_edit_is_overwritten_unless_one_asks_for_it(
    base: dict[Part, str], edits: dict[Part, str | None], theirs: dict[Part, str], prefer: Prefer
) -> None:
    merge = three_way(base, edits, theirs, prefer=prefer)

    changed = {change.part: change for change in merge.changes}
    contested = {conflict.part for conflict in merge.conflicts}
    assert set(changed) | contested <= set(edits)
    for part, yours in edits.items():
        there, moved_on = theirs.get(part), theirs.get(part) != base.get(part)
        if yours == there:
            assert part not in changed
            assert part not in contested
        elif not moved_on or prefer is Prefer.MINE:
            assert (changed[part].before, changed[part].after) == (there, yours)
        else:
            assert part not in changed
            assert (part in contested) is (prefer is Prefer.NOBODY)
    for part in merge.changed_there:
        assert part not in edits
        assert base.get(part) != theirs.get(part)


@given(PARTS, EDITS, PARTS)
def test_a_merge_that_was_applied_leaves_nothing_to_do(
    base: dict[Part, str], edits: dict[Part, str | None], theirs: dict[Part, str]
) -> None:
    merge = three_way(base, edits, theirs)
    now = dict(theirs)
    for change in merge.changes:
        if change.after is None:
            now.pop(change.part)
        else:
            now[change.part] = str(change.after)

    assert not three_way(base, edits, now).changes
