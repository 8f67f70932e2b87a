"""Where cells are: row numbers and references, given or left out, in any case."""

import re

from loader.source.workbook.package import damaged
from loader.source.workbook.parser import attribute
from loader.tables.addresses import column_position

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


class RowCounter:
    """Numbers the rows and cells of a sheet, in the order of its XML.

    A row without a number takes it from its first cell, or is the next one; a cell without a
    reference is right of the one before. Rows that share a number are one row in several pieces,
    as some exporters write it.
    """

    def __init__(self) -> None:
        self.number = 0
        self._text = ""  # the number of the row as references of its cells end; "": not known yet
        self._first = 0  # packed position of the row's first column
        self._next = 0
        self._positions: dict[str, int] = {}

    def start(self, attributes: list[str]) -> None:
        """Begin a row."""
        given = attribute(attributes, "r")
        if given is None:
            self._move_to(self.number + 1)
            self._text = ""
        elif given.isdecimal():
            self._move_to(int(given))
        else:
            raise damaged(f'"{given[:20]}" is no number of a row')

    def _move_to(self, number: int) -> None:
        if not 1 <= number <= MOST_ROWS:
            raise damaged(f"row {str(number)[:20]} is outside of any sheet")
        if number < self.number:
            raise damaged(f"row {number} is below row {self.number}")
        if number != self.number:
            self._next = 0
        self.number, self._text = number, str(number)
        self._first = number * MOST_COLUMNS

    def pack_position(self, reference: str) -> int:
        """Return the next cell as one number: row number × MOST_COLUMNS + column position."""
        letters = reference.removesuffix(self._text)
        position = self._positions.get(letters)
        if position is None or len(letters) == len(reference):
            position = self._position(reference)
        self._next = position + 1
        return self._first + position

    def _position(self, reference: str) -> int:
        if not reference:
            self._text = self._text or str(self.number)
            return self._next
        found = REFERENCE.fullmatch(reference)
        if found is None:
            raise damaged(f'"{reference[:20]}" is no reference of a cell')
        letters, number = found.groups()
        if not self._text:
            self._move_to(int(number))
        if int(number) != self.number:
            raise damaged(f"the cell {reference} is in row {self.number}")
        position = column_position(letters)
        if position >= MOST_COLUMNS:
            raise damaged(f"the cell {reference} is outside of any sheet")
        self._positions[letters] = position
        return position
