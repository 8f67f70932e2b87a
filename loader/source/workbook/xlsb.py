"""A binary Excel workbook (.xlsb) as tables: values by calamine, in the child only.

What calamine does not tell (which blanks are errors, what is merged or hidden) comes from the
records: `loader.source.workbook.records`.
The area is bounded before calamine turns it into rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from loader.errors import UnreadableSource
from loader.source.batch import Batch, RawRow, TableHead
from loader.source.kind import ENCRYPTED
from loader.source.objects import text_and_kind
from loader.source.options import Limits, ReadOptions
from loader.source.workbook.book import SheetRef
from loader.source.workbook.cells import row_of
from loader.source.workbook.number_format import GENERAL
from loader.source.workbook.package import damaged, open_package
from loader.source.workbook.read import sheet_table
from loader.source.workbook.records import Errors, parts_of, read_records
from loader.source.workbook.select import select_sheets, unread_sheets
from loader.source.workbook.values import Value, number_value
from loader.tables.chunk import CellKind

MOST_CELLS = 50_000_000


def read_xlsb(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets."""
    with open_package(path, limits) as archive, _calamine(path) as workbook:
        sheets = [
            SheetRef(name=m.name, part="", visible=m.visible == SheetVisibleEnum.Visible)
            for m in workbook.sheets_metadata
            if m.typ == SheetTypeEnum.WorkSheet
        ]
        selected = select_sheets(sheets, options)
        remarks = unread_sheets(sheets, selected, options)
        parts = parts_of(archive)
        for sheet in selected:
            layout, errors = read_records(archive, parts[sheet.name])
            rows = _rows(workbook.get_sheet_by_name(sheet.name), errors)
            yield from sheet_table(
                rows, sheet, layout, options=options, limits=limits, remarks=remarks
            )
            remarks = ()


@contextmanager
def _calamine(path: Path) -> Iterator[CalamineWorkbook]:
    try:
        yield CalamineWorkbook.from_path(str(path))
    except PasswordError as error:
        raise UnreadableSource(ENCRYPTED, code="password") from error
    except CalamineError as error:
        raise damaged(error) from error


def _rows(sheet: CalamineSheet, errors: Errors) -> Iterator[RawRow]:
    last = sheet.end
    if last is None:
        return
    if (last[0] + 1) * (last[1] + 1) > MOST_CELLS:
        raise UnreadableSource(
            f'the sheet "{sheet.name}" reaches to row {last[0] + 1}, column {last[1] + 1}, mostly'
            " blank; delete the blank rows and columns, or save it as .xlsx",
            code="beyond-limits",
        )
    for number, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        found = [_value(value) for value in values]
        for position, error in errors.get(number, {}).items():
            found.extend([Value("")] * (position + 1 - len(found)))
            found[position] = Value(error, CellKind.ERROR)
        yield row_of(number, found)


def _value(value: object) -> Value:
    if isinstance(value, float):
        return number_value(repr(value), GENERAL, epoch_1904=False)
    return Value(*text_and_kind(value))
