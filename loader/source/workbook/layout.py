"""What a sheet says about its rows outside of the cells: merged areas, hidden rows.

Excel writes merged areas behind the cells, so the sheet's bytes are looked through once before.
Rules of this file: no XML parser; flat memory; areas are bounded.
"""

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from loader.errors import UnreadableSource
from loader.source.batch import RawProblem, RawRow, Remark
from loader.source.workbook.rows import position_of
from loader.tables.chunk import column_letters

# Some rows of a sheet, as a byte for each of its rows: a filtered sheet may hide a million.


class RowNumbers(Collection[int]):
    """Row numbers, in their order."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._flags = bytearray()
        self.update(numbers)

    def add(self, number: int) -> None:
        """Add a row; twice is once."""
        missing = number + 1 - len(self._flags)
        if missing > 0:
            self._flags.extend(bytes(missing))
        self._flags[number] = 1

    def update(self, numbers: Iterable[int]) -> None:
        """Add rows."""
        for number in numbers:
            self.add(number)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._flags[number : number + 1] == b"\1"

    def __iter__(self) -> Iterator[int]:
        number = self._flags.find(1)
        while number >= 0:
            yield number
            number = self._flags.find(1, number + 1)

    def __len__(self) -> int:
        return self._flags.count(1)


BLOCK = 1 << 20
OVERLAP = 400
MERGED = re.compile(rb'mergeCell [^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
HIDDEN = re.compile(rb'<(?:\w+:)?row [^>]*?hidden="(?:1|true)"')
NUMBER = re.compile(rb' r="([0-9]{1,7})"')
MOST_MERGED = 500_000


@dataclass(slots=True)
class SheetFacts:
    """Rows that are hidden, and cells covered by a merged area: row -> (first, last, area)."""

    hidden: RowNumbers = field(default_factory=RowNumbers)
    covered: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    _budget: int = MOST_MERGED

    def remarks(self, *, skipped: bool) -> tuple[Remark, ...]:
        """Say how many rows nobody sees."""
        if not self.hidden:
            return ()
        shown = ", ".join(str(number) for number in islice(self.hidden, 5))
        more = ", …" if len(self.hidden) > 5 else ""
        done = "they are left out" if skipped else "they are loaded like the others"
        message = f"{len(self.hidden)} rows are hidden or filtered out ({shown}{more}); {done}"
        return (Remark(code="hidden-rows", message=message),)

    def cover(self, left: int, top: int, right: int, bottom: int) -> None:
        """Take down a merged area, of columns from 0 and rows from 1."""
        self._budget -= bottom - top + 1
        if self._budget < 0:
            raise UnreadableSource(
                "the sheet has too many merged areas; unmerge its cells", code="beyond-limits"
            )
        area = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"
        for number in range(top, bottom + 1):
            start = left + 1 if number == top else left
            if start <= right:
                self.covered.setdefault(number, []).append((start, right, area))

    def mark(self, row: RawRow) -> None:
        """Add a problem for each blank cell whose text stands elsewhere in a merged area."""
        for first, last, area in self.covered.get(row.number, ()):
            width = max(len(row.cells), first + 1)
            for position in range(first, min(last + 1, width)):
                if position < len(row.cells) and row.cells[position].strip():
                    continue
                problem = RawProblem(
                    position=position,
                    code="merged-cells",
                    message=f"is part of the merged area {area}, whose text is in one cell",
                    suggestion="unmerge the area and fill every cell",
                )
                row.problems = [*(row.problems or ()), problem]


def read_facts(archive: zipfile.ZipFile, part: str) -> SheetFacts:
    """Look through the bytes of a sheet of .xlsx."""
    facts = SheetFacts()
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK):
            text = rest + block
            if b'hidden="1"' in text or b'hidden="true"' in text:
                for row in HIDDEN.finditer(text):
                    number = NUMBER.search(row[0])
                    if number:
                        facts.hidden.add(int(number[1]))
            if b"mergeCell " in text:
                for area in MERGED.finditer(text):
                    left, top, right, bottom = (piece.decode() for piece in area.groups())
                    facts.cover(position_of(left), int(top), position_of(right), int(bottom))
            rest = text[max(text.rfind(b"<"), len(text) - OVERLAP) :]
    return facts
