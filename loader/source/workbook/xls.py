"""An old Excel workbook (.xls) as tables, by xlrd, in the child only.

Calamine shows error cells as blank ones; xlrd tells them apart, and knows formats, merged areas,
hidden rows and columns, so that the answers are those of .xlsx.
The format bounds a sheet to 65,536 rows and 256 columns, so it is held whole.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import xlrd
from xlrd.book import Book
from xlrd.sheet import Cell, Sheet

from loader.errors import UnreadableSource
from loader.source.delimited.encoding import known_encoding
from loader.source.file_kind import ENCRYPTED
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, RawRow, Remark, TableHead
from loader.source.workbook.book import SheetRef
from loader.source.workbook.cells import row_of
from loader.source.workbook.layout import RowNumbers, SheetLayout
from loader.source.workbook.number_format import GENERAL, NumberFormat, number_format
from loader.source.workbook.package import damaged
from loader.source.workbook.read import refuse_blank, sheet_table
from loader.source.workbook.select import select_sheets, unread_sheets
from loader.source.workbook.values import Value, number_value, text_value
from loader.tables.chunk import CellKind

BIFF8 = 80  # the first version whose texts are Unicode
# The record by which Excel and LibreOffice say that they computed the formulas.
RECALCULATION = b"\xc1\x01\x08\x00\xc1\x01\x00\x00"
REPAIRED = Remark(
    code="repaired-workbook",
    message="the workbook is damaged; it was read as far as it can be. Compare it with the"
    " original, or open it in a spreadsheet program and save it again",
)
NO_ENCODING = (
    "the workbook does not say the encoding of its texts, and they are not plain English; name it"
    " with --encoding (for example cp1251 for Cyrillic), or save it as .xlsx"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workbook:
    """An opened workbook, and what is known of how it was written."""

    book: Book
    formats: list[NumberFormat]
    is_computed: bool
    has_encoding: bool
    remarks: tuple[Remark, ...] = ()

    def number_format(self, cell: Cell) -> NumberFormat:
        """Return the number format of a cell; the oldest files may name one that is not there."""
        index = cell.xf_index or 0
        return self.formats[index] if index < len(self.formats) else GENERAL


def read_xls(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets."""
    workbook = _open(path, options)
    book = workbook.book
    sheets = [
        SheetRef(name=sheet.name, part=str(index), visible=sheet.visibility == 0)
        for index, sheet in enumerate(book.sheets())
    ]
    selected = select_sheets(sheets, options)

    def tables() -> Iterator[TableHead | Batch]:
        remarks = (*workbook.remarks, *unread_sheets(sheets, selected, options))
        for ref in selected:
            sheet = book.sheet_by_index(int(ref.part))
            rows, layout = _rows(sheet, workbook), _layout(sheet)
            yield from sheet_table(
                rows, ref, layout, options=options, limits=limits, remarks=remarks
            )
            remarks = ()

    yield from refuse_blank(
        tables(),
        sheets,
        selected,
        options,
        rows_of=lambda ref: _rows(book.sheet_by_index(int(ref.part)), workbook),
    )


def _open(path: Path, options: ReadOptions) -> _Workbook:
    encoding = None if options.encoding is None else known_encoding(options.encoding)
    remarks: tuple[Remark, ...] = ()
    try:
        book = _xlrd(path, encoding)
    except UnreadableSource as error:
        if error.code == "password":
            raise
        remarks = (REPAIRED,)
        try:
            book = _xlrd(path, encoding, tolerant=True)
        except UnreadableSource:
            raise error from None
    return _Workbook(
        book=book,
        formats=_formats(book),
        is_computed=book.biff_version < BIFF8 or RECALCULATION in path.read_bytes(),
        has_encoding=bool(encoding or book.codepage or book.biff_version >= BIFF8),
        remarks=remarks,
    )


def _xlrd(path: Path, encoding: str | None, *, tolerant: bool = False) -> Book:
    try:
        return xlrd.open_workbook(
            str(path),
            logfile=io.StringIO(),
            formatting_info=True,
            encoding_override=encoding,
            ignore_workbook_corruption=tolerant,
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise UnreadableSource(ENCRYPTED, code="password") from error
        raise damaged(error) from error
    except Exception as error:
        raise damaged(f"{type(error).__name__}: {str(error)[:100]}") from error


def _formats(book: Book) -> list[NumberFormat]:
    formats = {key: form.format_str for key, form in book.format_map.items()}
    return [number_format(xf.format_key, formats) for xf in book.xf_list]


def _layout(sheet: Sheet) -> SheetLayout:
    layout = SheetLayout(
        hidden=RowNumbers(n + 1 for n, info in sheet.rowinfo_map.items() if info.hidden),
        hidden_columns=[(n, n) for n, info in sheet.colinfo_map.items() if info.hidden],
    )
    for top, below, left, right in sheet.merged_cells:
        layout.merge(left, top + 1, right - 1, below)
    return layout


def _rows(sheet: Sheet, workbook: _Workbook) -> Iterator[RawRow]:
    for index in range(sheet.nrows):
        yield row_of(index + 1, [_value(cell, workbook) for cell in sheet.row(index)])


def _value(cell: Cell, workbook: _Workbook) -> Value:
    form = workbook.number_format(cell)
    match cell.ctype:
        case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
            return number_value(repr(cell.value), form, epoch_1904=workbook.book.datemode == 1)
        case xlrd.XL_CELL_BOOLEAN:
            return text_value("TRUE" if cell.value else "FALSE", form, CellKind.BOOLEAN)
        case xlrd.XL_CELL_ERROR:
            return Value(xlrd.error_text_from_code.get(cell.value, "#ERROR"), CellKind.ERROR)
    text = str(cell.value)
    if not (workbook.has_encoding or text.isascii()):
        raise UnreadableSource(NO_ENCODING, code="wrong-encoding")
    if cell.ctype == xlrd.XL_CELL_TEXT and not text and not workbook.is_computed:
        return Value("", CellKind.FORMULA_UNCACHED)
    return text_value(text, form) if text else Value("")
