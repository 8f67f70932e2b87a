"""A first profile of any sheet is a valid profile that decides nothing unsure."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.profile.guess import profile_text
from loader.profile.parse import parse_profile

TEXT = st.text(max_size=12)


@given(st.lists(st.tuples(TEXT, st.sets(TEXT, max_size=3)), max_size=6), TEXT)
def test_it_can_be_read_whatever_the_sheet_holds(
    columns: list[tuple[str, set[str]]], source: str
) -> None:
    text = profile_text([h for h, _ in columns], [v for _, v in columns], source=source)

    assert parse_profile(tomllib.loads(text), name="x").name == "x"


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"31/01/2026", "01/02/2026"}, 'date_format = "DD/MM/YYYY" #'),
        ({"01.31.2026"}, 'date_format = "MM.DD.YYYY" #'),
        ({"01/02/2026"}, '# ? date_format = "DD/MM/YYYY"'),
        ({"31/01/2026", "01/31/2026"}, '# ? date_format = "MM/DD/YYYY"'),
    ],
)
def test_the_order_of_day_and_month_is_read_from_the_dates_or_asked(
    dates: set[str], said: str
) -> None:
    text = profile_text(["name", "Valid from"], [{"A"}, dates], source="x.csv")

    assert any(line.startswith(said) for line in text.splitlines())


def test_what_is_only_like_is_a_question_and_what_is_unknown_is_not_read() -> None:
    text = profile_text(["Emplacemnt", "Farbe", "Name"], [{"x"}] * 3, source="x.csv")

    assert '# ? "placement" = "Emplacemnt"' in text
    assert 'ignore = ["Farbe"]' in text
    assert '"name" = "Name"' in text
