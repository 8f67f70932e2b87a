"""Names mean what the target lists: one entry or one error, and an id is never touched."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.model import Dialect, Severity
from loader.offer.describe_change import placements_of
from loader.offer.resolve_names import needed, resolve
from loader.offer.schema import FIELDS
from loader.validation.header import match_columns
from loader.validation.payloads import payloads
from loader.validation.references import (
    Catalogue,
    Placement,
    Register,
    Tag,
    look_up_lists,
    look_up_names,
)
from tests.support.checking import GOOD, PLACEMENT, checked_rows
from tests.support.laws import tried

WEB = "https://ns.adobe.com/xdm/channel-types/web"
BANNER = Placement(id=PLACEMENT, name="Web banner", kind="html", channel=WEB)
IMAGE = Placement(id="dps:offer-placement:2", name="Bild", kind="image", formats=("image/png",))
MUTE = Placement(id="dps:offer-placement:3", name="Says nothing")
HEROES = tuple(Placement(id=f"dps:offer-placement:h{n}", name="Hero", kind="html") for n in "12")
CASES = (
    Placement(id="dps:offer-placement:c1", name="Sale"),
    Placement(id="dps:offer-placement:c2", name="SALE"),
)
TAGS = (Tag(id="dps:tag:1", name="Spring"), Tag(id="dps:tag:2", name="Été"), Tag(id="t3", name="X"))
CATALOGUE = Catalogue(
    placements=Register([BANNER, IMAGE, MUTE, *HEROES, *CASES]), tags=Register(TAGS)
)


def found(folder: Path, **cells: str) -> dict[str, tuple[str, str]]:
    """What is wrong with a good row after changing some cells: code -> (cell, suggestion)."""
    checked = checked_rows(folder, [GOOD | cells], catalogue=CATALOGUE)
    return {error.code: (error.cell, error.suggestion) for error in checked.errors}


@pytest.mark.parametrize(
    "written", ["Web banner", "web  BANNER", " Web\u00a0banner ", PLACEMENT, "Web\u200abanner"]
)
def test_a_name_becomes_its_id_whatever_its_case_and_spaces(tmp_path: Path, written: str) -> None:
    checked = checked_rows(tmp_path, [GOOD | {"placement": written}], catalogue=CATALOGUE)

    assert not checked.invalid
    (payload,) = payloads(checked, Dialect.DPS)
    assert placements_of(payload.body) == (PLACEMENT,)


@pytest.mark.parametrize(
    ("cells", "code", "cell", "said"),
    [
        ({"placement": "Web baner"}, "placement-unknown", "B2", 'did you mean "Web banner"?'),
        ({"placement": "zzzzzz"}, "placement-unknown", "B2", "loader placements"),
        (
            {"placement": "Hero"},
            "placement-ambiguous",
            "B2",
            "placement:h1 (html) or dps:offer-placement:h2",
        ),
        (
            {"placement": "sale"},
            "placement-ambiguous",
            "B2",
            "placement:c1 or dps:offer-placement:c2",
        ),
        ({"tags": "Spring; Sprin"}, "tag-unknown", "E2", '"Sprin": did you mean "Spring"?'),
        ({"tags": "Spring, Sale"}, "tag-unknown", "E2", 'did you mean "Spring; Sale"?'),
        ({"tags": "Spring/sprin"}, "tag-unknown", "E2", 'did you mean "Spring; Spring"?'),
        ({"tags": "Spring and Other"}, "tag-unknown", "E2", 'did you mean "Spring; Other"?'),
        ({"tags": "Spring X"}, "tag-unknown", "E2", 'did you mean "Spring; X"?'),
        (
            {"placement": "Web banner, Bild"},
            "placement-unknown",
            "B2",
            'a cell takes one placement: keep "Web banner", and give "Bild" columns of its own',
        ),
        ({"placement": "Web banner; Bild"}, "placement-unknown", "B2", "placement_2"),
        ({"type": "https://e.com/html"}, "not-allowed", "C2", ""),
        ({"type": "text"}, "type-contradicts-placement", "C2", "is html"),
        ({"channel": "email"}, "channel-contradicts-placement", "E2", "is web"),
        ({"placement": "Says nothing", "type": ""}, "missing-value", "C2", "does not tell"),
        ({"placement": "dps:p:9", "type": ""}, "missing-value", "C2", "no placement dps:p:9"),
    ],
)
def test_what_a_name_does_not_mean_and_a_placement_contradicts_is_named_with_its_cell(
    tmp_path: Path, cells: dict[str, str], code: str, cell: str, said: str
) -> None:
    errors = found(tmp_path, **cells)

    assert list(errors) == [code]
    assert errors[code][0] == cell
    assert said in errors[code][1]


def test_the_exact_name_wins_over_one_that_differs_in_case(tmp_path: Path) -> None:
    assert found(tmp_path, placement="Sale") == {}


def test_a_format_that_the_placement_does_not_list_is_a_warning(tmp_path: Path) -> None:
    cells = {"placement": "Bild", "type": "", "content": "", "delivery_url": "https://e.com/a.gif"}
    checked = checked_rows(tmp_path, [GOOD | cells], catalogue=CATALOGUE)

    (warning,) = checked.errors
    assert (warning.code, warning.severity) == ("format-not-accepted", Severity.WARNING)
    assert "image/gif is sent; the placement takes image/png" in warning.suggestion


def test_type_and_channel_come_from_the_placement_and_their_columns_may_be_absent(
    tmp_path: Path,
) -> None:
    bare = {"name": "Offer", "placement": "Web banner", "content": "<p>Hi</p>"}
    checked = checked_rows(tmp_path, [bare], catalogue=CATALOGUE)
    full = checked_rows(
        tmp_path,
        [bare | {"placement": PLACEMENT, "type": "html", "channel": "web"}],
        catalogue=CATALOGUE,
    )

    assert list(payloads(checked, Dialect.DPS)) == list(payloads(full, Dialect.DPS))


def test_a_name_and_the_id_of_one_placement_in_one_row_are_the_same_placement(
    tmp_path: Path,
) -> None:
    errors = found(tmp_path, placement_2="Web banner", type_2="html", content_2="x")

    assert list(errors) == ["representation-repeated"]


def test_without_a_look_up_names_are_accepted_and_nothing_is_said_of_what_they_send(
    tmp_path: Path,
) -> None:
    rows = [GOOD | {"placement": "Whatever"}, GOOD | {"type": ""}, GOOD | {"tags": "Who?"}, GOOD]
    checked = checked_rows(tmp_path, rows)

    assert not checked.invalid
    assert checked.unsettled == {2, 3, 4}
    assert [payload.row_number for payload in payloads(checked, Dialect.DPS)] == [5]


names = st.sampled_from(["A", "a", "A ", "É", "É", "ß", "SS", "b c", "B  C", "", "dps:x:y"])
ids = st.sampled_from([f"dps:tag:{n}" for n in range(6)] + ["old1", "a"])
entries = st.builds(Tag, id=ids, name=names)
cells = st.one_of(names, ids, st.just("dps:x:y\u00a0z"), st.text(max_size=6)).map(
    lambda text: text.replace(";", "").strip()
)


@given(st.lists(entries, max_size=8), st.lists(cells, max_size=8))
def test_every_text_is_one_listed_id_or_has_one_code_and_ids_pass_untouched(
    listed: list[Tag], texts: list[str]
) -> None:
    known = {tag.id for tag in listed}
    register = Register(listed)

    for text, match in zip(texts, look_up_names(texts, register, noun="tag"), strict=True):
        if text in known or not text or (text.startswith("dps:") and text.count(":") == 2):
            assert (match.text, match.code) == (text, "")
        elif match.code:
            assert (match.text, match.entry) == (text, None)
            assert match.code in {"tag-unknown", "tag-ambiguous"}
            assert match.hint
        else:
            assert match.text in known
            assert match.entry is not None
            assert match.entry.id == match.text

    (cell,) = look_up_lists(["; ".join(texts)], register, noun="tag")
    parts = [match for match in look_up_names(texts, register, noun="tag") if match.text]
    assert bool(cell.code) == any(match.code for match in parts)
    if not cell.code:
        assert [p.strip() for p in cell.text.split(";") if p.strip()] == [m.text for m in parts]


placements = st.sampled_from(["Web banner", "Bild", "Hero", "Says nothing", "nope", PLACEMENT, ""])
types = st.sampled_from(["", "html", "image", "text"])
channels = st.sampled_from(["", "web", "email", WEB])
tag_lists = st.sampled_from(["", "Spring", "été;Spring", "X", "dps:tag:9", "who?"])


@settings(max_examples=tried(30), deadline=None)
@given(st.lists(st.tuples(placements, types, channels, tag_lists), min_size=2, max_size=4))
def test_what_a_row_sends_does_not_depend_on_the_rows_beside_it(
    rows: list[tuple[str, str, str, str]],
) -> None:
    columns = match_columns(["name", "placement", "type", "channel", "tags"], FIELDS)
    fields = ["placement", "type", "channel", "tags"]
    frame = pd.DataFrame(rows, columns=fields, dtype="str")

    together = resolve(frame, columns, CATALOGUE)

    for number in range(len(rows)):
        alone = resolve(frame.iloc[[number]], columns, CATALOGUE)
        assert alone.rows.iloc[0].to_dict() == together.rows.iloc[number].to_dict()
        assert [(fault.code, fault.field, fault.hint(0)) for fault in alone.faults] == [
            (fault.code, fault.field, fault.hint(number))
            for fault in together.faults
            if fault.faults[number]
        ]
        if not needed(frame.iloc[[number]], columns):
            assert alone.rows.iloc[0].to_dict() == dict(zip(fields, rows[number], strict=True))
