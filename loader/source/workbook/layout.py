"""What a sheet defines about its rows and columns beside the cells: merged areas, what is hidden.

Excel writes merged areas behind the cells, so the sheet is parsed once before for them; but only
where its bytes hold the words.
"""

import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from loader.errors import UnreadableSource
from loader.source.parsed_rows import RawProblem, RawRow, Remark, TableHead
from loader.source.workbook.cell_references import MOST_COLUMNS, REFERENCE, RowCounter
from loader.source.workbook.parser import BLOCK, LocalNames, attribute, parse
from loader.tables.addresses import column_letters, column_position, short_heading
from loader.tables.merged_area import Area


class RowNumbers(Collection[int]):
    """Row numbers in order, a byte for each row: a filtered sheet may hide a million."""

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


WORDS = (b"hidden", b"mergeCell", b"h\0i\0d\0", b"m\0e\0r\0g\0e\0")  # in UTF-16, too
LAYOUT_WORDS = (b"hidden", b"Data")  # of rows
OVERLAP = 32
TRUE = {"1", "true"}
TALL = 1_000  # rows; such areas are looked through one by one, so there may be few
MOST_TALL = 200
MOST_MERGED = 500_000


@dataclass(slots=True)
class SheetLayout:
    """What is hidden, and which cells lie under merged areas."""

    hidden: RowNumbers = field(default_factory=RowNumbers)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    _merged: dict[int, list[Area]] = field(default_factory=dict)  # by row
    _tall: list[Area] = field(default_factory=list)
    _budget: int = MOST_MERGED

    @property
    def has_merged_cells(self) -> bool:
        """Tell whether any cells are merged."""
        return bool(self._merged or self._tall)

    def __contains__(self, number: object) -> bool:
        """Tell whether a merged area reaches into the row."""
        return isinstance(number, int) and bool(self._areas(number))

    def _areas(self, number: int) -> list[Area]:
        tall = [area for area in self._tall if area.top <= number <= area.bottom]
        return self._merged.get(number, []) + tall

    def merge(self, left: int, top: int, right: int, bottom: int) -> None:
        """Add a merged area."""
        area = Area(left, top, right, bottom)
        is_tall = bottom - top >= TALL
        self._budget -= MOST_MERGED // MOST_TALL if is_tall else bottom - top + 1
        if self._budget < 0:
            raise UnreadableSource(
                "the sheet has too many merged areas; unmerge its cells", code="beyond-limits"
            )
        if is_tall:
            self._tall.append(area)
            return
        for number in range(top, bottom + 1):
            self._merged.setdefault(number, []).append(area)

    def remarks(self, *, skipped: bool) -> tuple[Remark, ...]:
        """Return a remark on hidden rows: how many they are."""
        count = len(self.hidden)
        if not count:
            return ()
        shown = ", ".join(str(number) for number in islice(self.hidden, 5))
        more = ", …" if count > 5 else ""
        are, they = ("row is", "it is") if count == 1 else ("rows are", "they are")
        done = "left out" if skipped else "loaded like the others"
        message = f"{count} {are} hidden or filtered out ({shown}{more}); {they} {done}"
        return (Remark(code="hidden-rows", message=message),)

    def with_hidden_columns(self, head: TableHead) -> TableHead:
        """Return the head with a remark on the hidden columns of the table."""
        positions = sorted(
            {
                position
                for first, last in self.hidden_columns
                for position in range(first, min(last + 1, len(head.header)))
                if head.header[position]
            }
        )
        if not positions:
            return head
        names = [f"{column_letters(p)} ({short_heading(head.header[p])})" for p in positions[:10]]
        more = ", …" if len(positions) > 10 else ""
        message = f"hidden columns are read like the others: {', '.join(names)}{more}"
        remark = Remark(code="hidden-columns", message=message)
        return replace(head, remarks=(*head.remarks, remark))

    def mark(self, row: RawRow, width: int) -> None:
        """Add a problem for each cell under a merged area: its text is elsewhere, or unseen.

        Right of the header (`width`) only a text is one.
        """
        for area in self._areas(row.number):
            first = area.left + (row.number == area.top)
            for position in range(first, min(area.right + 1, max(len(row.cells), first + 1))):
                text = row.cells[position] if position < len(row.cells) else ""
                if position < width or text.strip():
                    row.problems = [*(row.problems or ()), _merged(position, text, area)]


def _merged(position: int, text: str, area: Area) -> RawProblem:
    message = f"is part of the merged area {area}, whose text is in its first cell"
    if text.strip():
        message = f"lies under the merged area {area}, so nobody sees its text"
    return RawProblem(
        position=position,
        code="merged-cells",
        message=message,
        value=text,
        suggestion="unmerge the area and fill every cell",
    )


def read_layout(archive: zipfile.ZipFile, part: str) -> SheetLayout:
    """Return the layout of a sheet of .xlsx."""
    layout = SheetLayout()
    if _has_words(archive, part):
        for _ in parse(archive, part, _Handler(layout), row_marks=LAYOUT_WORDS):
            pass
    return layout


def _has_words(archive: zipfile.ZipFile, part: str) -> bool:
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(BLOCK):
            joined = rest + block
            if any(word in joined for word in WORDS):
                return True
            rest = block[-OVERLAP:]
    return False


class _Handler:
    def __init__(self, layout: SheetLayout) -> None:
        self._layout = layout
        self._local = LocalNames()
        self._rows = RowCounter()
        self._within = self._hides = self._found_cell = False

    def start(self, name: str, attributes: list[str]) -> None:
        if name == "v" or (name == "c" and self._found_cell):
            return
        local = self._local[name]
        if local == "c" and self._within and not self._found_cell:
            self._found_cell = True  # a row without a number has that of its first cell
            self._rows.pack_position(attribute(attributes, "r") or "")
        elif local == "row" and self._within:
            self._rows.start(attributes)
            self._found_cell = False
            self._hides = attribute(attributes, "hidden") in TRUE
        elif local == "sheetData":
            self._within = True
        elif local == "col" and attribute(attributes, "hidden") in TRUE:
            first, last = (int(attribute(attributes, key) or 0) for key in ("min", "max"))
            if 1 <= first <= last <= MOST_COLUMNS:
                self._layout.hidden_columns.append((first - 1, last - 1))
        elif local == "mergeCell":
            self._merge(attribute(attributes, "ref") or "")

    def _merge(self, reference: str) -> None:
        ends = [REFERENCE.fullmatch(end) for end in reference.split(":")]
        if len(ends) == 2 and ends[0] and ends[1]:
            (left, top), (right, bottom) = ends[0].groups(), ends[1].groups()
            self._layout.merge(column_position(left), int(top), column_position(right), int(bottom))

    def end(self, name: str) -> None:
        if name not in {"v", "c"}:
            local = self._local[name]
            if local == "row" and self._hides:
                self._layout.hidden.add(self._rows.number)
                self._hides = False
            elif local == "sheetData":
                self._within = False

    def text(self, text: str) -> None:
        """Text means nothing here."""
