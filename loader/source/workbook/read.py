"""An Excel workbook (.xlsx, .xlsm) as tables."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source.batch import Batch, RawRow, Remark, TableHead
from loader.source.options import Limits, ReadOptions
from loader.source.table import BatchesBelow, fit_sheet_row, header_chooser, tabulate
from loader.source.workbook.batches import SheetRows
from loader.source.workbook.book import Book, SheetRef, open_book
from loader.source.workbook.cells import CellReader
from loader.source.workbook.layout import SheetLayout, read_layout
from loader.source.workbook.package import open_package
from loader.source.workbook.raw_cells import StoredCells, stored_cells
from loader.source.workbook.select import select_sheets, unread_sheets

MOST_LOOKED_AT = 20  # sheets


def read_xlsx(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets."""
    with open_package(path, limits) as archive, open_book(archive) as book:
        selected = select_sheets(book.sheets, options)
        remarks = (*book.remarks, *unread_sheets(book.sheets, selected, options))
        is_blank = True
        for sheet in selected:
            layout = read_layout(archive, sheet.part)
            rows = SheetRows(
                blocks=_blocks(archive, sheet, book, limits),
                reader=CellReader(book),
                options=options,
                left_out=layout.hidden if options.skip_hidden else (),
                suspected=layout if layout.has_merged_cells else (),
            )
            for event in sheet_table(
                rows.one_by_one(),
                sheet,
                layout,
                options=options,
                limits=limits,
                remarks=remarks,
                below=rows.batches,
            ):
                is_blank = False
                yield event
            remarks = ()
        if is_blank and options.sheet is None:
            _refuse_blank(archive, book, selected, limits)


def _refuse_blank(
    archive: zipfile.ZipFile, book: Book, selected: Sequence[SheetRef], limits: Limits
) -> None:
    """Name the sheets that hold something, where the first one does not."""
    reader = CellReader(book)
    found = []
    for sheet in [each for each in book.sheets if each not in selected][:MOST_LOOKED_AT]:
        rows = SheetRows(blocks=_blocks(archive, sheet, book, limits), reader=reader)
        first = next((row for row in rows.one_by_one() if not row.is_blank()), None)
        if first is not None:
            headings = ", ".join(cell[:40] for cell in first.cells[:6] if cell)
            found.append(f'"{sheet.name}" ({headings})')
    if found:
        raise UnreadableSource(
            f'the sheet "{selected[0].name}" is blank; these hold something: {"; ".join(found)};'
            " name one with --sheet",
            code="no-rows",
        )


def _blocks(
    archive: zipfile.ZipFile, sheet: SheetRef, book: Book, limits: Limits
) -> Iterator[StoredCells]:
    for cells in stored_cells(archive, sheet.part, limits):
        yield cells.without_placeholders() if book.is_uncomputed else cells


def sheet_table(
    rows: Iterator[RawRow],
    sheet: SheetRef,
    layout: SheetLayout,
    *,
    options: ReadOptions,
    limits: Limits,
    remarks: tuple[Remark, ...],
    below: BatchesBelow | None = None,
) -> Iterator[TableHead | Batch]:
    """Yield the table of one sheet of any workbook, with what is known of its rows."""
    hidden = layout.remarks(skipped=options.skip_hidden)
    if not sheet.visible:
        message = f'the sheet "{sheet.name}" is hidden in the workbook'
        hidden = (Remark(code="hidden-sheet", message=message), *hidden)

    def fit(row: RawRow, width: int) -> RawRow:
        layout.mark(row)
        return fit_sheet_row(row, width)

    try:
        for event in tabulate(
            _seen(rows, layout, options),
            sheet=sheet.name,
            choose=header_chooser(options),
            fit=fit,
            options=options,
            limits=limits,
            remarks=(*remarks, *hidden),
            below=below,
        ):
            yield layout.with_hidden_columns(event) if isinstance(event, TableHead) else event
    except UnreadableSource as error:
        raise UnreadableSource(f'sheet "{sheet.name}": {error}', code=error.code) from error


def _seen(rows: Iterator[RawRow], layout: SheetLayout, options: ReadOptions) -> Iterator[RawRow]:
    if not (options.skip_hidden and layout.hidden):
        return rows
    return (row for row in rows if row.number not in layout.hidden)
