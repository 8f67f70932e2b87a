"""Which rows a mapping skips, because they are no offers.

A row is skipped for what is in its cells. So it is not where that is not sure: a row that may have
swallowed others, or whose cells may have shifted, or a cell whose text is not known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow.compute as pc

from loader.messages.catalogue import CODES
from loader.model import RowError, Severity
from loader.profile.bind import BoundProfile
from loader.profile.model import SkipRule
from loader.tables.addresses import position_in, short_heading
from loader.tables.arrow import Mask, Text, by_distinct, filled, matching, text_of, texts_of
from loader.tables.chunk import CellKind, Chunk, cell_address
from loader.tables.fold_words import fold_word
from loader.tables.merged_area import area_in
from loader.validation.doubtful_rows import DOUBTFUL
from loader.validation.suggestions import ADVICE

_SHIFTED: Final = "ragged-row"  # all cells but the first, before which none can be missing
_UNCACHED: Final = "formula-no-value"


def skip_mask(bound: BoundProfile, chunk: Chunk) -> Mask:
    """Return which rows are not offers."""
    skip = np.zeros(len(chunk.frame), dtype=bool)
    if not bound.skips:
        return skip
    errors = [each for each in chunk.problems if each.severity is Severity.ERROR]
    shifted = {each.row_number for each in errors if each.code == _SHIFTED}
    doubtful = {each.row_number for each in errors if each.code in DOUBTFUL - {_SHIFTED}}
    unknown = _rows_with_unknown_cells(bound, chunk)
    for position, rule in bound.skips:
        spared = doubtful | unknown[position] | (shifted if position else set())
        skip |= _matches(text_of(chunk.frame[position]), rule) & ~_rows(chunk, spared)
    return skip


def undecided_skips(
    bound: BoundProfile, chunk: Chunk, skip: Mask, *, sheet: str
) -> Iterator[RowError]:
    """Yield an error for each cell whose text is not known, but would decide on its row."""
    unknown = _rows_with_unknown_cells(bound, chunk)
    merged = {each.cell: each for each in _under_merged_areas(chunk.problems)}
    for position in dict.fromkeys(at for at, _ in bound.skips if unknown[at]):
        rules = [rule for at, rule in bound.skips if at == position]
        text = text_of(chunk.frame[position])
        would = np.any([_matches(text, rule) for rule in rules], axis=0)
        for number in chunk.frame.index[would & ~skip & _rows(chunk, unknown[position])].tolist():
            cell = cell_address(sheet, number, position)
            yield merged.get(cell) or _without_value(number, bound.header[position].strip(), cell)


def _rows(chunk: Chunk, numbers: Iterable[int]) -> Mask:
    return np.asarray(chunk.frame.index.isin(list(numbers)), dtype=bool)


def _matches(text: Text, rule: SkipRule) -> Mask:
    if rule.matches is not None:
        return matching(text, rule.matches)
    if rule.blank:
        return ~filled(pc.utf8_trim_whitespace(text))
    words = {fold_word(word) for word in rule.equals}
    return by_distinct(
        text, lambda cells: np.array([fold_word(cell) in words for cell in texts_of(cells)], bool)
    )


def _rows_with_unknown_cells(bound: BoundProfile, chunk: Chunk) -> Mapping[int, set[int]]:
    """Return, by the position, the rows whose cell in a column of a rule has a text not known."""
    rows: defaultdict[int, set[int]] = defaultdict(set)
    if not bound.skips:
        return rows
    for (number, position), kind in chunk.kinds.items():
        if kind is CellKind.FORMULA_UNCACHED:
            rows[position].add(number)
    for problem in _under_merged_areas(chunk.problems):
        if (at := position_in(problem.cell)) is not None:
            rows[at].add(problem.row_number)
    return rows


def _under_merged_areas(problems: Iterable[RowError]) -> Iterator[RowError]:
    """Yield cells that lie under an area of several rows, or have a text that nobody sees.

    An area of one row is a heading or a total: what is right of its first cell is blank.
    """
    for problem in problems:
        area = area_in(problem.message) if problem.code == "merged-cells" else None
        if area is not None and (area.top < area.bottom or problem.value.strip()):
            yield problem


def _without_value(number: int, heading: str, cell: str) -> RowError:
    known = CODES[_UNCACHED]
    return RowError(
        row_number=number,
        column=heading,
        cell=cell,
        code=_UNCACHED,
        message=known.message.format(
            column=short_heading(heading), expected="what tells whether the row is an offer"
        ),
        suggestion=ADVICE[_UNCACHED],
        severity=known.severity,
    )
