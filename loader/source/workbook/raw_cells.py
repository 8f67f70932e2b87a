"""The cells of a sheet as its XML stores them: place, style, type and value, many rows at once.

What a cell means is not known here. Cells without value and formula are left out, so that
formatted but blank rows cost next to nothing.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.errors import UnreadableSource
from loader.source.options import Limits
from loader.source.workbook.package import damaged
from loader.source.workbook.parser import LocalNames, attribute, parse
from loader.source.workbook.places import MOST_COLUMNS, RowCounter

Array: TypeAlias = np.ndarray[Any, Any]
# position, style, type, value (None: the cell has none), and whether there is a formula
StoredCell: TypeAlias = tuple[int, str, str, str | None, bool]
NUMBER_TYPES = {"", "n"}
MOST_HEADS = 100_000
MOST_CELLS_OF_A_ROW = 4 * MOST_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCells:
    """Cells in the order of the sheet. `rows` and `heads` say which of `numbers` and `styles`."""

    numbers: Array  # of the rows, ascending
    rows: Array
    positions: Array
    heads: Array
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
                heads=self.heads[start:end],
                values=self.values.slice(start, end - start),
                formulas=self.formulas[start:end],
                repeated=self.repeated[start:end],
            )

    def of_rows(self, rows: Array) -> Iterator[tuple[int, list[StoredCell]]]:
        """Yield the cells of some rows (a mask): which row it is, and its cells one by one."""
        cells = np.flatnonzero(rows[self.rows])
        styles = [self.styles[head] for head in self.heads[cells].tolist()]
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
        is_number = np.array([type_ in NUMBER_TYPES for _, type_ in self.styles])[self.heads]
        zero = pc.equal(self.values, "0").fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
        placeholder = pa.array(self.formulas & is_number & zero)
        return replace(self, values=pc.if_else(placeholder, None, self.values))


def stored_cells(archive: zipfile.ZipFile, part: str, limits: Limits) -> Iterator[StoredCells]:
    """Yield the cells of a sheet, whole rows at a time."""
    collector = _Collector(limits)
    for _ in parse(archive, part, collector):
        if cells := collector.take():
            yield cells
    if cells := collector.take(finished=True):
        yield cells


class _Collector:
    """Takes cells out of XML. Every cell comes through here, so common names are looked at first.

    A cell is its place (row number × columns + position), the number of its head (its attributes
    without the address), and its value.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._local = LocalNames()
        self._rows = RowCounter()
        self._row_start = 0  # of the cells in the lists, which is the first of the last row
        self._within = False  # of sheetData: elsewhere, "row" and "c" mean other things
        self._listening = False
        self._aside = 0  # inside of phonetic hints
        self._heads: dict[tuple[str, ...], int] = {}
        self._places: list[int] = []
        self._cell_heads: list[int] = []
        self._values: list[str | None] = []
        self._formulas: list[int] = []

    def start(self, name: str, attributes: list[str]) -> None:
        if name == "c":
            if not attributes or attributes[0] != "r":
                attributes = _reordered(attributes)
            self._places.append(self._rows.place(attributes[1]))
            rest = tuple(attributes[2:])
            head = self._heads.get(rest)
            self._cell_heads.append(self._new_head(rest) if head is None else head)
            self._values.append(None)
        elif name == "v":
            self._values[-1] = ""
            self._listening = True
        else:
            self._start_other(name, attributes)

    def _new_head(self, rest: tuple[str, ...]) -> int:
        if len(self._heads) >= MOST_HEADS:
            message = "its cells have more styles than any spreadsheet program writes"
            raise UnreadableSource(message, code="beyond-limits")
        return self._heads.setdefault(rest, len(self._heads))

    def _start_other(self, name: str, attributes: list[str]) -> None:
        local = self._local[name]
        if local == "sheetData":
            self._within = True
        elif not self._within:
            return
        elif local != name:
            self.start(local, attributes)
        elif name == "row":
            before = self._rows.number
            self._rows.start(attributes)
            if self._rows.number != before:
                self._row_start = len(self._values)
        elif name == "f":
            self._formulas.append(len(self._values) - 1)
        elif name == "is":
            self._values[-1] = ""
        elif name == "t":
            self._listening = not self._aside
        elif name == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        self._listening = False
        if name not in {"v", "c"}:
            local = self._local[name]
            if local == "rPh":
                self._aside -= 1
            elif local == "sheetData":
                self._within = False

    def text(self, text: str) -> None:
        if self._listening:
            value = self._values[-1]
            self._values[-1] = self._longer(value, text) if value else text

    def _longer(self, value: str, text: str) -> str:
        if len(value) + len(text) > self._limits.cell_characters:
            raise UnreadableSource(
                f"row {self._rows.number} holds a cell of more than"
                f" {self._limits.cell_characters:,} characters",
                code="beyond-limits",
            )
        return value + text

    def take(self, *, finished: bool = False) -> StoredCells | None:
        """Return the cells of the rows that are whole, or None; begin anew with the others."""
        end = len(self._values) if finished else self._row_start
        if len(self._values) - end > MOST_CELLS_OF_A_ROW:
            raise damaged(f"row {self._rows.number} has more cells than any sheet has columns")
        ended = [cell for cell in self._formulas if cell < end]
        found = self._stored(end, ended)
        for cells in (self._places, self._cell_heads, self._values):
            del cells[:end]
        self._formulas = [cell - end for cell in self._formulas[len(ended) :]]
        self._row_start = 0
        return found

    def _stored(self, end: int, formulas: list[int]) -> StoredCells | None:
        values = pa.array(self._values[:end], pa.string())
        has_formula = np.zeros(end, bool)
        has_formula[formulas] = True
        lengths = pc.binary_length(values).fill_null(0).to_numpy()
        filled = np.flatnonzero(has_formula | (lengths > 0))
        if not len(filled):
            return None
        places = np.array(self._places[:end], np.int64)[filled]
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
            heads=np.array(self._cell_heads[:end], np.int64)[filled],
            styles=[_style(head) for head in self._heads],
            values=values.take(pa.array(filled)),
            formulas=has_formula[filled],
            repeated=repeated,
        )


def _reordered(attributes: list[str]) -> list[str]:
    """Return attributes that begin with "r"; "" where there is no reference."""
    style, type_ = _style(attributes)
    return ["r", attribute(attributes, "r") or "", "s", style, "t", type_]


def _style(head: Sequence[str]) -> tuple[str, str]:
    return attribute(head, "s") or "", attribute(head, "t") or ""
