"""Read a workbook with openpyxl so that every value is written back as it is stored.

Its own reader turns dates into moments, undoes one of the escapes of texts, and has a carriage
return written as a line feed. It has no settings for that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import Text
from openpyxl.reader import strings
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet import _reader


def read_exactly(file: BinaryIO, *, macros: bool) -> Workbook:
    """Return the workbook, with its macros if they are wanted."""
    reader = _ExactReader(file, keep_vba=macros, rich_text=True)
    with _exact_texts():
        reader.read()
    return reader.wb


class _ExactReader(ExcelReader):
    """Reads dates as the numbers that are stored, so that they are written back as they were.

    openpyxl would make "#VALUE!" of a number that is no date, though its cell is formatted as one.
    """

    def read_worksheets(self) -> None:
        """Read the sheets; what is a date by its format stays a number."""
        book: Any = self.wb  # Any: openpyxl has no setting for this, and types name no such field
        book._date_formats.clear()  # noqa: SLF001 - as above
        book._timedelta_formats.clear()  # noqa: SLF001 - as above
        super().read_worksheets()


class _ExactText(CellRichText):
    """A text as it is stored, with its escapes. A plain one is a text in a tuple."""

    @classmethod
    def from_tree(cls, node: Any) -> Any:  # Any: as openpyxl has it
        """Return the text of an element."""
        text: Any = Text.from_tree(node)
        if text.t:
            return (_carried(text.t),)
        return cls([TextBlock(r.rPr, _carried(r.t)) if r.rPr else _carried(r.t) for r in text.r])


def _carried(text: str | None) -> str:
    """Return a text with the escape of what would not be written as it is."""
    return (text or "").replace("\r", "_x000D_")


@contextmanager
def _exact_texts() -> Iterator[None]:
    """Make openpyxl read texts by the class above."""
    readers: tuple[Any, ...] = (strings, _reader)
    for each in readers:
        each.CellRichText = _ExactText
    try:
        yield
    finally:
        for each in readers:
            each.CellRichText = CellRichText
