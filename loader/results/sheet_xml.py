"""One sheet of a workbook, written row by row as XML: strings stay strings, memory stays flat.

Rules of this file: a cell is an inline string or one of our own numbers, never a formula; a blank
cell is not written; a sheet that is full says so, and its owner begins the next one. XlsxWriter
makes everything but the rows (see `skeleton`).

Why by hand: for 100,000 rows of 24 columns this takes about a twentieth of XlsxWriter's time and
a thirtieth of openpyxl's; the fast writers in Rust have no links and no styles by cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from loader.results.text import CELL_LIMIT, shorten, xml_plain, xml_text

ROW_LIMIT: Final = 1_048_576  # rows of a sheet, the header included
BYTE_LIMIT: Final = 1_800_000_000  # below what an archive member holds without ZIP64
_BUFFER_ROWS: Final = 256
_SAFE_LINE: Final = CELL_LIMIT // 2

Cell = tuple[str, str, str]  # what stands before the row number, before the text, after it


def column_letters(position: int) -> str:
    """Return the letters of the column at `position`, counted from 0: A, B … Z, AA …"""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def text_cell(position: int, style: int) -> Cell:
    """Return the XML around the text of a cell of this column."""
    start = f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
    return f'<c r="{column_letters(position)}', start, "</t></is></c>"


def number_cell(position: int, style: int) -> Cell:
    """Return the XML around a number of ours in this column."""
    return f'<c r="{column_letters(position)}', f'" s="{style}"><v>', "</v></c>"


class Sink(Protocol):
    """Where rows go: a member of an archive, or a spool."""

    def write(self, data: bytes, /) -> object:
        """Take in `data`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The XML around every cell of a row."""

    cells: tuple[Cell, ...]
    marked: frozenset[int] = frozenset()  # positions written even when blank: their look counts

    def styled(self, styles: Mapping[int, int]) -> "Shape":
        """Return this shape with the text cells at these positions in other styles."""
        cells = list(self.cells)
        for position, style in styles.items():
            cells[position] = text_cell(position, style)
        return Shape(tuple(cells), self.marked.union(styles))


class SheetRows:
    """Writes the rows of one sheet to a binary file."""

    def __init__(self, file: Sink) -> None:
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

        `at` keeps the numbers of a source: where it lies behind the last row, rows are left out.
        """
        self.row_number = max(self.row_number + 1, at if at <= ROW_LIMIT else 0)
        number = self.row_number
        cells = "".join(
            [
                f"{before}{number}{start}{text}{end}"
                for (before, start, end), text in zip(shape.cells, self._safe(texts), strict=True)
                if text
            ]
        )
        if not all(texts[position] for position in shape.marked):
            cells = self._with_blanks(shape, texts)
        self._buffer.append(f'<row r="{number}">{cells}</row>')
        if len(self._buffer) >= _BUFFER_ROWS:
            self.flush()
        return number

    def flush(self) -> None:
        """Hand what was written to the file."""
        data = "".join(self._buffer).encode()
        self._buffer.clear()
        self._bytes += len(data)
        self._file.write(data)

    def _with_blanks(self, shape: Shape, texts: Sequence[str]) -> str:
        return "".join(
            f"{before}{self.row_number}{start}{text}{end}"
            for position, ((before, start, end), text) in enumerate(
                zip(shape.cells, self._safe(texts), strict=True)
            )
            if text or position in shape.marked
        )

    def _safe(self, texts: Sequence[str]) -> Sequence[str]:
        line = " ".join(texts)
        if not line.isprintable() or len(line) > _SAFE_LINE:
            return [xml_text(self._fitting(text)) for text in texts]
        if "&" in line or "<" in line or "_x" in line:
            return xml_plain("\n".join(texts)).split("\n")  # no cell has a line end
        return texts

    def _fitting(self, text: str) -> str:
        short = shorten(text)
        if short is not text:
            self.cut_cells += 1
        return short
