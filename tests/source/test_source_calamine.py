"""Another parser's opinion: where calamine reads a workbook, it reads the same text as we do.

Error cells and formulas without a value it shows as blank; every other difference is listed, with
what it says instead, and proven to be one.
"""

from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineError, CalamineWorkbook

from loader.source.number_text import number_text
from loader.source.typed_values import text_and_kind
from loader.tables.chunk import CellKind
from tests.corpus import CASES
from tests.corpus.case import Case

DIFFERENT = {
    "number with leading zeros": "no formats: 42",
    "29 February 1900": "28 February, silently",
    "a date before dates": "midnight, silently",
    "rich texts": "the space at the end of a run is lost",
    "ods: blank cells in every shape": "a text whose cell names no type is blank",
    "date with a zone of its writer": "as stored",
    "a sheet in a state that only its writer knows": "refused",
    "names of parts that begin with a slash": "refused",
    "a name of a part with a blank": "refused",
    "relations from the root of the archive": "refused",
    "relations with a dot": "refused",
    "no relations of the package": "refused",
    "two cells with one address": "the last one, silently",
    "a blank cell with the address of another": "the blank one",
    "xlsb: shared, formatted and short texts": "only the shared one",
    "xlsb: numbers in short forms": "lost",
    "xlsb: number formats and dates": "no formats: 42",
    "xlsb: by SheetJS": "only the first column",
    "ods: no mimetype": "refused",
    "ods: number with leading zeros": "no formats: 42",
    "ods: date and time": "fractions of a second in six digits",
    "time of more than a day": "a day of 1900",
    "ods: duration": "as stored: PT36H00M00S",
    "ods: time that hides its day": "as stored: PT36H00M00S",
    "ods: short duration": "as stored: P1DT12H",
    "ods: boolean of another writer": "FALSE",
    "ods: white space": "as in the XML",
    "ods: boolean of a formula": "1",
    "ods: spaces, lines, a comment": "a line break inside a paragraph is lost",
}
COMPARED = [
    case for case in CASES if case.suffix in {".xlsx", ".xlsm", ".ods", ".xlsb"} and case.rows
]
UNSEEN = {CellKind.ERROR, CellKind.FORMULA_UNCACHED}


@pytest.mark.parametrize("case", COMPARED, ids=lambda case: case.name)
def test_calamine_reads_the_same_or_is_known_to_differ(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"file{case.suffix}"
    path.write_bytes(case.content())
    name = "More" if case.name == "first sheet hidden" else case.options.sheet or "Offers"
    try:
        book = CalamineWorkbook.from_path(str(path))
        values = book.get_sheet_by_name(name.strip().title()).to_python(skip_empty_area=False)
    except CalamineError:
        assert DIFFERENT.get(case.name) == "refused"
        return

    ours = {
        (number, position): text
        for number, cells in case.rows.items()
        for position, text in enumerate(cells)
        if case.kinds.get((number, position)) not in UNSEEN
    }
    theirs = {place: _text(values, *place) for place in ours}

    assert (theirs != ours) == (case.name in DIFFERENT), theirs


def _text(values: list[list[Any]], number: int, position: int) -> str:
    row = values[number - 1] if number <= len(values) else []
    value = row[position] if position < len(row) else ""
    return number_text(value) if isinstance(value, float) else text_and_kind(value)[0]
