"""A copy of the user's own workbook with edited cells. Runs in a confined process.

A number stays a number and a date a date, where the new text is one; every other text is text, so
that nothing of it is calculated.
"""

import datetime
import re
from pathlib import Path
from typing import Any, Final

import orjson
from openpyxl.cell.cell import Cell
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import to_excel

from loader.annotate.copy_workbook import (
    Copied,
    cell_of,
    count_cells,
    exact_workbook,
    lost_parts,
)
from loader.source.options import Limits
from loader.source.workbook.package import open_package

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2})?")


def correct(source: Path, edits: Path, out: Path, *, macros: bool, limits: Limits) -> Copied:
    """Write the copy to `out`, unless it is too large.

    `edits` is a JSON file: a list of [sheet, row number, position, text].
    """
    with open_package(source, limits) as archive:
        lost = list(lost_parts(archive, macros=macros))
        if count_cells(archive, most=limits.copied_cells) > limits.copied_cells:
            why = f"it has more than {limits.copied_cells:,} cells"
            return Copied(refused=why, lost=[], uncommented=0)
    book = exact_workbook(source, macros=macros)
    for sheet, row_number, position, text in orjson.loads(edits.read_bytes()):
        _write(cell_of(book[sheet], row_number, position), text)
    book.save(out)
    return Copied(refused="", lost=lost, uncommented=0)


def _write(cell: Cell, text: str) -> None:
    """Write a text into a cell, as a value of the kind that the cell held."""
    was_number = cell.data_type == "n" and cell.value is not None
    is_date = is_date_format(cell.number_format)
    cell.value = None
    if not text:
        return
    number = _date_number(text) if is_date else _plain_number(text) if was_number else None
    if number is not None:
        cell.value = number
        return
    cell.value = text
    cell.data_type = "s"  # what begins with = is text


def _plain_number(text: str) -> float | int | None:
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _date_number(text: str) -> Any:
    if not _DATE.fullmatch(text):
        return None
    try:
        return to_excel(datetime.datetime.fromisoformat(text))  # type: ignore[no-untyped-call]  # openpyxl
    except ValueError:
        return None
