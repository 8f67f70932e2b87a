"""The blank workbook and CSV that people fill in, made from the schema.

Rules of this file: everything it says about a column comes from `loader.offer.fields`.
"""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from loader.errors import ResultsError
from loader.offer.fields import FIELDS, Form, facts_of

SHEET: Final = "Offers"
_CREATED: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - a property without a zone; always the same bytes
ROWS: Final = 1_000  # that get dropdowns and formats
EXAMPLE_ATTRIBUTE: Final = ("attr:Tier", "gold")
_WIDTHS: Final = {Form.EXACT: 50, Form.ADDRESS: 40, Form.TEXT: 28}
_STEPS: Final = (
    "One row is one fallback offer. Row 2 is an example: overwrite it.",
    "Columns in bold are needed in every row; the comment on a heading says what goes in.",
    "Placements and tags may be given by name, as the library shows it: loader placements.",
    "A blank type or channel is what the placement takes.",
    "html, text and json need content; image needs delivery_url.",
    "More representations of the same offer: add placement_2, type_2, content_2 and so on.",
    "Attributes of the offer: name columns attr:NAME.",
    "Then run: loader check FILE, and when nothing is wrong: loader load FILE.",
)


def headings() -> list[str]:
    """Return the headings of the template, in order."""
    return [*FIELDS, EXAMPLE_ATTRIBUTE[0]]


def example() -> list[str]:
    """Return the example row: an html offer that passes every check."""
    skipped = {"delivery_url", "link_url", "format"}
    row = ["" if name in skipped else facts_of(FIELDS[name]).example for name in FIELDS]
    return [*row, EXAMPLE_ATTRIBUTE[1]]


def write_template(path: Path) -> None:
    """Write the template to `path`: .xlsx or .csv. Raises `ResultsError`."""
    match path.suffix.lower():
        case ".xlsx":
            write = _write_workbook
        case ".csv":
            write = _write_csv
        case other:
            raise ResultsError(f"a template is .xlsx or .csv, not {other or 'without extension'!r}")
    try:
        write(path)
    except OSError as error:
        raise ResultsError(
            f"cannot write {path} ({error.strerror or error}): choose another folder"
        ) from error


def _write_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings())
        writer.writerow(example())


def _write_workbook(path: Path) -> None:
    with path.open("wb") as file, xlsxwriter.Workbook(file) as book:
        book.set_properties({"created": _CREATED})
        _offers(book)
        _instructions(book)


def _offers(book: Any) -> None:
    sheet = book.add_worksheet(SHEET)
    text = book.add_format({"num_format": "@"})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    plain = book.add_format({"bg_color": "#DDEBF7", "num_format": "@"})
    needed = book.add_format({"bg_color": "#DDEBF7", "bold": True, "num_format": "@"})
    sheet.freeze_panes(1, 0)
    for position, (name, value) in enumerate(zip(headings(), example(), strict=True)):
        column = FIELDS.get(name)
        facts = facts_of(column) if column is not None else None
        is_date = facts is not None and facts.form is Form.DATE
        width = _WIDTHS.get(facts.form, 16) if facts else 16
        sheet.set_column(position, position, width, date if is_date else text)
        sheet.write_string(0, position, name, needed if facts and facts.always else plain)
        sheet.write_string(1, position, value)
        if facts is not None and column is not None:
            note = f"{column.title}\n{column.description}\nExpected: {facts.expected}."
            sheet.write_comment(0, position, note, {"x_scale": 2.5, "y_scale": 1.5})
        if facts is not None and facts.words and facts.closed:
            sheet.data_validation(
                1, position, ROWS, position, {"validate": "list", "source": list(facts.words)}
            )


def _instructions(book: Any) -> None:
    sheet = book.add_worksheet("Instructions")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)
    for number, step in enumerate(_STEPS):
        sheet.write_number(number, 0, number + 1)
        sheet.write_string(number, 1, step, wrap)
    row = len(_STEPS) + 1
    sheet.write_row(row, 0, ["Column", "What goes in"], bold)
    for offset, (name, column) in enumerate(FIELDS.items(), start=row + 1):
        facts = facts_of(column)
        sheet.write_string(offset, 0, name, bold if facts.always else None)
        sheet.write_string(offset, 1, f"{column.description} Expected: {facts.expected}.", wrap)
