"""The cells of a row in a journal: texts, and fractions of the sheet digit for digit."""

from hypothesis import given
from hypothesis import strategies as st

from loader.tables.stored_fractions import (
    cells_of_json,
    cells_to_json,
    fractions_in,
    mark_fractions,
)


def test_the_digits_of_a_marked_fraction_stay_as_they_are() -> None:
    cells = ["1.100", "1.100", "007.5", "12", "-0.00000000000000000001"]

    again = cells_of_json(cells_to_json(mark_fractions(cells, [0, 2, 3, 4])))

    assert again == cells
    assert fractions_in(again) == [0, 4]


@given(
    cells=st.lists(st.text(st.characters(exclude_categories=("Cs",)))),
    number=st.floats(allow_nan=False, allow_infinity=False),
)
def test_all_other_cells_come_back_as_texts(cells: list[str], number: float) -> None:
    row = [*cells, format(number, "f"), str(number)]  # "f" gives it six decimals

    again = cells_of_json(cells_to_json(mark_fractions(row, [len(cells)])))

    assert again == row
    assert fractions_in(again) == [len(cells)]
