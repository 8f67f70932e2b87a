"""Decode many stored cells at once: their texts, their kinds, and which are odd.

The result is that of the `CellReader`, which is called once for each distinct number. Where it
would find a problem, the cell is odd, and the caller lets it read the whole row.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.source.control_characters import CONTROL
from loader.source.parsed_rows import KIND_CODES
from loader.source.workbook.cells import OWN_TEXT, CellReader, no_such_text
from loader.source.workbook.number_format import GENERAL
from loader.source.workbook.raw_cells import NUMBER_TYPES, Array, StoredCells
from loader.source.workbook.shared_strings import with_control_characters, without_escapes
from loader.tables.chunk import CellKind

UNCACHED = KIND_CODES[CellKind.FORMULA_UNCACHED]
NUMBER = KIND_CODES[CellKind.NUMBER]
# Numbers that are stored as they are shown: at most 15 digits, and none below 0.0001.
STORED_AS_SHOWN = r"^(?:0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,3}[1-9])$"
INDEX = r"^\s*[0-9]{1,9}\s*$"


class DecodedCells:
    """For each cell a kind, whether it is odd, and a place in a pool of texts (0: "")."""

    def __init__(self, count: int) -> None:
        self.kinds = np.zeros(count, np.uint8)
        self.odd = np.zeros(count, bool)
        self.places = np.zeros(count, np.int64)
        self._parts = [pa.array([""], pa.string())]
        self._size = 1

    def add_texts(self, cells: Array, texts: pa.Array, picks: Array | None = None) -> None:
        """Give each of the cells one of the texts: the next, or that which `picks` says."""
        self.places[cells] = self._size + (np.arange(len(texts)) if picks is None else picks)
        self._parts.append(texts)
        self._size += len(texts)

    def pool(self) -> pa.StringArray:
        """Return all texts that were added."""
        return pa.concat_arrays(self._parts)


def decode(cells: StoredCells, reader: CellReader) -> DecodedCells:
    """Return the texts and kinds of the cells."""
    found = DecodedCells(len(cells.rows))
    absent = cells.values.is_null().to_numpy(zero_copy_only=False)
    blank = absent | (pc.binary_length(cells.values).fill_null(0).to_numpy() == 0)
    for (style, type_), group in zip(cells.styles, _groups(cells), strict=True):
        if not len(group):
            continue
        filled, empty = group[~blank[group]], group[blank[group]]
        uncached = absent[empty] if type_ in OWN_TEXT else True
        found.kinds[empty[cells.formulas[empty] & uncached]] = UNCACHED
        values = cells.values.take(pa.array(filled))
        if type_ == "s":
            _decode_shared(found, filled, values, reader)
        elif type_ in OWN_TEXT:
            _decode_texts(found, filled, values)
        else:
            _decode_typed(found, filled, values, reader, style=style, type_=type_)
            continue
        found.odd[filled] |= reader.text_format(style).changes_texts
    found.odd |= cells.repeated
    return found


def _groups(cells: StoredCells) -> list[Array]:
    """Return the cells of each style and type."""
    order = np.argsort(cells.style_indexes.astype(np.int32), kind="stable")
    counts = np.bincount(cells.style_indexes, minlength=len(cells.styles))
    return np.split(order, np.cumsum(counts))[:-1]


def _decode_shared(found: DecodedCells, cells: Array, values: pa.Array, reader: CellReader) -> None:
    shared = reader.texts
    is_no_index = pc.invert(pc.match_substring_regex(values, INDEX))
    if pc.any(is_no_index).as_py():
        raise no_such_text(values.filter(is_no_index)[0])
    indexes = pc.cast(pc.utf8_trim_whitespace(values), pa.int64()).to_numpy()
    if len(indexes) and not shared.has(int(indexes.max())):
        raise no_such_text(indexes.max())
    texts, picks = shared.take(indexes)
    found.add_texts(cells, texts, picks)
    found.odd[cells] = with_control_characters(texts)[picks]


def _decode_texts(found: DecodedCells, cells: Array, values: pa.Array) -> None:
    texts = without_escapes(values)
    found.add_texts(cells, texts)
    found.odd[cells] = with_control_characters(texts)


def _decode_typed(
    found: DecodedCells,
    cells: Array,
    values: pa.Array,
    reader: CellReader,
    *,
    style: str,
    type_: str,
) -> None:
    if type_ in NUMBER_TYPES and reader.number_format(style) == GENERAL:
        shown = pc.match_substring_regex(values, STORED_AS_SHOWN).to_numpy(zero_copy_only=False)
        found.add_texts(cells[shown], values.filter(pa.array(shown)))
        found.kinds[cells[shown]] = NUMBER
        cells, values = cells[~shown], values.filter(pa.array(~shown))
    distinct = values.dictionary_encode()
    meanings = [
        reader.value((0, style, type_, value, False)) for value in distinct.dictionary.to_pylist()
    ]
    picks = distinct.indices.to_numpy()
    odd = [each.problem is not None or bool(CONTROL.search(each.text)) for each in meanings]
    found.add_texts(cells, pa.array([each.text for each in meanings], pa.string()), picks)
    found.kinds[cells] = np.array([KIND_CODES[each.kind] for each in meanings], np.uint8)[picks]
    found.odd[cells] = np.array(odd, bool)[picks]
