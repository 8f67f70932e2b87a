"""Row numbers of a sheet: a set, in order, that costs a byte a row; blank rows that cost little."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.source import ReadOptions
from loader.source.workbook import parser
from loader.source.workbook.layout import RowNumbers
from tests.corpus.books import HEAD, book, row, sheet_xml
from tests.support.reading import read_everything

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


BLANK = "".join(
    f'<row r="{n}" s="1"><c r="A{n}" s="1"/><c r="B{n}" s="2"/></row>' for n in range(3, 90)
)
HIDING = BLANK.replace('<row r="50"', '<row r="50" hidden="1"')
ROWS_AND_BLANKS = {
    "blank rows at the end": HEAD + row(2, "a", "b") + BLANK,
    "blank rows between": HEAD + row(2, "a", "b") + BLANK + row(90, "c", "d"),
    "a row without a number behind blank ones": HEAD
    + row(2, "a", "b") + BLANK + row(90, "c", "d").replace(' r="90"', "").replace('r="A90"', ""),
    "hidden blank rows": HEAD + row(2, "a", "b") + HIDING + row(90, "c", "d"),
    "a comment that looks like rows": HEAD + "<!--" + BLANK + "-->" + row(2, "a", "b"),
    "rows in a text": HEAD + row(2, "a", f"<![CDATA[{BLANK}]]>"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS_AND_BLANKS)
@pytest.mark.parametrize("tail", ["", '<mergeCells><mergeCell ref="C1:D1"/></mergeCells>'])
def test_blank_rows_that_are_passed_over_change_nothing(
    name: str, tail: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "offers.xlsx"
    path.write_bytes(book(sheet_xml(ROWS_AND_BLANKS[name], tail=tail)))
    here = ReadOptions(isolated=False)
    with monkeypatch.context() as patch:
        patch.setattr(parser, "without_rows", lambda block, _: block)
        expected = read_everything(str(path), here)

    for size in (64, 500, 4 << 20):
        monkeypatch.setattr(parser, "BLOCK", size)
        assert read_everything(str(path), here) == expected
