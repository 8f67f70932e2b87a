"""Workbooks as people make them: formatted, with notes, formulas and sheets of their own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from tests.support.workbooks import HEADER, PLACEMENT

GOOD = ("A good one", PLACEMENT, "html", "<p>Hello</p>", "web", "approved")
BLUE = PatternFill("solid", fgColor="FFDDEBF7")


def offer(**cells: str) -> tuple[str, ...]:
    """Return a good row with some cells replaced."""
    return tuple(cells.get(name, good) for name, good in zip(HEADER, GOOD, strict=True))


def write_workbook(path: Path, rows: Sequence[Sequence[str]]) -> Workbook:
    """Write offers the way a marketer keeps them; return the book as it was saved."""
    book = Workbook()
    sheet = book.active
    sheet.title = "My offers"
    sheet.append(HEADER)
    for number, row in enumerate(rows, start=2):
        for position, text in enumerate(row, start=1):
            cell = sheet.cell(number, position, text)
            cell.data_type = "s"  # what begins with = is text
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FF1F4E78")
    sheet.column_dimensions["D"].width = 61
    sheet.freeze_panes = "B2"
    for cell in sheet["A"]:
        cell.fill = BLUE
    choices = DataValidation(type="list", formula1='"draft,approved"', sqref="F2:F99")
    sheet.add_data_validation(choices)
    sheet.conditional_formatting.add("A2:A99", CellIsRule("equal", ['"x"'], font=Font(bold=True)))
    sheet["F2"].comment = Comment("ask Kim", "Sam")
    sums = book.create_sheet("Errors")  # the user's own, which must stay
    sums["A1"], sums["B1"] = "sum", "=1+1"
    sums.merge_cells("C1:D2")
    sums["XFD1048576"] = "the far end"
    book.save(path)
    return book


def texts_of(sheet: Any) -> list[Mapping[str, str]]:
    """Read an Errors sheet as one mapping a line."""
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]
