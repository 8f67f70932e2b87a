"""The rows of a sheet: the first ones one by one, the others in columns, block by block.

Where something may be wrong with a row, the `CellReader` makes it once more from its cells and says
what.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.model import RowError
from loader.source.options import ReadOptions
from loader.source.parsed_rows import Batch, RawRow, TableHead, blank_rows, row_error
from loader.source.rows_to_table import FitRow
from loader.source.workbook.cells import CellReader
from loader.source.workbook.decode import UNCACHED, DecodedCells, decode
from loader.source.workbook.raw_cells import Array, StoredCells

FIRST_ROWS = 64  # that are made one by one at a time
MOST_BYTES = 16 << 20  # of the texts of a batch: cells may share a long text, and batches wait


@dataclass(slots=True, kw_only=True)
class SheetRows:
    """The rows of a sheet: which are skipped, and which may have problems beyond their cells."""

    blocks: Iterator[StoredCells]
    reader: CellReader
    options: ReadOptions = field(default_factory=ReadOptions)
    skipped_rows: Container[int] = field(default=())
    suspect_rows: Container[int] = field(default=())
    _block: StoredCells | None = field(default=None, init=False)

    def one_by_one(self) -> Iterator[RawRow]:
        """Yield rows from the top."""
        for block in self.blocks:
            self._block = block
            for part in block.below(0, at_once=FIRST_ROWS):
                for row, stored in part.of_rows(np.ones(len(part.numbers), bool)):
                    yield self.reader.row(int(part.numbers[row]), stored)

    def batches(self, head: TableHead, row_number: int, fit: FitRow) -> Iterator[Batch]:
        """Yield the rows below `row_number`, the last one that was taken one by one."""
        started = [] if self._block is None else [self._block]
        for cells in chain(started, self.blocks):
            for part in cells.below(row_number, at_once=self.options.chunk_rows):
                yield from self._batches(part, head, fit)

    def _batches(self, cells: StoredCells, head: TableHead, fit: FitRow) -> Iterator[Batch]:
        found = decode(cells, self.reader)
        count = len(cells.numbers)
        if count > 1 and _text_bytes(found) > MOST_BYTES:
            for half in cells.below(0, at_once=(count + 1) // 2):
                yield from self._batches(half, head, fit)
            return
        batch = self._batch(cells, found, head, fit)
        if len(batch.numbers):
            yield batch

    def _batch(
        self, cells: StoredCells, found: DecodedCells, head: TableHead, fit: FitRow
    ) -> Batch:
        columns, kinds = _arrange_by_column(cells, found, width=len(head.header))
        wanted = ~_is_in(cells.numbers, self.skipped_rows)
        odd = wanted & (
            _odd_rows(cells, found, len(head.header)) | _is_in(cells.numbers, self.suspect_rows)
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
        keep_mask = pa.array(keep)
        return Batch(
            numbers=pa.array(cells.numbers[keep]),
            columns=tuple(column.filter(keep_mask) for column in columns),
            kinds=tuple(k[keep].tobytes() if k.any() else None for k in kinds),
            problems=tuple(problems),
        )


def _text_bytes(found: DecodedCells) -> int:
    lengths = pc.binary_length(found.pool()).to_numpy()
    return int(lengths[found.places].sum(dtype=np.int64))


def _arrange_by_column(
    cells: StoredCells, found: DecodedCells, *, width: int
) -> tuple[tuple[pa.StringArray, ...], Array]:
    """Return texts and kinds by column, for the columns under the header."""
    shape = (width, len(cells.numbers))
    places, kinds = np.zeros(shape, np.int64), np.zeros(shape, np.uint8)
    inside = (cells.positions < width) & ~cells.repeated
    at = cells.positions[inside], cells.rows[inside]
    places[at], kinds[at] = found.places[inside], found.kinds[inside]
    pool = found.pool()
    return tuple(pool.take(pa.array(column)) for column in places), kinds


def _odd_rows(cells: StoredCells, found: DecodedCells, width: int) -> Array:
    """Return which rows have an odd cell, or a text right of the header."""
    odd = np.zeros(len(cells.numbers), bool)
    odd[cells.rows[found.odd]] = True
    outside = np.flatnonzero(cells.positions >= width)
    if len(outside):
        texts = pc.utf8_trim_whitespace(found.pool().take(pa.array(found.places[outside])))
        has_text = pc.not_equal(texts, "").to_numpy(zero_copy_only=False)
        odd[cells.rows[outside[has_text]]] = True
    return odd


def _is_in(numbers: Array, members: Container[int]) -> Array:
    if members == ():
        return np.zeros(len(numbers), bool)
    return np.fromiter((number in members for number in numbers.tolist()), bool, len(numbers))
