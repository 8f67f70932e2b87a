"""Workbooks in formats other than .xlsx (.xlsb, .xls, .ods), by calamine, in the child only.

Calamine shows error cells as blank ones and formulas without a value too: that is said in a notice
with every such file, because it cannot be known whether it matters.
Rules of this file: the area is bounded before calamine turns it into rows.
"""

from collections.abc import Iterator
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
from loader.sheet.chunk import CellKind
from loader.source.batch import Batch, RawRow, Remark, TableHead
from loader.source.delimited.records import CONTROL, control_problems
from loader.source.kind import ENCRYPTED
from loader.source.objects import text_and_kind
from loader.source.options import Limits, ReadOptions
from loader.source.table import fit_sheet_row, header_chooser, tabulate
from loader.source.workbook.book import SheetRef
from loader.source.workbook.choice import choose_sheets, left_out

MOST_CELLS = 50_000_000
LESS = Remark(
    code="errors-look-blank",
    message="in this format error cells (#N/A) and formulas without a value look blank; if the"
    " sheet has formulas, save it as .xlsx to have them checked",
)


def read_other(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the tables of the chosen sheets."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = [
            SheetRef(name=m.name, part="", visible=m.visible == SheetVisibleEnum.Visible)
            for m in workbook.sheets_metadata
            if m.typ == SheetTypeEnum.WorkSheet
        ]
        chosen = choose_sheets(sheets, options)
        remarks: tuple[Remark, ...] = (LESS, *left_out(sheets, chosen, options))
        for sheet in chosen:
            yield from tabulate(
                _rows(workbook.get_sheet_by_name(sheet.name)),
                sheet=sheet.name,
                choose=header_chooser(options),
                fit=fit_sheet_row,
                options=options,
                limits=limits,
                remarks=remarks,
            )
            remarks = ()
    except PasswordError as error:
        raise UnreadableSource(ENCRYPTED, code="password") from error
    except CalamineError as error:
        raise UnreadableSource(
            f"the workbook is damaged or cut off ({error}); open it in a spreadsheet program and"
            " save it again as .xlsx",
            code="damaged-file",
        ) from error


def _rows(sheet: CalamineSheet) -> Iterator[RawRow]:
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
        yield _row(number, list(values))


def _row(number: int, values: list[object]) -> RawRow:
    found = [text_and_kind(value) for value in values]
    cells = [text for text, _ in found]
    while cells and not cells[-1]:
        cells.pop()
    kinds: dict[int, CellKind] = {
        p: kind for p, (text, kind) in enumerate(found) if text and kind is not CellKind.TEXT
    }
    problems = list(control_problems(cells)) if CONTROL.search("".join(cells)) else None
    return RawRow(number=number, cells=cells, kinds=kinds or None, problems=problems)
