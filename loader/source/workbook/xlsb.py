"""A binary Excel workbook (.xlsb) as tables, with the answers of .xlsx.

Only the container of a cell differs: what it means is worked out where that of .xlsx is.
"""

import struct
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from loader.errors import UnreadableSource
from loader.source.archive import members_by_name
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, TableHead
from loader.source.workbook.book import Book, SheetRef, file_remarks, part_of, targets_of
from loader.source.workbook.cell_references import MOST_COLUMNS, MOST_ROWS
from loader.source.workbook.layout import SheetLayout
from loader.source.workbook.number_format import Formats, NumberFormat
from loader.source.workbook.package import damaged, open_package
from loader.source.workbook.raw_cells import CellStore, StoredCells
from loader.source.workbook.read import read_sheets
from loader.source.workbook.shared_texts import SharedTexts
from loader.source.workbook.xlsb_records import ERRORS, Record, records, rk_number, wide_text

MAIN = "xl/workbook.bin"
HIDDEN_ROW, HIDDEN_COLUMN, EPOCH_1904, COMPUTE_ON_LOAD = 0x10, 0x01, 0x01, 0x01
MOST_AT_ONCE = 200_000  # cells
MOST_TEXTS_AT_ONCE = 10_000
SHORT = range(Record.SHORT_BLANK, Record.SHORT_SHARED_TEXT + 1)
CELLS = {*range(Record.CELL_BLANK, Record.SHORT_SHARED_TEXT + 1), Record.CELL_RICH_TEXT}
FORMULAS = range(Record.FORMULA_TEXT, Record.FORMULA_ERROR + 1)


