"""Every writer of workbooks that can be had, as one kind of function: a path and its cells.

XlsxWriter and openpyxl are dependencies. The others are asked for when they are there: packages of
Python (`pip install --group writers`), and `xlsx` and `exceljs` of npm, found by NODE_PATH.
"""

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.differential.sheets import DAY, HEADER, MOMENT, Cell

Rows = Sequence[Sequence[Cell]]
Writer = Callable[[Path, Rows], None]
NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("writers.js")
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # naive, as in a sheet


def serial(value: object) -> float | None:
    """Return the number that stands for a date, time or duration in a sheet."""
    match value:
        case dt.datetime():
            return (value - EPOCH) / dt.timedelta(days=1)
        case dt.date():
            return float((value - EPOCH.date()).days)
        case dt.time():
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
        case dt.timedelta():
            return value / dt.timedelta(days=1)
    return None


def xlsxwriter_file(path: Path, rows: Rows, **options: object) -> None:
    """Write with XlsxWriter."""
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("Offers")
        styles: dict[str, object] = {}
        sheet.write_row(0, 0, HEADER)
        for row, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                style = styles.setdefault(cell.form, book.add_format({"num_format": cell.form}))
                if isinstance(cell.value, str):
                    sheet.write_string(row, column, cell.value)
                elif isinstance(cell.value, dt.date | dt.time | dt.timedelta):
                    sheet.write_datetime(row, column, cell.value, style)
                elif cell.value is not None:
                    sheet.write(row, column, cell.value, style)


def openpyxl_file(path: Path, rows: Rows, *, mac: bool = False) -> None:
    """Write with openpyxl."""
    book = openpyxl.Workbook()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.title = "Offers"
    sheet.append(HEADER)
    for row, cells in enumerate(rows, start=2):
        for column, cell in enumerate(cells, start=1):
            made = sheet.cell(row, column, cell.value)
            if isinstance(cell.value, str):
                made.data_type = "s"  # else "=1+1" is a formula
            else:
                made.number_format = cell.form
    book.save(path)


def pyexcelerate_file(path: Path, rows: Rows) -> None:
    """Write with PyExcelerate, which has no times, and takes a text with "=" for a formula."""
    from pyexcelerate import Format, Style, Workbook  # noqa: PLC0415 - where it is there

    book = Workbook()
    sheet = book.new_sheet("Offers", data=[list(HEADER)])
    for row, cells in enumerate(rows, start=2):
        for column, cell in enumerate(cells, start=1):
            value = cell.value
            if value is None:
                continue
            if isinstance(value, dt.time | dt.timedelta):
                value = serial(value)
            sheet.set_cell_value(row, column, value)
            if not isinstance(value, str | bool):
                sheet.set_cell_style(row, column, Style(format=Format(cell.form)))
    book.save(str(path))


def rustpy_file(path: Path, rows: Rows) -> None:
    """Write with rustpy-xlsxwriter, which has one format for all dates."""
    from rustpy_xlsxwriter import write_worksheet  # noqa: PLC0415 - where it is there

    records = [
        {
            heading: serial(cell.value)
            if isinstance(cell.value, dt.time | dt.timedelta)
            else cell.value
            for heading, cell in zip(HEADER, cells, strict=True)
        }
        for cells in rows
    ]
    write_worksheet(records, str(path), sheet_name="Offers", datetime_format=MOMENT)


def xlwt_file(path: Path, rows: Rows) -> None:
    """Write .xls with xlwt."""
    import xlwt  # noqa: PLC0415 - where it is there

    book = xlwt.Workbook()
    sheet = book.add_sheet("Offers")
    styles: dict[str, object] = {}
    for column, heading in enumerate(HEADER):
        sheet.write(0, column, heading)
    for row, cells in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell.value, str | bool) or cell.value is None:
                sheet.write(row, column, cell.value)
                continue
            style = styles.setdefault(cell.form, xlwt.easyxf(num_format_str=cell.form))
            number = serial(cell.value)
            sheet.write(row, column, cell.value if number is None else number, style)
    book.save(str(path))


