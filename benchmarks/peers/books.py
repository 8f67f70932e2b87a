"""Writing a workbook by others: the same cells, one sheet, no styles, no summary."""

# ruff: noqa: PLC0415 - each imports only what it measures

from collections.abc import Iterator

from benchmarks.rows import all_cells
from benchmarks.watch import Watch


def xlsxwriter_rows(watch: Watch, path: str, count: str) -> None:
    """XlsxWriter in constant memory."""
    import xlsxwriter

    with watch, xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(_rows(int(count))):
            for position, text in enumerate(row):
                sheet.write_string(number, position, text)


def openpyxl_rows(watch: Watch, path: str, count: str) -> None:
    """openpyxl, write-only."""
    import openpyxl

    with watch:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in _rows(int(count)):
            sheet.append(row)
        book.save(path)


def _rows(count: int) -> Iterator[list[str]]:
    for number, cells in enumerate(all_cells(count), start=2):
        made = f"dps:fallback-offer:{number:016x}"
        yield [*cells, "offers.csv", str(number), "created", made, made, "1", "1", "201"]
