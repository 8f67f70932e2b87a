"""Which row of a sheet holds the headings: the parsers' process asks, so nothing heavy is imported.

A row counts when it holds at least two known headings, and little else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loader.tables.fold_headings import fold

_NUMBER: Final = re.compile(r"_?[1-9][0-9]{0,3}$")
_ATTRIBUTE_HEADING: Final = re.compile(r"\s*attr(?:ibute)?\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHeadings:
    """The headings that can be expected, folded. Called with the cells of a row."""

    words: frozenset[str]

    def __call__(self, cells: Sequence[str]) -> bool:
        """Say whether these cells look like the header."""
        filled = [cell for cell in cells if cell.strip()]
        known = {cell for cell in filled if self._is_known(cell)}
        return len(known) >= 2 and 2 * len(known) >= len(filled)

    def _is_known(self, cell: str) -> bool:
        folded = fold(cell[:200])
        return (
            folded in self.words
            or _NUMBER.sub("", folded) in self.words
            or _ATTRIBUTE_HEADING.match(cell) is not None
        )
