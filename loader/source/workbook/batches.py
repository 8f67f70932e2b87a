"""The rows of a sheet below its first ones: block by block in columns, while the XML is plain.

Rules of this file: where something may be wrong with a row, the `CellReader` makes it once more
from its cells and says what; where the XML is not plain, it makes all rows from there on.
"""

import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.model import RowError
from loader.source.batch import Batch, TableHead, blank_rows, row_error
from loader.source.options import Limits, ReadOptions
from loader.source.table import FitRow, batches_of
from loader.source.workbook.cells import CellReader
from loader.source.workbook.columns import UNCACHED, Meanings, meanings_of
from loader.source.workbook.parser import Array, UnsupportedMarkup, elements
from loader.source.workbook.raw_cells import StoredCells, stored_cells
from loader.source.workbook.rows import sheet_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """Where the rows are, which are left out, and which may have problems beside their cells'."""

    archive: zipfile.ZipFile
    part: str
    reader: CellReader
    options: ReadOptions
    limits: Limits
    left_out: Collection[int] = field(default=())
    suspected: Collection[int] = field(default=())

    def batches(self, head: TableHead, row_number: int, fit: FitRow) -> Iterator[Batch]:
        """Yield the rows below `row_number`."""
        last = 0
        try:
            for cells in self._blocks():
                if cells.numbers[0] <= last:
                    raise UnsupportedMarkup
                for some in cells.below(row_number, at_once=self.options.chunk_rows):
                    batch = self._batch(some, head, fit)
                    if len(batch.numbers):
                        yield batch
                last = int(cells.numbers[-1])
        except (
            UnsupportedMarkup,
            pa.ArrowInvalid,
        ):  # Arrow: an index that is no number, too much text
            yield from self._one_by_one(head, max(last, row_number), fit)

    def _blocks(self) -> Iterator[StoredCells]:
        blocks = elements(
            self.archive, self.part, parent=b"sheetData", child=b"row", limits=self.limits
        )
        return map(stored_cells, blocks)

    def _one_by_one(self, head: TableHead, row_number: int, fit: FitRow) -> Iterator[Batch]:
        rows = (
            row
            for row in sheet_rows(self.archive, self.part, self.reader)
            if row.number > row_number and row.number not in self.left_out and not row.is_blank()
        )
        yield from batches_of(rows, head, fit=fit, options=self.options)

    def _batch(self, cells: StoredCells, head: TableHead, fit: FitRow) -> Batch:
        found = meanings_of(cells, self.reader)
        columns, kinds = _arranged(cells, found, width=len(head.header))
        wanted = ~_among(cells.numbers, self.left_out)
        odd = wanted & (
            _odd_rows(cells, found, len(head.header)) | _among(cells.numbers, self.suspected)
        )
        keep = ~blank_rows(columns, len(cells.numbers))
        keep[cells.rows[found.kinds == UNCACHED]] = True
        keep &= wanted & ~odd
        problems: list[RowError] = []
        for row, stored in cells.of_rows(odd):
            raw = self.reader.row(int(cells.numbers[row]), stored)
            if raw.is_blank():
                continue
            keep[row] = True
            more = fit(raw, len(head.header)).problems or ()
            problems.extend(row_error(each, row_number=raw.number, head=head) for each in more)
        kept = pa.array(keep)
        return Batch(
            numbers=pa.array(cells.numbers[keep]),
            columns=tuple(column.filter(kept) for column in columns),
            kinds=tuple(k[keep].tobytes() if k.any() else None for k in kinds),
            problems=tuple(problems),
        )


def _arranged(
    cells: StoredCells, found: Meanings, *, width: int
) -> tuple[tuple[pa.StringArray, ...], Array]:
    """Return texts and kinds by column, for the columns under the header."""
    shape = (width, len(cells.numbers))
    places, kinds = np.zeros(shape, np.int64), np.zeros(shape, np.uint8)
    inside = cells.positions < width
    at = cells.positions[inside], cells.rows[inside]
    places[at], kinds[at] = found.places[inside], found.kinds[inside]
    pool = found.pool()
    return tuple(pool.take(pa.array(column)) for column in places), kinds


def _odd_rows(cells: StoredCells, found: Meanings, width: int) -> Array:
    """Return which rows have an odd cell, or one that says something right of the header."""
    odd = np.zeros(len(cells.numbers), bool)
    odd[cells.rows[found.odd]] = True
    outside = np.flatnonzero(cells.positions >= width)
    if len(outside):
        texts = pc.utf8_trim_whitespace(found.pool().take(pa.array(found.places[outside])))
        says = pc.not_equal(texts, "").to_numpy(zero_copy_only=False)
        odd[cells.rows[outside[says]]] = True
    return odd


def _among(numbers: Array, some: Collection[int]) -> Array:
    if not some:
        return np.zeros(len(numbers), bool)
    return np.fromiter((number in some for number in numbers.tolist()), bool, len(numbers))
