"""Every mistake is found in one pass, with its cell, what stands there and what is expected."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loader.errors import WrongColumns
from loader.messages.catalogue import CODES
from loader.model import Dialect, Severity
from loader.offer.entity import FALLBACK_OFFER
from loader.validation.header import match_columns
from tests.support.checking import ANY_CELLS, GOOD, PLACEMENT, checked_rows, errors_of

MISTAKES = [
    ("name", "", "missing-value"),
    ("name", "   ", "missing-value"),
    ("placement", "", "missing-value"),
    ("type", "htm", "not-allowed"),
    ("status", "live", "not-allowed"),
    ("content", "", "content-missing"),
    ("link_url", "javascript:alert(1)", "url-scheme"),
    ("link_url", "not an address", "bad-url"),
    ("channel", "pigeon post", "bad-channel"),
    ("language", "english please", "bad-language"),
    ("format", "html", "bad-format"),
    ("start_date", "01/02/2026", "date-ambiguous"),
    ("start_date", "2026-02-30", "bad-date"),
    ("priority", "high", "bad-number"),
    ("priority", "-1", "bad-number"),
    ("name", "bell\x07", "control-character"),
]


@pytest.mark.parametrize(("column", "value", "code"), MISTAKES)
def test_a_mistake_is_named_with_its_cell(
    tmp_path: Path, column: str, value: str, code: str
) -> None:
    found = [e for e in errors_of(tmp_path, **{column: value}) if e.severity is Severity.ERROR]

    position = [*GOOD, column].index(column)
    assert [(e.code, e.column, e.cell) for e in found] == [(code, column, f"{'ABCDE'[position]}2")]
    assert found[0].value == value.replace("\x07", "\\x07")
    assert found[0].message
    assert found[0].code in CODES


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("placement", "Web banner", "bad-placement"),
        ("tags", "two words", "bad-tag"),
        ("type", "", "missing-value"),
    ],
)
def test_where_only_ids_are_taken_a_name_is_a_mistake(
    tmp_path: Path, column: str, value: str, code: str
) -> None:
    found = checked_rows(tmp_path, [GOOD | {column: value}], ids_only=True)

    assert [e.code for e in found.errors] == [code]


def test_all_mistakes_of_all_rows_come_in_one_pass(tmp_path: Path) -> None:
    rows = [
        GOOD | {"name": "", "type": "htm", "priority": "x"},
        GOOD,
        GOOD | {"status": "live", "end_date": "soon"},
    ]

    found = checked_rows(tmp_path, rows)

    assert sorted((e.row_number, e.code) for e in found.errors) == [
        (2, "bad-number"),
        (2, "missing-value"),
        (2, "not-allowed"),
        (4, "bad-date"),
        (4, "not-allowed"),
    ]
    assert found.invalid == {2, 4}
    assert list(found.offers.index) == [3]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"type": "image", "content": ""}, "delivery-url-missing"),
        ({"type": "json", "content": "{not json"}, "bad-json"),
        ({"type": "json", "content": "{“a”: 1}"}, "typographic-quotes"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "dates-out-of-order"),
        (
            {"placement_2": PLACEMENT, "type_2": "html", "content_2": "x"},
            "representation-repeated",
        ),
        ({"placement_2": "", "type_2": "", "content_2": "left alone"}, "missing-value"),
    ],
)
def test_mistakes_across_columns(tmp_path: Path, cells: dict[str, str], code: str) -> None:
    found = [e.code for e in errors_of(tmp_path, **cells) if e.severity is Severity.ERROR]

    assert code in found


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"content": "x" * 2000}, "representations-too-large"),
        ({f"attr:A{number}": "v" for number in range(31)}, "too-many-attributes"),
        ({"tags": ";".join(f"tag{number}" for number in range(21))}, "too-many-tags"),
        ({"link_url": "http://example.com"}, "url-not-https"),
        ({"name": " Offer "}, "trimmed"),
    ],
)
def test_documented_limits_warn_and_the_row_is_sent(
    tmp_path: Path, cells: dict[str, str], code: str
) -> None:
    found = checked_rows(tmp_path, [GOOD | cells])

    assert code in [e.code for e in found.errors]
    assert all(e.severity is Severity.WARNING for e in found.errors)
    assert found.invalid == frozenset()


def test_what_the_legacy_dialect_lacks_is_said(tmp_path: Path) -> None:
    found = checked_rows(tmp_path, [GOOD | {"priority": "1"}], dialect=Dialect.XCORE)

    assert [e.code for e in found.errors] == ["not-in-dialect"]


@pytest.mark.parametrize("name", ["NA", "None", "nan", "001", "1e5", "TRUE", "null", "-"])
def test_a_name_is_text_whatever_it_looks_like(tmp_path: Path, name: str) -> None:
    found = checked_rows(tmp_path, [GOOD | {"name": name}])

    assert found.errors == ()
    assert found.offers["name"].tolist() == [name]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (["nam", "placement", "type"], "did you mean name"),
        (["name", "type"], "missing: placement"),
        (["name", "placement", "type", "Name"], "name"),
        (["name", "placement", "type", "colour"], "colour"),
        (["nam", "placemnt", "tpe"], "placemnt"),
    ],
)
def test_wrong_headers_are_all_named_at_once(header: list[str], said: str) -> None:
    with pytest.raises(WrongColumns) as caught:
        match_columns(header, FALLBACK_OFFER.fields, source="offers.csv")

    assert said in str(caught.value)
    assert "offers.csv" in str(caught.value)


@pytest.mark.parametrize(
    "heading", ["delivery-url", "Delivery URL", " delivery_url ", "DELIVERY_URL", "Delivery_Url"]
)
def test_headings_match_whatever_their_case_and_spaces(heading: str) -> None:
    columns = match_columns(["name", "placement", "type", heading], FALLBACK_OFFER.fields)

    assert columns.positions["delivery_url"] == 3


@ANY_CELLS
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "placement",
                "type",
                "content",
                "status",
                "priority",
                "start_date",
                "language",
                "tags",
                "channel",
                "link_url",
                "attr:A",
            ]
        ),
        st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
        min_size=1,
    )
)
def test_whatever_stands_in_cells_gives_errors_and_no_exception(
    tmp_path: Path, cells: dict[str, str]
) -> None:
    assume("".join((GOOD | cells).values()).strip())  # a row of blanks is no row

    found = checked_rows(tmp_path, [GOOD | cells, GOOD])

    assert len(found.offers) + len(found.invalid) == 2
    assert 3 not in found.invalid
    assert all(e.code in CODES for e in found.errors)
    assert all(e.cell or e.code == "ragged-row" for e in found.errors)  # that is of a whole row
