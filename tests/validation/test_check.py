"""Every mistake is found in one pass, with its cell, what stands there and what is expected."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loader.errors import WrongColumns
from loader.messages.catalogue import CODES
from loader.model import Dialect, Severity
from loader.offer.entity import FALLBACK_OFFER
from loader.validation.entity import RowRules
from loader.validation.header import match_columns
from loader.validation.payloads import payloads
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
    found = checked_rows(tmp_path, [GOOD | {"channel": "web", column: value}], ids_only=True)

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
    found = checked_rows(tmp_path, [GOOD | {"labels": "core/C1"}], dialect=Dialect.XCORE)

    assert [e.code for e in found.errors] == ["not-in-dialect"]


def test_without_a_look_up_no_placement_tells_the_channel(tmp_path: Path) -> None:
    row = GOOD | {"channel": ""}
    told = checked_rows(tmp_path, [row], ids_only=False)
    untold = checked_rows(tmp_path, [row], ids_only=True)

    assert [e.code for e in told.errors] == []
    assert [(e.code, e.severity) for e in untold.errors] == [("channel-missing", Severity.WARNING)]


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ({"description": "x" * 1_000, "content": "y" * 24}, []),
        ({"description": "x" * 1_000, "content": "y" * 25}, ["representations-too-large"]),
        ({"attr:Tier": "x" * 1_024}, ["representations-too-large"]),
        ({f"content_{n}": "€" * 30_000 for n in (2, 3, 4)}, ["representations-too-large"]),
        ({f"content_{n}": "€" * 30_000 for n in (2, 3, 4, 5)}, ["offer-too-large"]),
    ],
    ids=["1 KB", "above 1 KB", "attributes", "below 300 KB", "above 300 KB"],
)
def test_an_offer_counts_with_all_its_texts_against_the_limits(
    tmp_path: Path, cells: dict[str, str], codes: list[str]
) -> None:
    numbers = [name.rpartition("_")[2] for name in cells if name.startswith("content_")]
    groups = {f"placement_{n}": f"{PLACEMENT}{n}" for n in numbers}
    types = {f"type_{n}": "text" for n in numbers}
    row = GOOD | {"name": "", "type": "text", "content": "z"} | groups | types | cells

    found = errors_of(tmp_path, **row)

    assert [e.code for e in found if e.code != "missing-value"] == codes


@pytest.mark.parametrize("longest", ["name", "description", "content", "attr:Tier"])
def test_an_offer_that_is_too_large_is_marked_where_it_is_longest(
    tmp_path: Path, longest: str
) -> None:
    found = errors_of(tmp_path, **(GOOD | {longest: "x" * 2_000}))

    assert [e.column for e in found if e.code == "representations-too-large"] == [longest]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"type": "", "content": ""}, "nothing-to-show"),
        ({"type": "", "content": "", "delivery_url": "https://example.com/a.png"}, None),
        ({"type": "", "content": "<p>Hi</p>"}, None),
        ({"type": "html", "content": ""}, "content-missing"),
    ],
)
def test_a_representation_shows_something_whoever_tells_its_type(
    tmp_path: Path, cells: dict[str, str], code: str | None
) -> None:
    assert [e.code for e in errors_of(tmp_path, **cells)] == ([code] if code else [])


def test_an_external_id_and_another_text_for_its_attribute_are_a_conflict(tmp_path: Path) -> None:
    row = GOOD | {"external_id": "X-9", "attr:sku": "S-1"}

    found = checked_rows(tmp_path, [row], rules=RowRules(external_id_attribute="sku"))
    unrelated = checked_rows(tmp_path, [row], rules=RowRules(external_id_attribute="key"))

    assert [(e.code, e.column) for e in found.errors] == [("external-id-conflict", "attr:sku")]
    assert found.invalid
    assert not unrelated.errors


def test_an_end_date_that_is_over_is_a_warning(tmp_path: Path) -> None:
    rules = RowRules(now=datetime(2026, 6, 1, tzinfo=UTC).timestamp())
    dates = ["2026-05-31", "2026-06-01T00:00", "2026-06-02", "", "2026-06-01T01:00+02:00"]
    rows = [GOOD | {"end_date": date} for date in dates]

    found = checked_rows(tmp_path, rows, rules=rules)

    over = [(e.code, e.row_number, e.severity) for e in found.errors]
    assert over == [("end-date-past", row, Severity.WARNING) for row in (2, 3, 6)]


def test_the_last_day_is_included_if_that_is_chosen(tmp_path: Path) -> None:
    now = datetime(2026, 12, 31, 12, tzinfo=UTC).timestamp()
    rules = RowRules(zone="Europe/Paris", end_of_day=True, now=now)
    row = GOOD | {"start_date": "2026-12-31", "end_date": "2026-12-31"}

    found = checked_rows(tmp_path, [row], rules=rules)
    (payload,) = payloads(found, Dialect.DPS)

    assert found.errors == ()
    assert json.loads(payload.body)["selectionConstraint"] == {
        "profileConstraintType": "none",
        "startDate": "2026-12-30T23:00:00.000+00:00",
        "endDate": "2026-12-31T22:59:59.000+00:00",
    }


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
