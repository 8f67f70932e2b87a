"""What a profile does to cells: each transform, and the laws that hold for all of them."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.errors import WrongColumns
from loader.offer.entity import FALLBACK_OFFER
from loader.profile.apply import apply
from loader.profile.bind import bind
from loader.profile.model import FieldRule, Profile, SkipRule
from loader.profile.parse import parse_profile
from loader.tables.chunk import CellKind, Chunk, cell_address
from loader.validation.check import CheckOptions, check
from tests.support.laws import tried
from tests.support.sampling import PLACEMENT, REST, ProfiledRows, profile_of, read_with_profile

LAW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=tried(30),
)
TEXT = st.text(
    alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r\n"), max_size=12
)

ACTIF = "status = { from = 'A', values = { Actif = 'approved' } }"
TRANSFORMS = [
    ("name", "name = 'A'", ["Summer"], "Summer"),
    ("name", "name = { from = ['A', 'B'], join = ' – ' }", ["Summer", "sale"], "Summer – sale"),
    ("name", "name = { from = ['A', 'B'] }", ["Summer", ""], "Summer"),
    ("name", "name = { from = 'A', extract = 'REF-([0-9]+)' }", ["x REF-017 y"], "017"),
    ("name", "name = { from = 'A', extract = '[a-z]+' }", ["12abc34"], "abc"),
    ("name", "name = { from = 'A', extract = '(?:a|b)(?P<n>c)(d)' }", ["bcd"], "c"),
    ("name", "name = { from = 'A', default = 'Nobody' }", ["  "], "Nobody"),
    ("tags", "tags = { from = 'A', split = ',' }", ["one, two,,three "], "one;two;three"),
    ("tags", "tags = { from = 'A', split = '|', values = { Eins = 'one', Zwei = 'two' } }",
     ["zwei|eins"], "two;one"),
    ("status", ACTIF, [" ACTIF "], "approved"),
    ("status", ACTIF, ["approved"], "approved"),
    ("status", "status = { from = 'A', values = { 'Archivé' = 'draft' } }", ["ARCHIVE\u0301"],
     "draft"),
    ("status", ACTIF, ["DRAFT"], "draft"),
    ("status", f"{ACTIF[:-2]}, ignore_case = false }}", ["draft"], "draft"),
    ("status", "status = { from = 'A', values = { Draft = 'approved' } }", ["draft"], "approved"),
    ("status", "status = { from = 'A', values = { X = 'draft' }, unlisted = 'keep' }",
     ["approved"], "approved"),
    ("start_date", "start_date = { from = 'A', date_format = 'DD.MM.YYYY' }",
     ["31.1.2026"], "2026-01-31"),
    ("end_date", "end_date = { from = 'A', date_format = 'DD/MM/YYYY', time = '23:59' }",
     ["31/01/2026"], "2026-01-31T23:59"),
    ("content", "content = { template = '<b>{{ a }}</b>' }", ["R & D"], "<b>R &amp; D</b>"),
    ("content", "content = { template = '{\"t\":\"{{ a }}\"}', escape = 'json' }",
     ['say "hi"'], '{"t":"say \\"hi\\""}'),
    ("attr:Tier", "'attr:Tier' = { constant = 'gold' }", ["x"], "gold"),
    ("name", "name = 'A.code'", ['{"code": "Summer"}'], "Summer"),
    ("name", "name = { from = ['a.code.0', 'A.on', 'B'] }",
     ['{"code": [2.50, 1], "on": true}', "x"], "2.50 TRUE x"),
    ("tags", "tags = 'A.tags'", ['{"tags": ["one", "two"]}'], "one;two"),
    ("description", "description = 'A.b'", ['{"b": {"c": 12345678901234567890.10}}'],
     '{"c":12345678901234567890.10}'),
    ("description", "description = { from = 'A.b.c', default = 'none' }", ['{"b": null}'], "none"),
    ("description", "description = 'A.b.9'", ['{"b": [1]}'], ""),
    ("priority", "priority = { from = 'A', decimal = ',' }", ["1.234,00"], "1234"),
    ("priority", "priority = { from = 'A', decimal = '.' }", ["1,234,567"], "1234567"),
    ("attr:P", "'attr:P' = { from = 'A', decimal = ',' }", ["-1\u202f234\u202f567,50"],
     "-1234567.50"),
    ("attr:P", "'attr:P' = { from = 'A', extract = '[0-9.]+', decimal = '.' }", ["USD 1.5 net"],
     "1.5"),
    ("attr:P", "'attr:P' = { from = 'A.p', decimal = ',' }", ['{"p": 1.125}'], "1.125"),
    ("attr:P", "'attr:P' = { from = 'A.p', decimal = ',' }", ['{"p": "1,125"}'], "1.125"),
    ("attr:P", "'attr:P' = { from = 'A.0', decimal = ',' }", ["[1.125]"], "1.125"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "rule", "cells", "expected"), TRANSFORMS)
def test_a_transform(
    tmp_path: Path, field: str, rule: str, cells: list[str], expected: str
) -> None:
    header = ["Key", "A", "B"]
    rest = "\n".join(line for line in REST.splitlines() if not line.startswith(f"{field} "))
    name = "" if field == "name" else "name = 'Key'"
    toml = f"ignore = ['*']\n[fields]\n{rule}\n{rest}\n{name}"

    found = read_with_profile(tmp_path, header, [["k", *cells, ""][:3]], toml)

    assert found.column(field) == [expected]
    assert found.errors == ()


@pytest.mark.parametrize(
    ("rule", "cell", "code", "said"),
    [
        ("status = { from = 'B', values = { Actif = 'approved', Fini = 'draft' } }", "Actiff",
         "unlisted-value", "one of Actif, Fini"),
        ("external_id = { from = 'B', extract = 'REF-([0-9]+)' }", "R-1", "no-match", "REF-"),
        ("start_date = { from = 'B', date_format = 'DD/MM/YYYY' }", "2/31/2026", "date-format",
         "DD/MM/YYYY"),
        ("start_date = { from = 'B', date_format = 'DD/MM/YYYY' }", "31/02/2026", "bad-date", ""),
        ("tags = { from = 'B', split = ',' }", "a;b,c", "list-separator", "','"),
        ("status = 'B'", "live", "not-allowed", ""),
        ("description = 'B.code'", "plain", "not-in-json", "with code in it"),
        ("external_id = 'B.code'", "[" * 5_000, "not-in-json", ""),
        ("description = 'B.code'", '{"code": 1, "code": 2}', "not-in-json", ""),
        ("description = 'B.code.x'", '{"code": "y"}', "not-in-json", "code.x"),
        ("priority = { from = 'B', decimal = ',' }", "1.23", "number-format", "1.234,5"),
        ("priority = { from = 'B', decimal = ',' }", "1.234.56,0", "number-format", ""),
        ("priority = { from = 'B', decimal = '.' }", "1,234 567", "number-format", ""),
        ("priority = { from = 'B', decimal = '.' }", "1.5", "bad-number", ""),
        ("start_date = 'B'", "01/02/2026", "date-ambiguous", ""),
        ("content = { template = '{{ b|join(b) }}' }", "a" * 30_000, "template-failed", "32767"),
        ("content = { template = '{{ b|join(b)|join(b) }}' }", "a" * 500, "template-failed",
         "32767"),
        ("content = { template = '{{ b|upper }}' }", "a" * 40_000, "template-failed", "32767"),
        ("content = { template = \"{{ b|replace('a', 'aaaaaaaaaa') }}\" }",
         "a" * 5000, "template-failed", "32767"),
    ],
)  # fmt: skip
def test_a_cell_that_does_not_fit_is_one_error_with_its_own_cell(
    tmp_path: Path, rule: str, cell: str, code: str, said: str
) -> None:
    rest = REST.replace("content", "description") if rule.startswith("content") else REST
    toml = f"[fields]\nname = 'A'\n{rule}\n{rest}"

    found = read_with_profile(tmp_path, ["A", "B"], [["one", ""], ["two", cell]], toml)

    errors = [error for error in found.errors if error.row_number == 3]
    assert [(error.code, error.cell, error.column) for error in errors] == [(code, "B3", "B")]
    assert said in errors[0].message
    if code == "unlisted-value":
        assert errors[0].suggestion == 'did you mean "Actif"?'


def test_a_group_of_constants_only_is_no_representation(tmp_path: Path) -> None:
    toml = f"""[fields]
    name = 'A'
    {REST}
    placement_2 = 'Slot'
    type_2 = {{ constant = 'html' }}
    content_2 = 'Body'
    language_2 = {{ constant = 'fr' }}
    placement_3 = {{ constant = 'dps:offer-placement:2' }}
    content_3 = {{ constant = 'x' }}
    """

    found = read_with_profile(
        tmp_path, ["A", "Slot", "Body"], [["one", PLACEMENT, "x"], ["two", " ", ""]], toml
    )

    assert found.column("language_2") == ["fr", ""]
    assert found.column("type_2") == ["html", ""]
    assert found.column("content_3") == ["x", "x"]  # the sheet has no say in this group
    assert [error.column for error in found.errors if error.column.endswith("_2")] == []


def test_skipped_rows_are_known_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    toml = f"""
    ignore = ["State"]
    [[skip]]
    column = "State"
    equals = ["ARCHIVED", "deleted"]
    [[skip]]
    column = "Offer name"
    matches = "^Total"
    [[skip]]
    column = "Offer name"
    blank = true
    [fields]
    {REST}
    """.replace('ignore = ["State"]', 'ignore = ["*"]')
    rows = [["One", "live"], ["Two", "archived"], ["Total", "1"], [" ", "live"], ["Three", ""]]
    toml = toml.replace("[fields]", "[fields]\nstatus = { constant = 'draft' }")

    found = read_with_profile(tmp_path, ["Offer name", "State"], rows, toml)

    assert found.skipped == {3, 4, 5}
    assert {number: row["name"] for number, row in found.rows.items()} == {2: "One", 6: "Three"}
    assert found.errors == ()


def test_a_kind_that_is_trouble_follows_the_cell_wherever_it_goes(tmp_path: Path) -> None:
    toml = f"[fields]\nname = {{ from = ['A', 'B'] }}\n{REST}"
    base = read_with_profile(tmp_path, ["A", "B"], [["x", "y"]], toml)
    frame = pd.DataFrame({0: ["#N/A"], 1: ["y"]}, index=[2], dtype="str")
    kinds = {(2, 0): CellKind.ERROR, (2, 1): CellKind.NUMBER}

    mapped = apply(base.bound, Chunk(frame=frame, kinds=kinds), sheet="")

    assert dict(mapped.chunk.kinds) == {(2, 0): CellKind.ERROR}


def test_what_the_spreadsheet_thinks_of_a_skipped_row_is_no_mistake(tmp_path: Path) -> None:
    toml = f"[[skip]]\ncolumn = 'A'\nequals = '2'\n[fields]\nname = 'A'\n{REST}"
    bound = read_with_profile(tmp_path, ["A"], [["x"]], toml).bound
    frame = pd.DataFrame({0: ["1", "2"]}, index=[2, 3], dtype="str")
    kinds = {(2, 0): CellKind.ERROR, (3, 0): CellKind.ERROR}

    mapped = apply(bound, Chunk(frame=frame, kinds=kinds), sheet="").chunk

    checked = check(mapped, bound.columns, sheet="", options=CheckOptions(entity=FALLBACK_OFFER))
    assert [(error.row_number, error.code) for error in checked.errors] == [(2, "cell-error")]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            "[fields]\nname = 'Titel'",
            "'Titel': the sheet has no such column; did you mean 'Titre'?",
        ),
        ("[fields]\nname = 'Titre'", "unknown: B ('Farbe'): give its field, or ignore it"),
        ("[fields]\nname = 'Twin'", "'Twin' is in column C and column D"),
        ("ignore = ['Colour']", "ignore 'Colour'"),
        ("ignore = ['*']\n[fields]\nname = 'column Z'", "column Z"),
        ("ignore = ['*']", "missing: name"),
        ("[fields]\ncontent = { template = '{{ titel }}' }", "did you mean titre?"),
    ],
)
def test_columns_that_do_not_fit_are_told(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(WrongColumns) as caught:
        read_with_profile(tmp_path, ["Titre", "Farbe", "Twin", "Twin", "Statut"], [["a"] * 5], toml)

    assert said in str(caught.value)
    assert "export.csv" in str(caught.value)
    assert "my.toml" in str(caught.value)


@pytest.mark.parametrize(
    "toml",
    [
        "ignore = ['Foo']",
        "[[skip]]\ncolumn = 'Foo'\nblank = true",
        "[fields]\ntags = 'Foo'",
        "ignore = ['Twin']",
    ],
)
def test_a_column_that_is_not_there_takes_no_other_one_away(tmp_path: Path, toml: str) -> None:
    header = ["name", "placement", "type", "content", "Twin", "Twin"]

    with pytest.raises(WrongColumns) as caught:
        read_with_profile(tmp_path, header, [["a"] * 6], toml)

    assert "missing" not in str(caught.value)
    assert ("'Foo': the sheet has no such column" in str(caught.value)) == ("Foo" in toml)


def test_a_column_can_be_named_by_its_place(tmp_path: Path) -> None:
    toml = f"ignore = ['column C', 'column B']\n[fields]\nname = 'column A'\n{REST}"

    found = read_with_profile(tmp_path, ["Twin", "Twin", "", "Twin"], [["a", "b", "c", "d"]],
                 toml.replace("'column B']", "'column B', 'column D']"))  # fmt: skip

    assert found.column("name") == ["a"]


@LAW
@given(TEXT.filter(str.strip))
def test_a_rule_skips_the_very_word_that_it_names(tmp_path: Path, word: str) -> None:
    profile = profile_of(f"ignore = ['B']\n[fields]\nname = 'A'\n{REST}")
    rule = SkipRule(column="B", equals=(word,))
    bound = bind(
        profile.model_copy(update={"skip": (rule,)}),
        ["A", "B"],
        FALLBACK_OFFER.fields,
        source="export.csv",
    )
    frame = pd.DataFrame({0: ["x", "y", "z"], 1: [word, word.upper(), ""]}, index=[2, 3, 4])

    mapped = apply(bound, Chunk(frame=frame.astype("str")), sheet="")

    assert {2} <= mapped.skipped <= {2, 3}  # "İ" is no other case of "ı", for one


@LAW
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=6))
def test_the_identity_changes_nothing(tmp_path: Path, cells: list[tuple[str, str, str]]) -> None:
    header = ["name", "content", "attr:X"]
    plain = "\n".join(f'"{field}" = "{field}"' for field in header)
    rows = [[str(number), *row[1:]] for number, row in enumerate(cells)]
    constants = "\n".join(line for line in REST.splitlines() if not line.startswith("content"))

    named = read_with_profile(
        tmp_path, header, rows, f"[fields]\n{plain}\n{constants}", checked=False
    )
    unnamed = read_with_profile(tmp_path, header, rows, f"[fields]\n{constants}", checked=False)

    for found in (named, unnamed):
        assert [[row[field] for field in header] for row in found.rows.values()] == rows


@LAW
@given(
    st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=8),
    st.sampled_from(TRANSFORMS),
    st.sampled_from(
        ["", "[[skip]]\ncolumn='B'\nblank=true\n", "[[skip]]\ncolumn='A'\nmatches='a'\n"]
    ),
    st.integers(1, 4),
)
def test_every_row_is_accounted_for_and_every_error_points_into_the_sheet(
    tmp_path: Path,
    cells: list[tuple[str, str, str]],
    transform: tuple[str, str, list[str], str],
    skip: str,
    chunk_rows: int,
) -> None:
    field, rule, _, _ = transform
    rest = "\n".join(line for line in REST.splitlines() if not line.startswith(f"{field} "))
    name = "" if field == "name" else "name = 'Key'"
    rows = [[f"k{number}", *row[1:]] for number, row in enumerate(cells)]
    toml = f"ignore = ['*']\n{skip}[fields]\n{rule}\n{rest}\n{name}"

    found = read_with_profile(
        tmp_path, ["Key", "A", "B"], rows, toml, checked=False, chunk_rows=chunk_rows
    )

    assert set(found.rows) | found.skipped == set(range(2, len(rows) + 2))
    assert not set(found.rows) & found.skipped
    for error in found.errors:
        assert error.row_number in found.rows
        if error.cell:
            sources = _sources_of(found, error.column)
            assert error.cell in {cell_address("", error.row_number, at) for at in sources}


def _sources_of(found: ProfiledRows, column: str) -> tuple[int, ...]:
    if column in found.bound.columns.header:
        return found.bound.origins[found.bound.columns.header.index(column)]
    return (found.bound.header.index(column),)  # of a skip rule, which the reader found odd


def test_an_empty_profile_is_known_to_be_one() -> None:
    assert profile_of("").is_empty
    assert not Profile(fields={"name": FieldRule(field="name", sources=("A",))}).is_empty
    assert parse_profile({}, FALLBACK_OFFER.fields, name="x") == Profile(name="x")
    assert bind(
        profile_of(""), ["name", "placement", "type"], FALLBACK_OFFER.fields, source="x"
    ).columns.positions == {
        "name": 0,
        "placement": 1,
        "type": 2,
    }


def test_a_column_with_a_dot_in_its_heading_comes_before_a_value_inside(tmp_path: Path) -> None:
    toml = f"[fields]\nname = 'slot.code'\n{REST}\ndescription = 'slot'"

    found = read_with_profile(tmp_path, ["slot.code", "slot"], [["one", '{"code": "two"}']], toml)

    assert found.column("name") == ["one"]
    assert found.column("description") == ['{"code": "two"}']


def mapped_by(fields: dict[str, object], cells: list[str], stored: CellKind) -> list[str]:
    """Return what becomes of column B, of which the sheet stores the first cell as this kind."""
    profile = parse_profile({"fields": {"name": "A", **fields}}, FALLBACK_OFFER.fields, name="m")
    bound = bind(profile, ["A", "B", "Placement", "Type"], FALLBACK_OFFER.fields, source="x")
    rows = [["a", cell, PLACEMENT, "html"] for cell in cells]
    frame = pd.DataFrame(rows, index=range(2, 2 + len(rows))).astype("str")

    mapped = apply(bound, Chunk(frame=frame, kinds={(2, 1): stored}), sheet="")

    assert not mapped.chunk.problems
    return [str(text) for text in mapped.chunk.frame[1]]


def test_a_number_that_the_sheet_stores_needs_no_decimal_character() -> None:
    rule = {"attr:P": {"from": "B", "decimal": ","}}

    assert mapped_by(rule, ["1.234", "1.234"], CellKind.NUMBER) == ["1.234", "1234"]


@pytest.mark.parametrize("form", ["YYYY-DD-MM", "YYYY/DD/MM"])
def test_a_date_that_the_sheet_stores_is_in_no_format(form: str) -> None:
    rule = {"start_date": {"from": "B", "date_format": form}}
    text = form.replace("YYYY", "2026").replace("DD", "01").replace("MM", "02")

    assert mapped_by(rule, ["2026-01-02", text], CellKind.DATE) == ["2026-01-02", "2026-02-01"]


def test_a_date_that_the_sheet_stores_still_gets_the_time_of_the_mapping() -> None:
    rule = {"end_date": {"from": "B", "date_format": "YYYY-DD-MM", "time": "23:59"}}
    cells = ["2026-01-02", "2026-01-02"]

    assert mapped_by(rule, cells, CellKind.DATE) == ["2026-01-02T23:59", "2026-02-01T23:59"]