def odfpy_file(path: Path, rows: Rows) -> None:
    """Write .ods with odfpy, without formats: only types and texts."""
    from odf.opendocument import OpenDocumentSpreadsheet  # noqa: PLC0415 - where it is there
    from odf.table import Table, TableRow  # noqa: PLC0415 - as above

    book = OpenDocumentSpreadsheet()
    table = Table(name="Offers")
    for cells in ([Cell(heading) for heading in HEADER], *rows):
        row = TableRow()
        for cell in cells:
            row.addElement(_odf_cell(cell))
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(path))


def _odf_cell(cell: Cell) -> object:
    from odf.table import TableCell  # noqa: PLC0415 - where it is there
    from odf.teletype import addTextToElement  # noqa: PLC0415 - as above
    from odf.text import P  # noqa: PLC0415 - as above

    match cell.value:
        case None:
            return TableCell()
        case str() as text:
            made = TableCell(valuetype="string")
            for line in text.split("\n"):
                paragraph = P()
                addTextToElement(paragraph, line)
                made.addElement(paragraph)
            return made
        case bool() as flag:
            return TableCell(valuetype="boolean", booleanvalue=str(flag).lower())
        case float() as number:
            return TableCell(valuetype="float", value=repr(number))
        case dt.datetime() | dt.date() as moment:
            return TableCell(valuetype="date", datevalue=moment.isoformat())
        case dt.time() as clock:
            return TableCell(valuetype="time", timevalue=clock.strftime("PT%HH%MM%SS"))
    seconds = int(cell.value.total_seconds())
    return TableCell(
        valuetype="time",
        timevalue=f"PT{seconds // 3600:02d}H{seconds // 60 % 60:02d}M{seconds % 60:02d}S",
    )


def by_node(files: Mapping[Path, Rows], library: str) -> None:
    """Write with a library of npm: all files by one process."""
    job = [
        {"path": str(path), "rows": [[_json(cell) for cell in cells] for cells in rows]}
        for path, rows in files.items()
    ]
    assert NODE is not None
    subprocess.run(
        [NODE, str(SCRIPT), library],
        input=json.dumps({"header": HEADER, "files": job}),
        text=True, check=True, timeout=300,
    )  # fmt: skip


def _json(cell: Cell) -> dict[str, object]:
    number = serial(cell.value)
    return {"value": cell.value if number is None else number, "form": cell.form,
            "is_date": cell.form in {DAY, MOMENT}}  # fmt: skip


ALWAYS: dict[str, tuple[str, Writer]] = {
    "XlsxWriter": (".xlsx", xlsxwriter_file),
    "XlsxWriter, texts in cells": (".xlsx", partial(xlsxwriter_file, constant_memory=True)),
    "XlsxWriter, 1904": (".xlsx", partial(xlsxwriter_file, date_1904=True)),
    "openpyxl": (".xlsx", openpyxl_file),
    "openpyxl, 1904": (".xlsx", partial(openpyxl_file, mac=True)),
}
# The module that each needs.
WHERE_THERE: dict[str, tuple[str, str, Writer]] = {
    "PyExcelerate": ("pyexcelerate", ".xlsx", pyexcelerate_file),
    "rustpy-xlsxwriter": ("rustpy_xlsxwriter", ".xlsx", rustpy_file),
    "xlwt": ("xlwt", ".xls", xlwt_file),
    "odfpy": ("odf", ".ods", odfpy_file),
}
OF_NODE = {
    "SheetJS": ("xlsx", ".xlsx"),
    "SheetJS .xlsb": ("xlsx", ".xlsb"),
    "SheetJS .xls": ("xlsx", ".xls"),
    "SheetJS .ods": ("xlsx", ".ods"),
    "ExcelJS": ("exceljs", ".xlsx"),
}
