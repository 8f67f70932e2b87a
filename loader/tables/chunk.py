"""Rows of a sheet, read together, as text with their addresses.

A cell is always text; what the spreadsheet stored is its kind, kept apart, so that nothing is
guessed. A blank cell is "". Wholly blank rows are not in a chunk, and every other row keeps the
number that the spreadsheet shows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from loader.model import Notice, RowError
from loader.tables.addresses import column_letters

if TYPE_CHECKING:  # pandas takes long to import, and the parsers' process does without it
    import pandas as pd

_ROWS_AT_ONCE: Final = 2_000  # whose cells are texts of Python at a time


class CellKind(StrEnum):
    """What the spreadsheet stored in a cell. TEXT is the default and is never listed."""

    TEXT = "text"
    NUMBER = "number"  # "1", "0.5": integral numbers have no ".0"
    DATE = "date"  # "2026-01-31" or "2026-01-31T10:00:00"
    TIME = "time"  # "10:00:00": a time or a duration without a date
    BOOLEAN = "boolean"  # "TRUE" or "FALSE"
    ERROR = "error"  # "#N/A": the text that the spreadsheet shows
    FORMULA_UNCACHED = "formula-uncached"  # "": a formula whose value the file does not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows of one sheet.

    `frame` has columns 0..n-1 (the positions of the header's columns), dtype `str`, and the row
    numbers as its index; `kinds` maps (row_number, position) for the cells that are not plain
    text; `problems` are what reading these rows found wrong, at most one per cell and code;
    `written` holds, by its position, the column of the sheet that a column was read from, where its
    cells are written otherwise there: dates in the user's own writing.
    """

    frame: "pd.DataFrame"
    kinds: Mapping[tuple[int, int], CellKind] = field(default_factory=dict)
    problems: tuple[RowError, ...] = ()
    written: Mapping[int, "pd.Series[str]"] = field(default_factory=dict)

    def positions_of(self, kind: CellKind) -> dict[int, list[int]]:
        """Return the positions of the cells of a kind, by row number."""
        found: dict[int, list[int]] = {}
        for (number, position), each in self.kinds.items():
            if each is kind:
                found.setdefault(number, []).append(position)
        return found

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield the number and the cells of every row."""
        for begin in range(0, len(self.frame), _ROWS_AT_ONCE):
            frame = self.frame.iloc[begin : begin + _ROWS_AT_ONCE]
            lists = [frame[column].tolist() for column in frame.columns]
            yield from zip(frame.index.tolist(), zip(*lists, strict=True), strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet: its header, and its rows as they are read. `sheet` is "" for CSV."""

    source: str
    sheet: str
    header: tuple[str, ...]
    header_row: int
    notices: tuple[Notice, ...]
    chunks: Iterator[Chunk]


def without_rows(table: Table) -> Table:
    """Return what a table is, without its rows."""
    return replace(table, chunks=iter(()))


def column_address(sheet: str, position: int) -> str:
    """Return the address of a column's cells but for the row number: "Offers!F"."""
    letters = column_letters(position)
    if not sheet:
        return letters
    if sheet.isidentifier() and sheet.isascii():
        return f"{sheet}!{letters}"
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{letters}"


def cell_address(sheet: str, row_number: int, position: int) -> str:
    """Return the address as the spreadsheet writes it: "Offers!F17", "'My offers'!F17", "F17"."""
    return f"{column_address(sheet, position)}{row_number}"
