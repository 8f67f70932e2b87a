"""Row numbers of a sheet: a set, in order, that costs a byte a row."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from loader.source.workbook.layout import RowNumbers

some = st.lists(st.integers(0, 3_000))


@given(numbers=some, asked=st.integers(-5, 3_005))
def test_row_numbers_are_a_set_in_order(numbers: list[int], asked: int) -> None:
    rows = RowNumbers(numbers)

    assert list(rows) == sorted(set(numbers))
    assert len(rows) == len(set(numbers))
    assert (asked in rows) == (asked in set(numbers))


def test_a_sheet_that_hides_a_million_rows_costs_little() -> None:
    tracemalloc.start()
    try:
        rows = RowNumbers(range(1, 1_048_577))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 1_048_576 in rows
    assert held < 1_300_000