def read_xlsb(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets."""
    with open_package(path, limits) as archive, _open_book(archive) as book:
        yield from read_sheets(
            book,
            options,
            limits,
            layout_of=lambda part: _layout(archive, part),
            cells_of=lambda part: _stored_cells(archive, part, limits),
        )


@contextmanager
def _open_book(archive: zipfile.ZipFile) -> Iterator[Book]:
    with SharedTexts() as texts:
        yield _read_book(archive, texts)
        texts.read_rest()


def _read_book(archive: zipfile.ZipFile, texts: SharedTexts) -> Book:
    names = members_by_name(archive)
    main = names.get(MAIN, MAIN)
    targets = targets_of(archive, main, names)
    shared = part_of("sharedStrings", targets)
    if shared in archive.namelist():
        texts.read_from(_shared_texts(archive, shared))
    sheets: list[SheetRef] = []
    epoch_1904 = is_uncomputed = False
    for number, data in records(archive, main):
        if number == Record.SHEET:
            relation, at = wide_text(data, 8)
            kind, part = targets.get(relation, ("", ""))
            if kind == "worksheet":
                name, _ = wide_text(data, at)
                sheets.append(SheetRef(name=name, part=part, visible=data[0] == 0))
        elif number == Record.WORKBOOK_PROPERTIES:
            epoch_1904 = bool(data[0] & EPOCH_1904)
        elif number == Record.CALCULATION:
            is_uncomputed = bool(data[-2] & COMPUTE_ON_LOAD)
    return Book(
        sheets=tuple(sheets),
        formats=_number_formats(archive, part_of("styles", targets)),
        texts=texts,
        epoch_1904=epoch_1904,
        is_uncomputed=is_uncomputed,
        remarks=file_remarks(names),
    )


def _shared_texts(archive: zipfile.ZipFile, part: str) -> Generator[pa.StringArray, None, None]:
    texts: list[str] = []
    for number, data in records(archive, part):
        if number == Record.SHARED_TEXT:
            texts.append(wide_text(data, 1)[0])
        if len(texts) >= MOST_TEXTS_AT_ONCE:
            yield pa.array(texts, pa.string())
            texts = []
    yield pa.array(texts, pa.string())


def _number_formats(archive: zipfile.ZipFile, part: str | None) -> Sequence[NumberFormat]:
    if part not in archive.namelist():
        return []
    codes: dict[int, str] = {}
    used: list[int] = []
    is_within = False
    for number, data in records(archive, str(part)):
        if number == Record.NUMBER_FORMAT:
            codes[int.from_bytes(data[:2], "little")] = wide_text(data, 2)[0]
        elif number == Record.CELL_FORMAT and is_within:
            used.append(int.from_bytes(data[2:4], "little"))
        elif number in {Record.CELL_FORMATS_BEGIN, Record.CELL_FORMATS_END}:
            is_within = number == Record.CELL_FORMATS_BEGIN
    return Formats(used, codes)


def _layout(archive: zipfile.ZipFile, part: str) -> SheetLayout:
    layout = SheetLayout()
    for number, data in records(archive, part):
        if number == Record.ROW_HEADER:
            if data[11] & HIDDEN_ROW:
                layout.hidden.add(_row_number(data))
        elif number == Record.MERGED_AREA:
            top, bottom, left, right = struct.unpack_from("<4I", data)
            layout.merge(left, top + 1, right, bottom + 1)
        elif number == Record.COLUMNS and data[16] & HIDDEN_COLUMN:
            first, last = struct.unpack_from("<2I", data)
            layout.hidden_columns.append((first, min(last, MOST_COLUMNS - 1)))
    return layout


def _row_number(data: bytes) -> int:
    number = int.from_bytes(data[:4], "little") + 1
    if number > MOST_ROWS:
        raise damaged(f"row {number} is outside of any sheet")
    return number


def _stored_cells(archive: zipfile.ZipFile, part: str, limits: Limits) -> Iterator[StoredCells]:
    cells = _Cells(limits)
    for number, data in records(archive, part):
        if number == Record.ROW_HEADER:
            cells.start_row(_row_number(data))
            if found := cells.take(least=MOST_AT_ONCE):
                yield found
        elif number in CELLS:
            cells.add(number, data)
    if found := cells.take(finished=True):
        yield found


class _Cells:
    """Takes cells out of records."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._store = CellStore()
        self._heads: dict[tuple[str, str], int] = {}
        self._row, self._position = 0, -1

    def start_row(self, number: int) -> None:
        if number <= self._row:
            raise damaged(f"row {number} is below row {self._row}")
        self._row, self._position = number, -1
        self._store.start_row()

    def add(self, number: int, data: bytes) -> None:
        start = 0 if number in SHORT else 4  # of the style, which the value follows
        position = int.from_bytes(data[:4], "little") if start else self._position + 1
        if position >= MOST_COLUMNS:
            raise damaged(f"row {self._row} has a cell outside of any sheet")
        self._position = position
        type_, value = _value(number, data, start + 4)
        if value is None:
            return
        if len(value) > self._limits.cell_characters:
            raise UnreadableSource(
                f"row {self._row} holds a cell of more than"
                f" {self._limits.cell_characters:,} characters",
                code="beyond-limits",
            )
        store, head = self._store, (str(int.from_bytes(data[start : start + 3], "little")), type_)
        if number in FORMULAS:
            store.formulas.append(len(store.values))
        store.places.append(self._row * MOST_COLUMNS + position)
        store.style_indexes.append(self._heads.setdefault(head, len(self._heads)))
        store.values.append(value)

    def take(self, *, least: int = 0, finished: bool = False) -> StoredCells | None:
        """Return the cells of the rows that are whole, if there are so many at least."""
        if len(self._store.values) < least:
            return None
        return self._store.take(list(self._heads), finished=finished)


def _value(number: int, data: bytes, at: int) -> tuple[str, str | None]:
    """Return type and value as .xlsx has them; None where the cell is blank."""
    match number:
        case Record.CELL_BLANK | Record.SHORT_BLANK:
            return "", None
        case Record.CELL_RK | Record.SHORT_RK:
            found = "", _digits(rk_number(data, at))
        case Record.CELL_REAL | Record.SHORT_REAL | Record.FORMULA_NUMBER:
            found = "", _digits(struct.unpack_from("<d", data, at)[0])
        case Record.CELL_ERROR | Record.SHORT_ERROR | Record.FORMULA_ERROR:
            found = "e", ERRORS.get(data[at], "#ERROR")
        case Record.CELL_BOOLEAN | Record.SHORT_BOOLEAN | Record.FORMULA_BOOLEAN:
            found = "b", "1" if data[at] else "0"
        case Record.CELL_SHARED_TEXT | Record.SHORT_SHARED_TEXT:
            found = "s", str(struct.unpack_from("<I", data, at)[0])
        case _:
            text, _ = wide_text(data, at + (number == Record.CELL_RICH_TEXT))
            found = "str", text.replace("_x", "_x005F_x")  # as XML would have it
    return found


def _digits(number: float) -> str:
    return repr(number).removesuffix(".0")
