"""A workbook of the rows as they were read, for sources that are none, or are too large to copy.

Rules of this file: rows keep their numbers and cells their letters, so that every address is right
(but beyond Excel's last row); it is read a second time and streamed, with its errors by row.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import BinaryIO, Final

from loader.annotate.spool import ErrorSpool
from loader.annotate.words import by_position, comment_text, is_error
from loader.model import ResultRow, RowError
from loader.results.book import Book, Spot, TablePlan
from loader.results.columns import position_of
from loader.results.skeleton import SheetPlan, Style
from loader.results.workbook import ErrorLines, errors_plan
from loader.sheet.chunk import Chunk, Table
from loader.source import Source

_WIDTH: Final = 18
_FORBIDDEN: Final = str.maketrans("[]:*?/\\", "-------")


def write_fresh(file: BinaryIO, source: Source, spool: ErrorSpool) -> Book:
    """Write the rows of `source`, their errors marked; return the book for what it left out."""
    tables = source.tables()
    first = next(tables)
    with Book(file, table=_plan(first), errors=errors_plan(), title="Checked rows") as book:
        lines = ErrorLines(book)
        _write_table(book, lines, first, spool)
        for table in tables:
            book.next_table(_plan(table))
            _write_table(book, lines, table, spool)
        book.finish()
    return book


def _plan(table: Table) -> TablePlan:
    name = table.sheet or PurePath(table.source).name.partition(".")[0]
    return TablePlan(
        sheet=SheetPlan(
            name=_fitting(name.translate(_FORBIDDEN)).strip("' ") or "Rows",
            widths=[_WIDTH] * len(table.header),
            header_row=max(table.header_row, 1),
        ),
        header=table.header,
        styles=[Style.SOURCE_HEADER] * len(table.header),
    )


def _fitting(name: str) -> str:
    """Return as much of `name` as a tab holds: 31 UTF-16 units."""
    return name.encode("utf-16-le", "replace")[:62].decode("utf-16-le", "ignore")


def _write_table(book: Book, lines: ErrorLines, table: Table, spool: ErrorSpool) -> None:
    shape = book.shape([Style.TEXT] * len(table.header))
    shift = 1 if table.header_row < 1 else 0  # a file without a header row: lines begin at 1
    for chunk in table.chunks:
        numbers = chunk.frame.index
        errors = spool.between(table.sheet, int(numbers[0]), int(numbers[-1]))
        for number, cells in _rows(chunk):
            found = errors.get(number, ())
            marked = shape.styled(_colours(book, found, len(cells))) if found else shape
            spot = book.write(marked, cells, at=number + shift)
            if found:
                _explain(book, lines, table, spot, cells=cells, errors=found)


def _rows(chunk: Chunk) -> "zip[tuple[int, tuple[str, ...]]]":
    frame = chunk.frame
    columns = [frame[column].tolist() for column in frame.columns]
    return zip(frame.index.tolist(), zip(*columns, strict=True), strict=True)


def _colours(book: Book, errors: Sequence[RowError], width: int) -> dict[int, int]:
    bad, doubt = book.style(Style.BAD), book.style(Style.DOUBT)
    return {
        position: bad if is_error(found) else doubt
        for position, found in by_position(errors).items()
        if position < width
    }


def _explain(
    book: Book,
    lines: ErrorLines,
    table: Table,
    spot: Spot,
    *,
    cells: tuple[str, ...],
    errors: Sequence[RowError],
) -> None:
    for position, found in by_position(errors).items():
        book.comment(spot, position, comment_text(found))
    row = ResultRow(
        source=table.source,
        sheet=table.sheet,
        row_number=errors[0].row_number,
        cells=cells,
        status="invalid",
    )
    for error in errors:
        lines.write(row, error, spot=spot, position=position_of(error) or 0)
