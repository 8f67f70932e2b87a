"""What many stored cells mean, all at once: their texts, their kinds, and which are odd.

What repeats is asked of the `CellReader` once; what is stored as it is shown is taken as it stands.
Rules of this file: a cell means here what it means to the `CellReader`. Where that would find
something wrong, the cell is odd, and the caller asks it for the whole row.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.source.batch import KIND_CODES
from loader.source.delimited.records import CONTROL
from loader.source.workbook.cells import OWN_TEXT, CellReader
from loader.source.workbook.parser import Array, UnsupportedMarkup
from loader.source.workbook.raw_cells import StoredCells
from loader.source.workbook.shared import controlled, without_escapes
from loader.source.workbook.values import PLAIN
from loader.tables.chunk import CellKind

UNCACHED = KIND_CODES[CellKind.FORMULA_UNCACHED]
NUMBER = KIND_CODES[CellKind.NUMBER]
NUMBER_TYPES = {"", "n"}
# Numbers that are stored as they are shown: at most 15 digits, and none below 0.0001.
AS_SHOWN = r"^(?:0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,3}[1-9])$"


class Meanings:
    """For each cell a kind, whether it is odd, and a place in a pool of texts (0: "")."""

    def __init__(self, count: int) -> None:
        self.kinds = np.zeros(count, np.uint8)
        self.odd = np.zeros(count, bool)
        self.places = np.zeros(count, np.int64)
        self._parts = [pa.array([""], pa.string())]
        self._size = 1

    def put(self, cells: Array, texts: pa.Array, picks: Array | None = None) -> None:
        """Give each of the cells one of the texts: the next, or that which `picks` says."""
        self.places[cells] = self._size + (np.arange(len(texts)) if picks is None else picks)
        self._parts.append(texts)
        self._size += len(texts)

    def pool(self) -> pa.StringArray:
        """Return all texts that were put."""
        return pa.concat_arrays(self._parts)


def meanings_of(cells: StoredCells, reader: CellReader) -> Meanings:
    """Return what the cells mean."""
    found = Meanings(len(cells.rows))
    blank = pc.equal(pc.binary_length(cells.values), 0).to_numpy(zero_copy_only=False)
    for (style, type_), group in zip(cells.styles, _groups(cells), strict=True):
        filled, empty = group[~blank[group]], group[blank[group]]
        if type_ not in OWN_TEXT:
            found.kinds[empty[cells.formulas[empty]]] = UNCACHED
        values = cells.values.take(pa.array(filled))
        if type_ == "s":
            _put_shared(found, filled, values, reader)
        elif type_ in OWN_TEXT:
            _put_texts(found, filled, values)
        else:
            _put_typed(found, filled, values, reader, style=style, type_=type_)
    return found


def _groups(cells: StoredCells) -> list[Array]:
    """Return the cells of each style and type."""
    order = np.argsort(cells.heads.astype(np.uint16), kind="stable")
    counts = np.bincount(cells.heads, minlength=len(cells.styles))
    return np.split(order, np.cumsum(counts))[:-1]


def _put_shared(found: Meanings, cells: Array, values: pa.Array, reader: CellReader) -> None:
    shared = reader.texts
    indexes = pc.cast(values, pa.int64()).to_numpy()
    if ((indexes < 0) | (indexes >= len(shared))).any():
        raise UnsupportedMarkup
    texts, picks = shared.take(indexes)
    found.put(cells, texts, picks)
    found.odd[cells] = controlled(texts)[picks]


def _put_texts(found: Meanings, cells: Array, values: pa.Array) -> None:
    texts = without_escapes(values)
    found.put(cells, texts)
    found.odd[cells] = controlled(texts)


def _put_typed(
    found: Meanings, cells: Array, values: pa.Array, reader: CellReader, *, style: str, type_: str
) -> None:
    if type_ in NUMBER_TYPES and reader.look(style) == PLAIN:
        shown = pc.match_substring_regex(values, AS_SHOWN).to_numpy(zero_copy_only=False)
        found.put(cells[shown], values.filter(pa.array(shown)))
        found.kinds[cells[shown]] = NUMBER
        cells, values = cells[~shown], values.filter(pa.array(~shown))
    distinct = values.dictionary_encode()
    known = [
        reader.value((0, style, type_, value, False)) for value in distinct.dictionary.to_pylist()
    ]
    picks = distinct.indices.to_numpy()
    odd = [each.problem is not None or bool(CONTROL.search(each.text)) for each in known]
    found.put(cells, pa.array([each.text for each in known], pa.string()), picks)
    found.kinds[cells] = np.array([KIND_CODES[each.kind] for each in known], np.uint8)[picks]
    found.odd[cells] = np.array(odd, bool)[picks]
