"""The blank workbook and CSV that people fill in, made from the schema.

Everything that it says is its entity's.
"""

import csv
import math
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from loader.errors import ResultsError
from loader.validation.entity import Entity
from loader.validation.fields import NAME, Form, facts_of

_CREATED: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - a property without a zone; always the same bytes
ROWS: Final = 1_000  # that get dropdowns and formats
_WRAPPED: Final = 100  # width of the column of explanations
_LETTERS: Final = 85  # of its lines, in the widest fonts that programs fall back to
_LINE_HEIGHT: Final = 15
_EXAMPLE: Final = {"bg_color": "#FFF2CC", "italic": True}
_WIDTHS: Final = {Form.EXACT: 50, Form.ADDRESS: 40, Form.TEXT: 28}


def write_template(path: Path, entity: Entity) -> None:
    """Write the template of a kind of entity to `path`: .xlsx or .csv. Raises `ResultsError`."""
    match path.suffix.lower():
        case ".xlsx":
            write = _write_workbook
        case ".csv":
            write = _write_csv
        case other:
            raise ResultsError(f"a template is .xlsx or .csv, not {other or 'without extension'!r}")
    try:
        write(path, entity)
    except OSError as error:
        raise ResultsError(
            f"cannot write {path} ({error.strerror or error}): choose another folder"
        ) from error


def _write_csv(path: Path, entity: Entity) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(entity.template.example.keys())
        writer.writerow(entity.template.example.values())


def _write_workbook(path: Path, entity: Entity) -> None:
    with path.open("wb") as file, xlsxwriter.Workbook(file) as book:
        book.set_properties({"created": _CREATED})
        _write_rows(book, entity)
        _write_instructions(book, entity)


def _write_rows(book: Any, entity: Entity) -> None:
    sheet = book.add_worksheet(entity.template.sheet)
    text = book.add_format({"num_format": "@"})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    plain = book.add_format({"bg_color": "#DDEBF7", "num_format": "@"})
    needed = book.add_format({"bg_color": "#DDEBF7", "bold": True, "num_format": "@"})
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for position, (name, value) in enumerate(entity.template.example.items()):
        column = entity.fields.columns.get(name)
        facts = facts_of(column) if column is not None else None
        is_date = facts is not None and facts.form is Form.DATE
        width = _WIDTHS.get(facts.form, 16) if facts else 16
        sheet.set_column(position, position, width, date if is_date else text)
        sheet.write_string(0, position, name, needed if facts and facts.always_required else plain)
        sheet.write_string(1, position, value, date if is_date else text)
        if facts is not None and column is not None:
            note = f"{column.title}\n{column.description}\nExpected: {facts.expected}."
            sheet.write_comment(0, position, note, {"x_scale": 2.5, "y_scale": 1.5})
        if facts is not None and facts.words and facts.closed:
            sheet.data_validation(
                1, position, ROWS, position, {"validate": "list", "source": list(facts.words)}
            )
    _colour_example(book, sheet, entity)


def _colour_example(book: Any, sheet: Any, entity: Entity) -> None:
    """Colour the example for as long as it has its name: what is written over it is no example."""
    fields = [*entity.template.example]
    name = entity.template.example[NAME]
    cell = xl_rowcol_to_cell(1, fields.index(NAME), row_abs=True, col_abs=True)
    rule = {"type": "formula", "criteria": f'={cell}="{name}"', "format": book.add_format(_EXAMPLE)}
    sheet.conditional_format(1, 0, 1, len(fields) - 1, rule)


def _write_instructions(book: Any, entity: Entity) -> None:
    steps = entity.template.steps
    sheet = book.add_worksheet("Instructions")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    top = book.add_format({"valign": "top", "align": "left"})
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, _WRAPPED)
    for number, step in enumerate(steps):
        sheet.write_number(number, 0, number + 1, top)
        _write_explanation(sheet, number, step, wrap)
    row = len(steps) + 1
    sheet.write_row(row, 0, ["Column", "What goes in"], bold)
    for offset, (name, column) in enumerate(entity.fields.columns.items(), start=row + 1):
        facts = facts_of(column)
        sheet.write_string(offset, 0, name, bold if facts.always_required else top)
        _write_explanation(sheet, offset, f"{column.description} Expected: {facts.expected}.", wrap)


def _write_explanation(sheet: Any, row: int, text: str, wrap: Any) -> None:
    """Write a text as high as its lines: not every program makes rows higher by itself."""
    sheet.set_row(row, _LINE_HEIGHT * math.ceil(len(text) / _LETTERS))
    sheet.write_string(row, 1, text, wrap)
