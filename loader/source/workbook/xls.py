"""An old Excel workbook (.xls) as tables, by xlrd, in the child only.

Calamine shows error cells as blank ones; xlrd tells them apart, and knows formats, merged areas and
hidden rows, so that the answers are those of .xlsx.
Rules of this file: the format bounds a sheet to 65,536 rows and 256 columns, so it is held whole.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import xlrd
from xlrd.book import Book
from xlrd.sheet import Cell, Sheet

from loader.errors import UnreadableSource
from loader.source.batch import Batch, RawRow, TableHead
from loader.source.kind import ENCRYPTED
from loader.source.options import Limits, ReadOptions
from loader.source.workbook.book import SheetRef
from loader.source.workbook.cells import row_of
from loader.source.workbook.layout import RowNumbers, SheetLayout
from loader.source.workbook.number_format import NumberFormat, number_format
from loader.source.workbook.package import damaged
from loader.source.workbook.read import sheet_table
from loader.source.workbook.select import select_sheets, unread_sheets
from loader.source.workbook.values import Value, number_value
from loader.tables.chunk import CellKind


def read_xls(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets."""
    book = _opened(path)
    sheets = [
        SheetRef(name=sheet.name, part=str(index), visible=sheet.visibility == 0)
        for index, sheet in enumerate(book.sheets())
    ]
    formats = _formats(book)
    selected = select_sheets(sheets, options)
    remarks = unread_sheets(sheets, selected, options)
    for ref in selected:
        sheet = book.sheet_by_index(int(ref.part))
        layout = _layout(sheet)
        rows = _rows(sheet, formats, epoch_1904=book.datemode == 1)
        yield from sheet_table(rows, ref, layout, options=options, limits=limits, remarks=remarks)
        remarks = ()


def _opened(path: Path) -> Book:
    try:
        return xlrd.open_workbook(str(path), logfile=io.StringIO(), formatting_info=True)
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
        hidden=RowNumbers(n + 1 for n, info in sheet.rowinfo_map.items() if info.hidden)
    )
    for top, below, left, right in sheet.merged_cells:
        layout.merge(left, top + 1, right - 1, below)
    return layout


def _rows(sheet: Sheet, formats: list[NumberFormat], *, epoch_1904: bool) -> Iterator[RawRow]:
    for index in range(sheet.nrows):
        yield row_of(
            index + 1, [_value(cell, formats, epoch_1904=epoch_1904) for cell in sheet.row(index)]
        )


def _value(cell: Cell, formats: list[NumberFormat], *, epoch_1904: bool) -> Value:
    match cell.ctype:
        case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
            return number_value(repr(cell.value), formats[cell.xf_index], epoch_1904=epoch_1904)
        case xlrd.XL_CELL_BOOLEAN:
            return Value("TRUE" if cell.value else "FALSE", CellKind.BOOLEAN)
        case xlrd.XL_CELL_ERROR:
            return Value(xlrd.error_text_from_code.get(cell.value, "#ERROR"), CellKind.ERROR)
        case _:
            return Value(str(cell.value))
