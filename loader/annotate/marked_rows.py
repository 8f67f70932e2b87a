"""Rows in a workbook of ours, their wrong cells coloured, commented and listed in *Errors*.

An error of a whole row marks its first cell.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import BinaryIO, Final, Self

from loader.annotate.cell_comments import by_position, comment_text, is_error
from loader.model import RowError
from loader.results.columns import position_of
from loader.results.long_sheet import SheetPlan
from loader.results.results_workbook import ErrorLines, errors_plan
from loader.results.styles import Style
from loader.results.table_workbook import Book, TablePlan
from loader.run_results import ResultRow

_WIDTH: Final = 18
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
        if not errors:
            self.book.write(self._shape, cells, at=at)
            return
        marks = by_position(errors)
        spot = self.book.write(self._shape.styled(self._colours(marks, len(cells))), cells, at=at)
        for position, found in marks.items():
            self.book.comment(spot, position, comment_text(found))
        row = ResultRow(
            source=source, sheet=sheet, row_number=errors[0].row_number, cells=(), status="invalid"
        )
        for error in errors:
            self._lines.write(row, error, spot=spot, position=position_of(error) or 0)

    def _colours(self, marks: dict[int, list[RowError]], width: int) -> dict[int, int]:
        bad, warning = self.book.style(Style.BAD), self.book.style(Style.WARNING)
        return {
            position: bad if is_error(errors) else warning
            for position, errors in marks.items()
            if position < width
        }
