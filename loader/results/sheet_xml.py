"""The rows of one sheet of a workbook as XML: strings stay strings, memory stays flat.

A cell is an inline string or one of our own numbers, never a formula; a blank cell is not written.
XlsxWriter makes everything but the rows (see `long_sheet`). Writing the rows here costs a fraction
of what XlsxWriter and openpyxl take; the fast writers in Rust have no links and no styles by cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from types import MappingProxyType
from typing import IO, Final

from loader.results.cell_text import CELL_LIMIT, shorten, xml_plain, xml_text
from loader.tables.addresses import column_letters

ROW_LIMIT: Final = 1_048_576  # rows of a sheet, the header included
BYTE_LIMIT: Final = 1_800_000_000  # below what an archive member holds without ZIP64
_BUFFER_ROWS: Final = 256
_CACHE_LIMIT: Final = 64  # templates and styled shapes of a shape; most rows are like others
_SAFE_LINE: Final = CELL_LIMIT // 2

Cell = tuple[str, str, str]  # what comes before the row number, before the text, after it


def text_cell(position: int, style: int) -> Cell:
    """Return the XML around the text of a cell of this column."""
    start = f'" s="{style}" t="inlineStr"><is><t>'
    return f'<c r="{column_letters(position)}', start, "</t></is></c>"


def number_cell(position: int, style: int) -> Cell:
    """Return the XML around a number of ours in this column."""
    return f'<c r="{column_letters(position)}', f'" s="{style}"><v>', "</v></c>"


@dataclass(frozen=True, slots=True)
class Shape:
    """The XML around every cell of a row."""

    cells: tuple[Cell, ...]
    marked: frozenset[int] = frozenset()  # positions written even when blank: their look counts
    _templates: dict[tuple[bool, ...], str] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _styled: dict[tuple[tuple[tuple[int, int], ...], ...], "Shape"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def styled(
        self, styles: Mapping[int, int], numbers: Mapping[int, int] = MappingProxyType({})
    ) -> "Shape":
        """Return this shape with texts and `numbers` at these positions, in these styles."""
        key = tuple(styles.items()), tuple(numbers.items())
        known = self._styled.get(key)
        if known is None:
            cells = list(self.cells)
            for position, style in styles.items():
                cells[position] = text_cell(position, style)
            for position, style in numbers.items():
                cells[position] = number_cell(position, style)
            if len(self._styled) >= _CACHE_LIMIT:
                self._styled.clear()
            known = self._styled[key] = Shape(tuple(cells), self.marked.union(styles))
        return known

    def template(self, written: tuple[bool, ...]) -> str:
        """Return a row with the `written` cells: `%s` is for a text, NUL for its number."""
        known = self._templates.get(written)
        if known is None:
            if len(self._templates) >= _CACHE_LIMIT:
                self._templates.clear()
            cells = (
                f"{before}\0{start}%s{end}" for before, start, end in compress(self.cells, written)
            )
            known = self._templates[written] = f'<row r="\0">{"".join(cells)}</row>'
        return known


@lru_cache(maxsize=256)
def _preserving_blanks(shape: Shape) -> Shape:
    """Return `shape` for texts that begin or end with blanks, which XML readers may drop."""
    cells = tuple(
        (before, start.replace("<t>", '<t xml:space="preserve">'), end)
        for before, start, end in shape.cells
    )
    return Shape(cells, shape.marked)


class SheetRows:
    """Writes the rows of one sheet to a binary file."""

    def __init__(self, file: IO[bytes]) -> None:
        self.row_number = 0  # of the last row written, as the spreadsheet shows it
        self.cut_cells = 0
        self._file = file
        self._bytes = 0
        self._buffer: list[str] = []

    @property
    def is_full(self) -> bool:
        """Whether the next row needs another sheet."""
        return self.row_number >= ROW_LIMIT or self._bytes >= BYTE_LIMIT

    def write(self, shape: Shape, texts: Sequence[str], *, at: int = 0) -> int:
        """Write a row, one text for each cell of `shape`, no higher than `at`; return its number.

        `at` keeps the numbers of a source: where it is beyond the last row, rows are left out.
        """
        self.row_number = max(self.row_number + 1, at if at <= ROW_LIMIT else 0)
        number = self.row_number
        line = "|".join(("", *texts, ""))
        is_plain = line.isprintable() and len(line) <= _SAFE_LINE
        if not is_plain or "| " in line or " |" in line:
            shape = _preserving_blanks(shape)
        safe = self._safe(line, texts) if is_plain else self._escaped(texts)
        written = list(map(bool, texts))
        for position in shape.marked:
            written[position] = True
        row = shape.template(tuple(written)) % tuple(compress(safe, written))
        self._buffer.append(row.replace("\0", str(number)))
        if len(self._buffer) >= _BUFFER_ROWS:
            self.flush()
        return number

    def flush(self) -> None:
        """Write the buffered rows to the file."""
        data = "".join(self._buffer).encode()
        self._buffer.clear()
        self._bytes += len(data)
        self._file.write(data)

    def _escaped(self, texts: Sequence[str]) -> Sequence[str]:
        return [xml_text(self._shortened(text)) for text in texts]

    def _safe(self, line: str, texts: Sequence[str]) -> Sequence[str]:
        if "&" in line or "<" in line or "_x" in line:
            return xml_plain("\n".join(texts)).split("\n")  # no cell has a line end
        return texts

    def _shortened(self, text: str) -> str:
        short = shorten(text)
        if short is not text:
            self.cut_cells += 1
        return short
