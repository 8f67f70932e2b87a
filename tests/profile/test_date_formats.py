"""Formats of dates: each has one meaning, and what does not fit is nothing."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.tables.written_dates import compile_date_format

EXAMPLES = [
    ("DD/MM/YYYY", "01/02/2024", "2024-02-01"),
    ("MM/DD/YYYY", "01/02/2024", "2024-01-02"),
    ("dd.mm.yyyy", "1.2.2024", "2024-02-01"),
    ("D.M.YY", "1.2.24", "2024-02-01"),
    ("DD/MM/YYYY HH:mm", "01/02/2024 9:05", "2024-02-01T09:05:00"),
    ("DD/MM/YYYY HH:mm", "01/02/2024", "2024-02-01"),
    ("dd/mm/yyyy hh:mm:ss", "01/02/2024 23:05:07", "2024-02-01T23:05:07"),
    ("M/D/YYYY h:mm AM/PM", "1/2/2024 12:30 am", "2024-01-02T00:30:00"),
    ("M/D/YYYY h:mm AM/PM", "1/2/2024 1:30 PM", "2024-01-02T13:30:00"),
    ("D MMMM YYYY", "1 février 2024", "2024-02-01"),
    ("D. MMM YYYY", "1. Feb. 2024", "2024-02-01"),
    ("D. MMMM YYYY", "31. März 2024", "2024-03-31"),
    ("MMM D, YYYY", "Aug 9, 2024", "2024-08-09"),
    ("YYYYMMDD", "20240201", "2024-02-01"),
    ("YYYY/DD/MM", "2024/01/02", "2024-02-01"),
    ("DD.MM.YYYY HH:mm 'Uhr'", "01.02.2024 10:00 Uhr", "2024-02-01T10:00:00"),
    ("%d/%m/%Y %H:%M", "01/02/2024 10:00", "2024-02-01T10:00:00"),
    ("%Y-%m-%dT%H:%M:%S%z", "2024-02-01T10:00:00+0100", "2024-02-01T10:00:00+0100"),
    ("DD/MM/YYYY", "2024-02-01", "2024-02-01"),
    ("DD/MM/YYYY", "2024-02-01T10:00", "2024-02-01T10:00"),
]


@pytest.mark.parametrize(("text", "cell", "expected"), EXAMPLES)
def test_a_format_reads(text: str, cell: str, expected: str) -> None:
    assert compile_date_format(text)(cell) == expected


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("DD/MM/YYYY", "01/13/2024"),
        ("DD/MM/YYYY", "1/2/24"),
        ("DD/MM/YYYY", "01-02-2024"),
        ("DD/MM/YYYY", "01/02/2024 x"),
        ("D MMMM YYYY", "1 Foo 2024"),
        ("YYYY-DD-MM", "2024-01-31"),
        ("M/D/YYYY h:mm AM/PM", "1/2/2024 13:30 PM"),
    ],
)
def test_what_does_not_fit_is_nothing(text: str, cell: str) -> None:
    assert compile_date_format(text)(cell) is None


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)),  # noqa: DTZ001 - without a zone, as in a sheet
    st.sampled_from(
        ["%d/%m/%Y %H:%M:%S", "%m.%d.%Y %H:%M:%S", "%Y%m%d%H%M%S", "%d %b %y %I:%M:%S %p"]
    ),
)
def test_what_strftime_writes_is_read_back(moment: datetime, text: str) -> None:
    assert (
        compile_date_format(text)(moment.strftime(text))
        == moment.replace(microsecond=0).isoformat()
    )
