"""The cells of a sheet as its file stores them: place, style, type and value, many rows at once.

What a cell means is not known here. Cells without value and formula are left out, so that
formatted but blank rows cost next to nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.source.workbook.cell_references import MOST_COLUMNS
from loader.source.workbook.package import damaged

Array: TypeAlias = np.ndarray[Any, Any]
# position, style, type, value (None: the cell has none), and whether there is a formula
StoredCell: TypeAlias = tuple[int, str, str, str | None, bool]
NUMBER_TYPES = {"", "n"}
NAMELESS_ERROR = "#ERROR"  # of an error cell without a value
MOST_CELLS_OF_A_ROW = 4 * MOST_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCells:
    """Cells in sheet order; `rows` and `style_indexes` are indexes of `numbers` and `styles`."""

    numbers: Array  # of the rows, ascending
    rows: Array
    positions: Array
    style_indexes: Array
    styles: list[tuple[str, str]]  # style and type
    values: pa.StringArray  # null where the cell has no value
    formulas: Array
    repeated: Array  # whether another cell has the same address

    def below(self, number: int, *, at_once: int) -> Iterator["StoredCells"]:
        """Yield the cells of the rows below row `number`, of so many rows at once."""
        first = int(np.searchsorted(self.numbers, number, side="right"))
        for row in range(first, len(self.numbers), at_once):
            start, end = np.searchsorted(self.rows, [row, row + at_once]).tolist()
            yield replace(
                self,
                numbers=self.numbers[row : row + at_once],
                rows=self.rows[start:end] - row,
                positions=self.positions[start:end],
                style_indexes=self.style_indexes[start:end],
                values=self.values.slice(start, end - start),
                formulas=self.formulas[start:end],
                repeated=self.repeated[start:end],
            )

    def of_rows(self, rows: Array) -> Iterator[tuple[int, list[StoredCell]]]:
        """Yield the cells of some rows (a mask): which row it is, and its cells one by one."""
        cells = np.flatnonzero(rows[self.rows])
        styles = [self.styles[head] for head in self.style_indexes[cells].tolist()]
        each = zip(
            self.rows[cells].tolist(),
            self.positions[cells].tolist(),
            styles,
            self.values.take(pa.array(cells)).to_pylist(),
            self.formulas[cells].tolist(),
            strict=True,
        )
        for row, group in groupby(each, itemgetter(0)):
            yield row, [(at, *style, value, formula) for _, at, style, value, formula in group]

    def without_placeholders(self) -> "StoredCells":
        """Return the cells without the 0 that a program wrote for a formula it did not compute."""
        is_number = np.array([type_ in NUMBER_TYPES for _, type_ in self.styles])[
            self.style_indexes
        ]
        zero = pc.equal(self.values, "0").fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
        placeholder = pa.array(self.formulas & is_number & zero)
        return replace(self, values=pc.if_else(placeholder, None, self.values))


class CellStore:
    """Takes cells one by one, and gives them back many rows at once.

    A cell is its place (row number × MOST_COLUMNS + position), the number of its head (style and
    type), and its value. What parses a sheet appends to the lists: every cell goes through here.
    """

    def __init__(self) -> None:
        self.places: list[int] = []
        self.style_indexes: list[int] = []
        self.values: list[str | None] = []
        self.formulas: list[int] = []  # which cells have one
        self.row_start = 0  # the first cell of the last row, which may not be whole

    def start_row(self) -> None:
        """Start another row: the next cells belong to it."""
        self.row_start = len(self.values)

    def take(self, styles: list[tuple[str, str]], *, finished: bool = False) -> StoredCells | None:
        """Return and remove the cells of the rows that are complete, or None."""
        end = len(self.values) if finished else self.row_start
        if len(self.values) - end > MOST_CELLS_OF_A_ROW:
            number = self.places[-1] // MOST_COLUMNS
            raise damaged(f"row {number} has more cells than any sheet has columns")
        ended = [cell for cell in self.formulas if cell < end]
        found = self._stored(end, ended, styles)
        for cells in (self.places, self.style_indexes, self.values):
            del cells[:end]
        self.formulas[:] = [cell - end for cell in self.formulas[len(ended) :]]
        self.row_start = 0
        return found

    def _values(self, end: int, styles: list[tuple[str, str]]) -> pa.StringArray:
        """Return the values of the first cells; an error that has none gets one."""
        values = pa.array(self.values[:end], pa.string())
        is_error = np.array([type_ == "e" for _, type_ in styles], bool)
        if not is_error.any():
            return values
        missing = is_error[self.style_indexes[:end]] & (
            pc.binary_length(values).fill_null(0).to_numpy() == 0
        )
        return pc.if_else(pa.array(missing), NAMELESS_ERROR, values)

    def _stored(
        self, end: int, formulas: list[int], styles: list[tuple[str, str]]
    ) -> StoredCells | None:
        values = self._values(end, styles)
        has_formula = np.zeros(end, bool)
        has_formula[formulas] = True
        lengths = pc.binary_length(values).fill_null(0).to_numpy()
        filled = np.flatnonzero(has_formula | (lengths > 0))
        if not len(filled):
            return None
        places = np.array(self.places[:end], np.int64)[filled]
        if (np.diff(places) < 0).any():
            order = np.argsort(places, kind="stable")
            filled, places = filled[order], places[order]
        numbers, rows = np.unique(places // MOST_COLUMNS, return_inverse=True)
        repeated = np.zeros(len(places), bool)
        repeated[1:] = places[1:] == places[:-1]
        return StoredCells(
            numbers=numbers,
            rows=rows,
            positions=places % MOST_COLUMNS,
            style_indexes=np.array(self.style_indexes[:end], np.int64)[filled],
            styles=styles,
            values=values.take(pa.array(filled)),
            formulas=has_formula[filled],
            repeated=repeated,
        )
