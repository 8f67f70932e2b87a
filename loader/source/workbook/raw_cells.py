"""The cells of many rows as arrays of what the XML says of them: place, style, type, value.

Rules of this file: pure; what a cell means is not known here. Only what programs write is in the
grammar, and everything else is `UnsupportedMarkup`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.source.workbook.cells import StoredCell
from loader.source.workbook.parser import Array, Grammar, Tags, UnsupportedMarkup, tags_of

AFTER_FORMULA = ("v", "v/", "is", "/c")
SHEET = Grammar(
    {
        "row": ("c", "c/", "/row"), "row/": ("row", "row/"), "/row": ("row", "row/"),
        "c": ("f", "f/", *AFTER_FORMULA), "c/": ("c", "c/", "/row"), "/c": ("c", "c/", "/row"),
        "f": ("/f",), "f/": AFTER_FORMULA, "/f": AFTER_FORMULA,
        "v": ("/v",), "v/": ("/c",), "/v": ("/c",),
        "is": ("t", "t/"), "t": ("/t",), "t/": ("/is",), "/t": ("/is",), "/is": ("/c",),
    },
    with_text=("f", "v", "t"),
)  # fmt: skip
ROW = r'^row r="(?P<number>[0-9]{1,7})"(?: [\w:]+="[^"]*")*\s*/?$'
HEAD = re.compile(r'(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?: (?:cm|vm|ph)="[0-9]+")*\s*/?')
MOST_HEADS = 1 << 12  # of one block
REFERENCE = len('<c r="')


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCells:
    """Cells in the order of the sheet. `rows` and `heads` say which of `numbers` and `styles`."""

    numbers: Array  # of the rows, ascending
    rows: Array
    positions: Array
    heads: Array
    styles: list[tuple[str, str]]  # style and type
    values: pa.StringArray
    formulas: Array

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


def stored_cells(xml: bytes) -> StoredCells:
    """Return the cells of whole rows, or raise UnsupportedMarkup."""
    tags = tags_of(xml, SHEET)
    rows, cells = tags.at("row", "row/"), tags.at("c", "c/")
    numbers = _numbers(tags, rows)
    of = np.searchsorted(rows, cells) - 1
    positions, ends = _references(tags, cells, numbers[of])
    heads = tags.texts(ends + 1, tags.closes[cells]).dictionary_encode()
    if (np.diff(of * 32_768 + positions) <= 0).any() or len(heads.dictionary) > MOST_HEADS:
        raise UnsupportedMarkup
    formulas = np.zeros(len(cells), bool)
    formulas[np.searchsorted(cells, tags.at("f", "f/")) - 1] = True
    return StoredCells(
        numbers=numbers,
        rows=of,
        positions=positions,
        heads=heads.indices.to_numpy(),
        styles=[_style(head) for head in heads.dictionary.to_pylist()],
        values=_values(tags, cells),
        formulas=formulas,
    )


def _numbers(tags: Tags, rows: Array) -> Array:
    heads = tags.texts(tags.opens[rows] + 1, tags.closes[rows])
    found = pc.extract_regex(heads, pattern=ROW)
    if found.null_count:
        raise UnsupportedMarkup
    numbers: Array = pc.cast(pc.struct_field(found, "number"), pa.int64()).to_numpy()
    if numbers[0] < 1 or (np.diff(numbers) <= 0).any():
        raise UnsupportedMarkup
    return numbers


def _references(tags: Tags, cells: Array, numbers: Array) -> tuple[Array, Array]:
    """Return the position of each cell, and where the quote after its reference stands."""
    start = tags.opens[cells] + REFERENCE
    letters = tags.octets[start[:, np.newaxis] + np.arange(3)].astype(np.int64) - ord("A") + 1
    is_letter = np.logical_and.accumulate((letters > 0) & (letters <= 26), axis=1)
    positions = np.zeros(len(cells), np.int64)
    for index in range(3):
        positions = np.where(is_letter[:, index], positions * 26 + letters[:, index], positions)
    digits = np.searchsorted(10 ** np.arange(1, 7), numbers, side="right") + 1
    ends = start + is_letter.sum(axis=1) + digits
    opening = tags.octets[start[:, np.newaxis] + np.arange(-4, 0)]
    if not (
        is_letter[:, 0].all()
        and (ends < tags.closes[cells]).all()
        and (opening == list(b' r="')).all()
        and (tags.octets[ends] == ord('"')).all()
    ):
        raise UnsupportedMarkup
    return positions - 1, ends


def _style(head: str) -> tuple[str, str]:
    found = HEAD.fullmatch(head)
    if found is None:
        raise UnsupportedMarkup
    return found[1] or "", found[2] or ""


def _values(tags: Tags, cells: Array) -> pa.StringArray:
    values = tags.at("v", "t")
    starts, ends = np.zeros((2, len(cells)), np.int64)
    of = np.searchsorted(cells, values) - 1
    starts[of], ends[of] = tags.contents(values)
    return tags.texts(starts, ends)
