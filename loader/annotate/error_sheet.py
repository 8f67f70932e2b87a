"""The *Errors* sheet in a copy of the user's workbook: one line an error, linked to its cell.

Every cell is text, whatever it begins with, so that nothing runs. The user's own sheet of that name
stays as it is.
"""

from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from loader.model import RowError
from loader.results.cell_text import shorten, visible
from loader.results.long_sheet import LINK_LIMIT
from loader.tables.addresses import column_letters

NAME: Final = "Errors"
COLUMNS: Final = {
    "sheet": 16,
    "cell": 10,
    "column": 18,
    "severity": 10,
    "code": 22,
    "message": 80,
    "value": 30,
    "suggestion": 40,
}
_LINKED: Final = 2
_HEADER_FILL: Final = PatternFill("solid", fgColor="FF1F4E78")


class ErrorSheet:
    """Adds the sheet behind the others."""

    def __init__(self, book: Workbook) -> None:
        sheet = book.create_sheet(NAME)  # openpyxl adds a number where the name is taken
        assert isinstance(sheet, Worksheet)  # noqa: S101 - not a write-only book
        self._sheet = sheet
        self._links = 0
        self._row = 0
        self._write(COLUMNS)
        for position, width in enumerate(COLUMNS.values()):
            head = sheet.cell(1, position + 1)
            head.font = Font(bold=True, color="FFFFFFFF")
            head.fill = _HEADER_FILL
            sheet.column_dimensions[column_letters(position)].width = width
        sheet.freeze_panes = "A2"

    def add(self, sheet: str, address: str, error: RowError, *, shown_in: str) -> None:
        """Write one error, its address leading to the cell `shown_in` of `sheet`."""
        texts = (
            *(sheet, address, error.column, error.severity, error.code),
            *(error.message, error.value, error.suggestion),
        )
        self._write(texts)
        if self._links >= LINK_LIMIT:
            return
        self._links += 1
        place = self._sheet.cell(self._row, _LINKED)
        quoted = sheet.replace("'", "''")
        place.hyperlink = Hyperlink(ref=place.coordinate, location=f"'{quoted}'!{shown_in}")
        place.font = Font(color="FF0563C1", underline="single")

    def _write(self, texts: "tuple[str, ...] | dict[str, int]") -> None:
        self._row += 1
        for position, text in enumerate(texts, start=1):
            cell = self._sheet.cell(self._row, position)
            cell.value = shorten(visible(str(text)))
            cell.data_type = "s"  # never a formula
            cell.number_format = "@"  # nor when it is edited


def remove_error_sheet(book: Workbook) -> None:
    """Remove the sheet that an earlier check added."""
    for sheet in book.worksheets[1:]:
        if sheet.title.startswith(NAME) and sheet.max_column == len(COLUMNS):
            heads = [sheet.cell(1, position).value for position in range(1, len(COLUMNS) + 1)]
            if heads == list(COLUMNS):
                book.remove(sheet)
