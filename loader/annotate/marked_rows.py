"""Rows in a workbook of ours, their wrong cells coloured, commented and listed in *Errors*.

An error of a whole row marks its first cell. Cells are texts, but for marked fractions.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import BinaryIO, Final, Self

from loader.annotate.cell_comments import by_position, comment_text, is_error
from loader.model import RowError
from loader.results.columns import position_of
from loader.results.long_sheet import SheetPlan
from loader.results.results_workbook import ErrorLines, errors_plan
from loader.results.sheet_xml import Shape
from loader.results.styles import Style
from loader.results.table_workbook import Book, TablePlan
from loader.run_results import ResultRow
from loader.tables.stored_fractions import fractions_in

_WIDTH: Final = 18
_AS_FRACTION: Final = {
    Style.TEXT: Style.FRACTION,
    Style.BAD: Style.BAD_FRACTION,
    Style.WARNING: Style.WARNING_FRACTION,
}
_FORBIDDEN: Final = str.maketrans("[]:*?/\\", "-------")


def table_plan(
    source: str, sheet: str, header: Sequence[str], *, ours: Sequence[str] = (), header_row: int = 1
) -> TablePlan:
    """Return the plan of a table with the user's `header`, and columns of `ours` behind it."""
    name = sheet or PurePath(source).name.partition(".")[0]
    return TablePlan(
        sheet=SheetPlan(
            name=_cut_to_limit(_replace_forbidden(name)).strip("' -") or "Rows",
            widths=[_WIDTH] * len(header) + [4 * _WIDTH] * len(ours),
            header_row=header_row,
        ),
        header=[*header, *ours],
        styles=[Style.SOURCE_HEADER] * len(header) + [Style.OUR_HEADER] * len(ours),
    )


def _replace_forbidden(name: str) -> str:
    """Replace what a tab's name cannot have, and what no XML can."""
    letters = name.translate(_FORBIDDEN)
    return "".join(letter if letter.isprintable() else "-" for letter in letters)


def _cut_to_limit(name: str) -> str:
    """Return as much of `name` as a tab holds: 31 UTF-16 units."""
    return name.encode("utf-16-le", "replace")[:62].decode("utf-16-le", "ignore")


class MarkedBook:
    """Writes tables of rows, one after the other, then the list of errors."""

    def __init__(self, file: BinaryIO, first: TablePlan, *, title: str) -> None:
        self.book = Book(file, table=first, errors=errors_plan(), title=title)
        self._lines = ErrorLines(self.book)
        self._shape = self.book.shape([Style.TEXT] * len(first.header))

    def __enter__(self) -> Self:
        self.book.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self.book.__exit__(*raised)

    def next_table(self, table: TablePlan) -> None:
        """Begin another table."""
        self.book.next_table(table)
        self._shape = self.book.shape([Style.TEXT] * len(table.header))

    def write(
        self,
        cells: Sequence[str],
        errors: Sequence[RowError],
        *,
        source: str,
        sheet: str,
        at: int = 0,
    ) -> None:
        """Write a row, no higher than `at`, and mark what `errors` say of it."""
        marks = by_position(errors)
        spot = self.book.write(self._shape_of(cells, marks), cells, at=at)
        for position, found in marks.items():
            self.book.comment(spot, position, comment_text(found))
        if not errors:
            return
        row = ResultRow(
            source=source, sheet=sheet, row_number=errors[0].row_number, cells=(), status="invalid"
        )
        for error in errors:
            self._lines.write(row, error, spot=spot, position=position_of(error) or 0)

    def _shape_of(self, cells: Sequence[str], marks: dict[int, list[RowError]]) -> Shape:
        """Return the shape of a row: the colours of its `marks`, its fractions as numbers."""
        looks = {
            position: Style.BAD if is_error(errors) else Style.WARNING
            for position, errors in marks.items()
            if position < len(cells)
        }
        fractions = {at: _AS_FRACTION[looks.pop(at, Style.TEXT)] for at in fractions_in(cells)}
        if not looks and not fractions:
            return self._shape
        return self._shape.styled(self._styles(looks), self._styles(fractions))

    def _styles(self, looks: dict[int, Style]) -> dict[int, int]:
        return {position: self.book.style(look) for position, look in looks.items()}
