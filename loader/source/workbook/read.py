"""An Excel workbook (.xlsx, .xlsm) as tables."""

from collections.abc import Iterator
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source.batch import Batch, RawRow, Remark, TableHead
from loader.source.options import Limits, ReadOptions
from loader.source.table import BatchesBelow, fit_sheet_row, header_chooser, tabulate
from loader.source.workbook.batches import Below
from loader.source.workbook.book import SheetRef, open_book
from loader.source.workbook.cells import CellReader
from loader.source.workbook.layout import SheetFacts, read_facts
from loader.source.workbook.package import open_package
from loader.source.workbook.rows import sheet_rows
from loader.source.workbook.select import choose_sheets, left_out


def read_xlsx(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the chosen sheets."""
    with open_package(path, limits) as archive, open_book(archive, limits) as book:
        chosen = choose_sheets(book.sheets, options)
        remarks = (*book.remarks, *left_out(book.sheets, chosen, options))
        for sheet in chosen:
            facts = read_facts(archive, sheet.part)
            reader = CellReader(book)
            below = Below(
                archive=archive,
                part=sheet.part,
                reader=reader,
                options=options,
                limits=limits,
                left_out=facts.hidden if options.skip_hidden else (),
                suspected=facts.covered,
            )
            yield from sheet_table(
                sheet_rows(archive, sheet.part, reader),
                sheet,
                facts,
                options=options,
                limits=limits,
                remarks=remarks,
                below=below.batches,
            )
            remarks = ()


def sheet_table(
    rows: Iterator[RawRow],
    sheet: SheetRef,
    facts: SheetFacts,
    *,
    options: ReadOptions,
    limits: Limits,
    remarks: tuple[Remark, ...],
    below: BatchesBelow | None = None,
) -> Iterator[TableHead | Batch]:
    """Yield the table of one sheet of any workbook, with what is known of its rows."""
    hidden = facts.remarks(skipped=options.skip_hidden)
    if not sheet.visible:
        message = f'the sheet "{sheet.name}" is hidden in the workbook'
        hidden = (Remark(code="hidden-sheet", message=message), *hidden)

    def fit(row: RawRow, width: int) -> RawRow:
        facts.mark(row)
        return fit_sheet_row(row, width)

    try:
        yield from tabulate(
            _seen(rows, facts, options),
            sheet=sheet.name,
            choose=header_chooser(options),
            fit=fit,
            options=options,
            limits=limits,
            remarks=(*remarks, *hidden),
            below=below,
        )
    except UnreadableSource as error:
        raise UnreadableSource(f'sheet "{sheet.name}": {error}', code=error.code) from error


def _seen(rows: Iterator[RawRow], facts: SheetFacts, options: ReadOptions) -> Iterator[RawRow]:
    if not (options.skip_hidden and facts.hidden):
        return rows
    return (row for row in rows if row.number not in facts.hidden)
