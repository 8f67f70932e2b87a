"""A workbook of the rows as they were read, for sources that are none, or are too large to copy.

Rows keep their numbers and cells their letters, so that every address is right (but beyond Excel's
last row). All cells are texts, but a fraction that the source stores as a number stays one. The
source is read a second time. Where an error would not be seen again in such a workbook, the row
says so in our column.
"""

from collections.abc import Collection
from typing import BinaryIO

from loader.annotate.cell_comments import reserved_column, summarise_errors
from loader.annotate.cut_cells import with_cut_cells
from loader.annotate.marked_rows import MarkedBook, table_plan
from loader.annotate.spool import ErrorSpool
from loader.results.table_workbook import Book, TablePlan
from loader.source import Source
from loader.source.number_text import number_text
from loader.tables.chunk import CellKind, Table
from loader.tables.stored_fractions import is_fraction, mark_fractions
from loader.validation.repair_column import must_be_confirmed


def write_new_workbook(file: BinaryIO, source: Source, spool: ErrorSpool) -> Book:
    """Write the rows of `source`, their errors marked; return the book for what it left out."""
    explained = set(spool.unrepeatable)
    while True:
        copy = _Copy(file, source, spool, explained)
        if copy.cut_sheets <= explained:
            return copy.book
        explained |= copy.cut_sheets  # they need our column, too: write all again
        file.seek(0)
        file.truncate()


class _Copy:
    """The workbook; the sheets `explained` have our column.

    Elsewhere texts show every error again, if there are no `cut_sheets`: those with a cell that is
    too long for a workbook.
    """

    def __init__(
        self, file: BinaryIO, source: Source, spool: ErrorSpool, explained: Collection[str]
    ) -> None:
        self.cut_sheets: set[str] = set()
        self._spool = spool
        self._explained = explained
        tables = source.tables()
        first = next(tables)
        with MarkedBook(file, self._plan(first), title="Checked rows") as marked:
            self._write_table(marked, first)
            for table in tables:
                marked.next_table(self._plan(table))
                self._write_table(marked, table)
            marked.book.finish()
        self.book = marked.book

    def _reserved_column(self, table: Table) -> tuple[int, tuple[str, ...]]:
        return reserved_column(table.header) if table.sheet in self._explained else (0, ())

    def _plan(self, table: Table) -> TablePlan:
        _, ours = self._reserved_column(table)
        header_row = max(table.header_row, 1)
        return table_plan(table.source, table.sheet, table.header, ours=ours, header_row=header_row)

    def _write_table(self, marked: MarkedBook, table: Table) -> None:
        sheet = table.sheet
        place, ours = self._reserved_column(table)
        shift = 1 if table.header_row < 1 else 0  # a file without a header row: lines begin at 1
        for chunk in table.chunks:
            numbers = chunk.frame.index
            errors = self._spool.between(sheet, int(numbers[0]), int(numbers[-1]))
            stored = chunk.positions_of(CellKind.NUMBER)
            for number, read in chunk.rows():
                known = errors.get(number, ())
                found = with_cut_cells(
                    known, read, header=table.header, sheet=sheet, row_number=number
                )
                if len(found) > len(known):
                    self.cut_sheets.add(sheet)
                exact = [at for at in stored.get(number, ()) if _is_exact(read[at])]
                cells = [*mark_fractions(read, exact), *("" for _ in ours)]
                if sheet in self._explained and any(map(must_be_confirmed, found)):
                    cells[place] = summarise_errors(found, source=table.source, sheet=sheet)
                marked.write(cells, found, source=table.source, sheet=sheet, at=number + shift)


def _is_exact(text: str) -> bool:
    """Say whether a number is a fraction that a workbook gives back digit for digit."""
    return is_fraction(text) and number_text(float(text)) == text
