"""An Excel workbook (.xlsx, .xlsm) as tables."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, RawRow, Remark, TableHead
from loader.source.rows_to_table import BatchesBelow, fit_sheet_row, header_chooser, tabulate
from loader.source.workbook.batches import SheetRows
from loader.source.workbook.book import Book, SheetRef, open_book
from loader.source.workbook.cells import CellReader
from loader.source.workbook.layout import SheetLayout, read_layout
from loader.source.workbook.package import open_package
from loader.source.workbook.raw_cells import StoredCells
from loader.source.workbook.select import MOST_SHEETS_READ, select_sheets, unread_sheets
from loader.source.workbook.xml_cells import stored_cells


def read_xlsx(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets."""
    with open_package(path, limits) as archive, open_book(archive) as book:
        yield from read_sheets(
            book,
            options,
            limits,
            layout_of=lambda part: read_layout(archive, part),
            cells_of=lambda part: stored_cells(archive, part, limits),
        )


def read_sheets(
    book: Book,
    options: ReadOptions,
    limits: Limits,
    *,
    layout_of: Callable[[str], SheetLayout],
    cells_of: Callable[[str], Iterator[StoredCells]],
) -> Iterator[TableHead | Batch]:
    """Yield the tables of the selected sheets of a workbook whose parts are read in blocks."""

    def rows_of(sheet: SheetRef, layout: SheetLayout) -> SheetRows:
        blocks = cells_of(sheet.part)
        return SheetRows(
            blocks=(b.without_placeholders() for b in blocks) if book.is_uncomputed else blocks,
            reader=CellReader(book),
            options=options,
            skipped_rows=layout.hidden if options.skip_hidden else (),
            suspect_rows=layout if layout.has_merged_cells else (),
        )

    def all_rows_of(sheet: SheetRef) -> Iterator[RawRow]:
        return rows_of(sheet, SheetLayout()).one_by_one()

    def tables() -> Iterator[TableHead | Batch]:
        unread = unread_sheets(book.sheets, selected, options, rows_of=all_rows_of)
        remarks = (*book.remarks, *unread)
        for sheet in selected:
            layout = layout_of(sheet.part)
            rows = rows_of(sheet, layout)
            yield from sheet_table(
                rows.one_by_one(),
                sheet,
                layout,
                options=options,
                limits=limits,
                remarks=remarks,
                below=rows.batches,
            )
            remarks = ()

    selected = select_sheets(book.sheets, options)
    yield from refuse_blank(tables(), book.sheets, selected, options, rows_of=all_rows_of)


def refuse_blank(
    events: Iterator[TableHead | Batch],
    sheets: Sequence[SheetRef],
    selected: Sequence[SheetRef],
    options: ReadOptions,
    *,
    rows_of: Callable[[SheetRef], Iterator[RawRow]],
) -> Iterator[TableHead | Batch]:
    """Yield the events; where there are none, raise with the other sheets that are not blank."""
    is_blank = True
    for event in events:
        is_blank = False
        yield event
    if not is_blank or options.every_sheet or options.named_sheets:
        return
    found = []
    for sheet in [each for each in sheets if each not in selected][:MOST_SHEETS_READ]:
        first = next((row for row in rows_of(sheet) if not row.is_blank()), None)
        if first is not None:
            headings = ", ".join(cell[:40] for cell in first.cells[:6] if cell)
            found.append(f'"{sheet.name}" ({headings})')
    if found:
        raise UnreadableSource(
            f'the sheet "{selected[0].name}" is blank; these hold something: {"; ".join(found)};'
            " name one with --sheet",
            code="no-rows",
        )


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
        layout.mark(row, width)
        return fit_sheet_row(row, width)

    try:
        for event in tabulate(
            _visible_rows(rows, layout, options),
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


def _visible_rows(
    rows: Iterator[RawRow], layout: SheetLayout, options: ReadOptions
) -> Iterator[RawRow]:
    if not (options.skip_hidden and layout.hidden):
        return rows
    return (row for row in rows if row.number not in layout.hidden)
