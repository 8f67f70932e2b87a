"""A near miss is met with what was probably meant; nothing is guessed at from far away."""

from pathlib import Path

import pytest

from loader.validation.suggestions import replacements
from tests.support.checking import GOOD, PLACEMENT, checked_rows, errors_of


@pytest.mark.parametrize(
    ("column", "value", "meant"),
    [
        ("status", "aproved", '"approved"'),
        ("status", "Drafts", '"draft"'),
        ("type", "htm", '"html"'),
        ("type", "imgae", '"image"'),
        ("channel", "e mail", '"email"'),
        ("format", "html", '"text/html"'),
        ("format", "image.png", '"image/png"'),
        ("language", "English", '"en"'),
        ("language", "English, de", '"en;de"'),
        ("language", "in English please", '"en"'),
        ("start_date", "01/02/2026", "2026-02-01 (day first) or 2026-01-02 (month first)"),
        ("start_date", "2026/1/5", "2026-01-05"),
        ("start_date", "31/12/2025", "2025-12-31 (day first)"),
        ("start_date", "12/31/2025", "2025-12-31 (month first)"),
        ("start_date", "31.12.26", "2026-12-31 (day first) or 2031-12-26 (year first)"),
        ("start_date", "12/31/26 9:30", "2026-12-31T09:30 (month first)"),
        ("start_date", "20260131", "2026-01-31"),
        ("start_date", "31/12/2025 9:30", "2025-12-31T09:30 (day first)"),
        ("link_url", "www.example.com/" + "a" * 150, f'"https://www.example.com/{"a" * 150}"'),
        ("start_date", "Jan 5, 2026", "2026-01-05"),
        ("start_date", "5. Januar 2026", "2026-01-05"),
        ("type", "text/html", '"html"'),
        ("type", "image/png", '"image"'),
        ("type", "application/json", '"json"'),
        (
            "type",
            "https://ns.adobe.com/experience/offer-management/content-component-html",
            '"html"',
        ),
        ("link_url", "www.example.com/a", '"https://www.example.com/a"'),
    ],
)
def test_a_near_miss_is_met_with_what_was_meant(
    tmp_path: Path, column: str, value: str, meant: str
) -> None:
    said = [error.suggestion for error in errors_of(tmp_path, **{column: value})]

    assert f"did you mean {meant}?" in said


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "live"),
        ("type", "=1+1"),
        ("channel", "carrier pigeon"),
        ("channel", "web, email"),
        ("type", "html / htm"),
        ("language", "klingon tongue"),
        ("language", "English, Klingon"),
        ("start_date", "31/12/2025 (maybe later)"),
        ("link_url", "www.example.com/" + "a" * 500),
        ("start_date", "tomorrow"),
        ("start_date", "31/31/2026"),
        ("start_date", "31.12.026"),
        ("start_date", "2026/2/30"),
        ("start_date", "20260230"),
        ("link_url", "not an address"),
    ],
)
def test_what_is_far_from_everything_is_not_guessed_at(
    tmp_path: Path, column: str, value: str
) -> None:
    found = errors_of(tmp_path, **{column: value})

    assert found
    assert {error.suggestion for error in found} == {""}


def test_a_channel_and_its_uri_are_no_conflict(tmp_path: Path) -> None:
    uri = "https://ns.adobe.com/xdm/channel-types/web"
    second = {"placement_2": PLACEMENT, "type_2": "html", "content_2": "y", "language_2": "de"}
    row = {**GOOD, "language": "en", "channel": "web", **second}

    assert checked_rows(tmp_path, [row | {"channel_2": uri}]).errors == ()
    conflict = checked_rows(tmp_path, [row | {"channel_2": "email"}]).errors
    assert [error.code for error in conflict] == ["channel-conflict"]


@pytest.mark.parametrize(
    ("value", "code"),
    [("05/06/2026", "date-ambiguous"), ("31/12/2025", "bad-date"), ("31/31/2026", "bad-date")],
)
def test_a_date_is_ambiguous_only_where_both_readings_exist(
    tmp_path: Path, value: str, code: str
) -> None:
    (error,) = errors_of(tmp_path, start_date=value)

    assert error.code == code
    assert "--date-format" in error.message


def test_a_year_of_two_digits_is_met_with_what_a_year_needs(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, start_date="31.12.26")

    assert error.code == "bad-date"
    assert "a year has four digits" in error.message
    assert "--date-format" in error.message


@pytest.mark.parametrize(
    ("suggestion", "cell", "texts"),
    [
        ('did you mean "html"?', "htm", ("html",)),
        ('did you mean "Web banner" or "Web image"?', "Web baner", ("Web banner", "Web image")),
        ("did you mean 2026-01-02 (day first) or 2026-02-01 (month first)?", "01/02/2026",
         ("2026-01-02", "2026-02-01")),
        ("write the id: dps:a:1 (html, web) or dps:a:2", "Web", ("dps:a:1", "dps:a:2")),
        ('"Sumer": did you mean "Summer"?', "Winter;Sumer ; x", ("Winter; Summer; x",)),
        ('"Sumer": did you mean "Summer"?', "", ()),
        ('"Sumer": did you mean "Summer"?; "Wint, x": did you mean "Winter; x"?', "Sumer; Wint, x",
         ("Summer; Winter; x",)),
        ('"Sumer": did you mean "Summer"?; "?": `loader placements` lists the names', "?; Sumer",
         ("?; Summer",)),
        ('A2 says "Offer A"', "offer  a", ()),
        ("", "x", ()),
    ],
)  # fmt: skip
def test_what_a_suggestion_offers_can_be_put_into_the_cell(
    suggestion: str, cell: str, texts: tuple[str, ...]
) -> None:
    assert replacements(suggestion, cell) == texts
