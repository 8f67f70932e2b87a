"""The column that the loader adds to a workbook of rows to fix, and ignores when it is read.

The heading is reserved, whatever its case or punctuation. Most errors are found again when the
cells are checked; what only the reader of the first file could see (a shifted row, an error cell, a
number already cut) is not, because cells have become text. Such a row says so in its cell of this
column, and is not sent until that cell is cleared.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from loader.messages.catalogue import CODES, codes_of
from loader.model import LONGEST_VALUE, RowError, Severity
from loader.tables.chunk import Chunk, cell_address
from loader.tables.fold_headings import fold

HEADING: Final = "loader: what is wrong"
CONFIRM: Final = "Fix the row, then clear this cell"
_ONLY_IN_SOURCE: Final = frozenset(
    {*codes_of("reading"), "unnamed-column", "number-precision"}
    | {"control-character", "cell-too-long"}
)
# A check of texts gives these, too, in its own words: then it finds them again.
_ALSO_IN_TEXTS: Final = frozenset({"mojibake", "bad-date", "bad-number"})


def is_reserved(heading: str) -> bool:
    """Say whether a column is the repair column."""
    return fold(heading) == fold(HEADING)


def is_only_in_source(code: str) -> bool:
    """Say whether only the reader of the source finds this code, not a check of texts."""
    return code in _ONLY_IN_SOURCE


def must_be_confirmed(error: RowError) -> bool:
    """Say whether a row that has an error is to be looked at, because texts would not show it."""
    if error.severity is not Severity.ERROR:
        return False
    if error.code in _ALSO_IN_TEXTS:
        return _words_of_checks(error.code) not in error.message
    return error.code in _ONLY_IN_SOURCE


def _words_of_checks(code: str) -> str:
    """Return what every message of a check of texts with this code has in it."""
    return max(re.split(r"\{\w+\}", CODES[code].message), key=len)


def unconfirmed(chunk: Chunk, header: Sequence[str], *, sheet: str) -> Iterable[RowError]:
    """Yield an error for each row that was to be fixed and confirmed, and was not."""
    for position in (i for i, heading in enumerate(header) if is_reserved(heading)):
        cells = chunk.frame[position]
        for number, text in cells[cells.str.startswith(CONFIRM)].items():
            yield RowError(
                row_number=int(number),  # type: ignore[call-overload]  # the index holds numbers
                column=header[position],
                cell=cell_address(sheet, int(number), position),  # type: ignore[call-overload]  # as above
                code="not-confirmed",
                message="the row must be fixed, and then this cell must be cleared",
                suggestion="compare the row with what the cell says, then clear the cell",
                value=str(text)[:LONGEST_VALUE],
            )


def without_repair_column(chunk: Chunk, header: Sequence[str], *, sheet: str) -> Chunk:
    """Return `chunk` without the repair column, which is its last: no other column moves.

    So no part of the loader, and no mapping, needs to know of it.
    """
    last = len(header) - 1
    return replace(
        chunk,
        frame=chunk.frame.iloc[:, :last],
        kinds={place: kind for place, kind in chunk.kinds.items() if place[1] != last},
        problems=(
            *(problem for problem in chunk.problems if problem.column != header[last]),
            *unconfirmed(chunk, header, sheet=sheet),
        ),
    )
