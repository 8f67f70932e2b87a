"""The results workbook: *Results*, *Errors* and *Summary*.

Every source row is one line of Results, whatever became of it; every error and warning is one line
of Errors, and its address leads to the cell in Results. Wrong cells are coloured, and the colour
of a status shows whether a person has to do something.
"""

from collections.abc import Iterable, Sequence
from typing import BinaryIO, Final

import xlsxwriter

from loader.error_digest import ErrorDigest
from loader.model import FoundError, Notice, RowError, Severity
from loader.results.columns import NUMBER_COLUMNS, OUTCOME_COLUMNS, Layout, problems
from loader.results.long_sheet import SheetPlan
from loader.results.sheet_xml import Shape
from loader.results.styles import Style
from loader.results.summary_sheet import SummarySheet
from loader.results.table_workbook import Book, CellRef, TablePlan
from loader.run_results import ResultRow, RunSummary

ERROR_COLUMNS: Final = {
    "file": 24,
    "sheet": 14,
    "row": 8,
    "cell": 14,
    "column": 18,
    "severity": 10,
    "code": 22,
    "message": 80,
    "value": 30,
    "suggestion": 40,
}
_LINKED: Final = list(ERROR_COLUMNS).index("cell")
_STATUS_STYLES: Final = {
    "created": Style.GOOD,
    "updated": Style.GOOD,
    "archived": Style.GOOD,
    "unchanged": Style.QUIET,
    "conflict": Style.BAD,
    "gone": Style.WARNING,
    "undone": Style.QUIET,
    "deleted": Style.GOOD,
    "duplicate": Style.QUIET,
    "skipped": Style.QUIET,
    "invalid": Style.BAD,
    "failed": Style.BAD,
    "unknown": Style.WARNING,
    "pending": Style.QUIET,
}
_STATUS: Final = OUTCOME_COLUMNS.index("status")
_FROZEN: Final = ("status", "row")
_WIDTHS: Final = {
    "row": 8,
    "error": 60,
    "suggestion": 40,
    "instanceId": 40,
    "error_code": 22,
    "changes": 60,
    "@id": 40,
    "finished_at": 22,
    "file": 24,
}


class Workbook:
    """Writes the lines of the results to a workbook."""

    def __init__(self, file: BinaryIO, *, layout: Layout) -> None:
        self.digest = ErrorDigest()
        self.rows = 0
        self._layout = layout
        self.book = Book(
            file, table=_results_plan(layout), errors=errors_plan(), title="Results of a load"
        )
        base = self.book.shape(
            [
                *map(_style_of, OUTCOME_COLUMNS),
                *[Style.TEXT] * len(layout.header),
                *map(_style_of, layout.details),
            ]
        )
        self._plain = base
        self._shapes = {
            status: base.styled({_STATUS: self.book.style(style)})
            for status, style in _STATUS_STYLES.items()
        }
        self._bad = self.book.style(Style.BAD)
        self._warning = self.book.style(Style.WARNING)
        self._error_lines = ErrorLines(self.book)

    def write(self, row: ResultRow) -> None:
        """Write one line, and its errors."""
        self.rows += 1
        shape = self._shapes.get(row.status, self._plain)
        values = self._layout.values(row)
        found = problems(row)
        if not found:
            self.book.write(shape, values)
            return
        columns = [self._layout.column_of(row, error) for error in found]
        spot = self.book.write(self._coloured(shape, found, columns), values)
        self.digest.add(FoundError(source=row.source, error=error) for error in found)
        for error, column in zip(found, columns, strict=True):
            position = _STATUS if column is None else column
            self._error_lines.write(row, error, spot=spot, position=position)

    def finish(self, summary: RunSummary, *, notices: Sequence[Notice]) -> None:
        """Write the summary and close the book."""
        notes = [f"{notice.source}: {notice.message}" for notice in notices]

        def add_summary(book: xlsxwriter.Workbook) -> None:
            own = self._own_notes(summary)  # known only now, when every row is written
            SummarySheet(summary, digest=self.digest, notes=notes + own).add_to(book)

        self.book.finish(add_summary, created_at=summary.finished_at)

    def _coloured(
        self, shape: Shape, found: Sequence[RowError], columns: Iterable[int | None]
    ) -> Shape:
        styles: dict[int, int] = {}
        for error, column in zip(found, columns, strict=True):
            if column is None:
                continue
            if error.severity is Severity.ERROR:
                styles[column] = self._bad
            else:
                styles.setdefault(column, self._warning)
        return shape.styled(styles) if styles else shape

    def _own_notes(self, summary: RunSummary) -> list[str]:
        notes = []
        if self.book.cut_cells:
            notes.append(
                f"{self.book.cut_cells} cells were longer than the 32,767 characters that a cell"
                " holds; they end in a mark. Write the results as .jsonl to have them whole."
            )
        if self.book.unlinked:
            notes.append(
                f"{self.book.unlinked} lines of Errors have no link: a sheet holds 65,530."
                " Their addresses are right."
            )
        if self.rows != summary.read:
            notes.append(f"Results has {self.rows} lines for {summary.read} rows read.")
        return notes


class ErrorLines:
    """Writes the lines of *Errors*."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._shape = book.shape(
            [
                Style.NUMBER if name == "row" else Style.LINK if name == "cell" else Style.TEXT
                for name in ERROR_COLUMNS
            ]
        )

    def write(self, row: ResultRow, error: RowError, *, spot: CellRef, position: int) -> None:
        """Write one error, its address leading to the cell at `position` of `spot`."""
        texts = (
            row.source,
            row.sheet,
            str(row.row_number),
            error.cell or f"row {row.row_number}",
            error.column,
            error.severity,
            error.code,
            error.message,
            error.value,
            error.suggestion,
        )
        self._book.write_error(
            self._shape, texts, linked=_LINKED, reference=spot.reference(position)
        )


def errors_plan() -> TablePlan:
    """Return the sheet *Errors* of any workbook of ours."""
    return TablePlan(
        sheet=SheetPlan(name="Errors", widths=list(ERROR_COLUMNS.values())),
        header=list(ERROR_COLUMNS),
        styles=[Style.OUR_HEADER] * len(ERROR_COLUMNS),
    )


def _results_plan(layout: Layout) -> TablePlan:
    widths = [
        *(_WIDTHS.get(name, 12) for name in OUTCOME_COLUMNS),
        *[18] * len(layout.header),
        *(_WIDTHS.get(name, 12) for name in layout.details),
    ]
    return TablePlan(
        sheet=SheetPlan(name="Results", widths=widths, frozen_columns=len(_FROZEN)),
        header=layout.columns,
        styles=[
            *[Style.OUR_HEADER] * len(OUTCOME_COLUMNS),
            *[Style.SOURCE_HEADER] * len(layout.header),
            *[Style.OUR_HEADER] * len(layout.details),
        ],
    )


def _style_of(name: str) -> Style:
    return Style.NUMBER if name in NUMBER_COLUMNS else Style.TEXT
