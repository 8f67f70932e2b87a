"""A workbook of the rows as they were read, for sources that are none, or are too large to copy.

Rows keep their numbers and cells their letters, so that every address is right (but beyond Excel's
last row). All cells are texts, but a fraction that the source stores as a number stays one. The
source is read a second time. Where an error would not be seen again in such a workbook, the row
says so in our column.
"""

from typing import BinaryIO

from loader.annotate.cell_comments import reserved_column, summarise_errors
from loader.annotate.marked_rows import MarkedBook, table_plan
from loader.annotate.spool import ErrorSpool
from loader.results.table_workbook import Book, TablePlan
from loader.source import Source
from loader.source.number_text import number_text
from loader.tables.chunk import CellKind, Chunk, Table
from loader.tables.stored_fractions import mark_fractions
from loader.validation.repair_column import is_only_in_source


def write_new_workbook(file: BinaryIO, source: Source, spool: ErrorSpool) -> Book:
    """Write the rows of `source`, their errors marked; return the book for what it left out."""
    tables = source.tables()
    first = next(tables)
    with MarkedBook(file, _plan(first, spool), title="Checked rows") as book:
        _write_table(book, first, spool)
        for table in tables:
            book.next_table(_plan(table, spool))
            _write_table(book, table, spool)
        book.book.finish()
    return book.book


def _reserved_column(table: Table, spool: ErrorSpool) -> tuple[int, tuple[str, ...]]:
    """Return where our column is; there is none where texts show every error again."""
    return reserved_column(table.header) if table.sheet in spool.unrepeatable else (0, ())


def _exact_fractions(chunk: Chunk) -> dict[int, list[int]]:
    """Return the positions, by row number, of fractions that a workbook gives back exactly."""
    found: dict[int, list[int]] = {}
    for (number, position), kind in chunk.kinds.items():
        if kind is CellKind.NUMBER:
            text = str(chunk.frame.at[number, position])
            if "." in text and number_text(float(text)) == text:
                found.setdefault(number, []).append(position)
    return found


def _plan(table: Table, spool: ErrorSpool) -> TablePlan:
    _, ours = _reserved_column(table, spool)
    header_row = max(table.header_row, 1)
    return table_plan(table.source, table.sheet, table.header, ours=ours, header_row=header_row)


def _write_table(book: MarkedBook, table: Table, spool: ErrorSpool) -> None:
    place, ours = _reserved_column(table, spool)
    shift = 1 if table.header_row < 1 else 0  # a file without a header row: lines begin at 1
    for chunk in table.chunks:
        numbers = chunk.frame.index
        errors = spool.between(table.sheet, int(numbers[0]), int(numbers[-1]))
        fractions = _exact_fractions(chunk)
        for number, read in chunk.rows():
            found = errors.get(number, ())
            cells = [*mark_fractions(read, fractions.get(number, ())), *("" for _ in ours)]
            if any(is_only_in_source(error.code) for error in found):
                cells[place] = summarise_errors(found, source=table.source, sheet=table.sheet)
            book.write(cells, found, source=table.source, sheet=table.sheet, at=number + shift)
