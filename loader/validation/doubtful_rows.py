"""Rows that may not be what they seem: some of their cells, or of other rows, are elsewhere.

Such a problem is told whatever its cell is for. It would be missed otherwise: a text in a column
that is not read may hold whole rows.
"""

from typing import Final

DOUBTFUL: Final = frozenset({"swallowed-rows", "ragged-row", "repeated-cell", "not-confirmed"})
