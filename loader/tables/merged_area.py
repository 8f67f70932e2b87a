"""A merged area of a sheet, as spreadsheets and our messages name it: "A2:D3"."""

import re
from dataclasses import dataclass
from typing import Final

from loader.tables.addresses import column_letters, column_position

_NAMED: Final = re.compile(r"\bmerged area ([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)\b")


@dataclass(frozen=True, slots=True)
class Area:
    """A merged area: rows from 1, columns from 0, both ends inside."""

    left: int
    top: int
    right: int
    bottom: int

    def __str__(self) -> str:
        first = f"{column_letters(self.left)}{self.top}"
        return f"{first}:{column_letters(self.right)}{self.bottom}"


def area_in(message: str) -> Area | None:
    """Return the merged area that a message of the reader names."""
    found = _NAMED.search(message)
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    return Area(column_position(left), int(top), column_position(right), int(bottom))
