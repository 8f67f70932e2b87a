"""Write a pulled sheet: a workbook with one Excel table, CSV, or JSON Lines.

The table makes sorting move whole rows. Nothing is protected: a protected sheet cannot be sorted.
"""

import csv
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import xlsxwriter

from loader.errors import ResultsError
from loader.model import RemoteOffer
from loader.pulled.hidden_sheet import PullInfo, hidden_rows
from loader.pulled.layout import ACTION, BASE_SHEET, ETAG, ID, Action, cell_text, suffix_of
from loader.results import unedited
from loader.results.atomic import atomic_write
from loader.results.paths import check_place
from loader.results.unedited import refuse_edited
from loader.source.file_checks import lock_beside
from loader.validation.editing import Cells
from loader.validation.entity import Entity
from loader.validation.fields import Form

_WIDTHS: Final = {Form.EXACT: 50, Form.ADDRESS: 40, Form.TEXT: 34}
_PATH_BY: Final = "`loader pull PATH`"  # how a message says that another path is given
_SPARE_ROWS: Final = 1_000  # below the table, that get the dropdown too


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledSheet:
    """What is written. `rows` gives each offer with its cells, from the top, as often as asked."""

    entity: Entity
    pull: PullInfo
    columns: Sequence[str]
    count: int
    rows: Callable[[], Iterator[tuple[RemoteOffer, Cells]]]


def write_pulled(path: Path, sheet: PulledSheet) -> None:
    """Write the sheet to `path`: .xlsx, .csv or .jsonl. Raises `ResultsError`."""
    writers = {".xlsx": _write_workbook, ".csv": _write_csv, ".jsonl": _write_json}
    write = writers.get(suffix_of(path))
    if write is None:
        raise ResultsError(
            f"{path}: a pulled sheet is .xlsx, .csv or .jsonl: give it a name that ends so"
        )
    with atomic_write(path, path_by=_PATH_BY) as file:
        write(file, sheet)


def _lines(sheet: PulledSheet, suffix: str) -> Iterator[list[str]]:
    for offer, cells in sheet.rows():
        texts = [cell_text(cells.get(name, ""), suffix) for name in sheet.columns]
        yield ["", *texts, offer.receipt.instance_id, offer.receipt.etag]


def _write_csv(file: Any, sheet: PulledSheet) -> None:
    file.write(b"\xef\xbb\xbf")

    class Encoded:
        def write(self, text: str) -> int:
            return int(file.write(text.encode()))

    writer = csv.writer(Encoded())
    writer.writerow([ACTION, *sheet.columns, ID, ETAG])
    writer.writerows(_lines(sheet, ".csv"))


def _write_json(file: Any, sheet: PulledSheet) -> None:
    names = [ACTION, *sheet.columns, ID, ETAG]
    for line in _lines(sheet, ".jsonl"):
        file.write(
            orjson.dumps(dict(zip(names, line, strict=True)), option=orjson.OPT_APPEND_NEWLINE)
        )


def check_free(path: Path) -> None:
    """Raise `ResultsError` where a sheet is there already that may hold somebody's edits."""
    check_place(path, path_by=_PATH_BY)
    lock = lock_beside(path)
    if lock is not None and path.exists():
        raise ResultsError(
            f"{path} is open in an office program ({lock.name} is beside it), which would write"
            " over what is pulled: close it there, or pull into another file"
        )
    if suffix_of(path) == ".xlsx":
        refuse_edited(path, path_by=_PATH_BY, look_by="`loader plan FILE`")
    elif path.exists():
        raise ResultsError(
            f"{path} is there already, and may hold edits: `loader plan FILE` shows them; or pull"
            " into another file"
        )


def _write_workbook(file: Any, sheet: PulledSheet) -> None:
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        _write_offers(book, sheet)
        hidden = book.add_worksheet(BASE_SHEET)
        hidden.very_hidden()
        for number, cells in enumerate(hidden_rows(sheet.pull, (each for each, _ in sheet.rows()))):
            for position, text in enumerate(cells):
                hidden.write_string(number, position, text)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(unedited.MARKER_PART, unedited.MARKER_CONTENT)


_HEADING: Final = {"num_format": "@", "bold": True, "bottom": 1, "bg_color": "#D9E1F2"}
# … which LibreOffice shows, too: it knows no styles of tables


def _write_offers(book: Any, sheet: PulledSheet) -> None:
    page = book.add_worksheet(sheet.entity.template.sheet)
    text = book.add_format({"num_format": "@"})
    bold = book.add_format(_HEADING)
    grey = book.add_format({"num_format": "@", "font_color": "#7F7F7F"})
    names = [ACTION, *sheet.columns, ID, ETAG]
    last, identity = len(names) - 1, len(names) - 2
    page.freeze_panes(1, 2)  # action and name stay in view
    page.set_landscape()
    page.repeat_rows(0)
    page.set_column(0, 0, 10, text)
    for position, name in enumerate(sheet.columns, start=1):
        form = sheet.entity.fields.facts_of(name).form
        page.set_column(position, position, _WIDTHS.get(form, 16), text)
    page.set_column(identity, identity, 30, grey)
    page.set_column(last, last, 10, grey, {"hidden": True})
    for number, line in enumerate(_lines(sheet, ".xlsx"), start=1):
        for position, cell in enumerate(line):
            if cell:
                page.write_string(number, position, cell, grey if position >= identity else text)
            else:
                page.write_blank(number, position, None, text)
    rows = max(sheet.count, 1)
    page.add_table(
        0, 0, rows, last,
        {
            "name": "Offers",
            "style": "Table Style Light 1",
            "columns": [{"header": name, "header_format": bold} for name in names],
        },
    )  # fmt: skip
    page.data_validation(
        1, 0, rows + _SPARE_ROWS, 0,
        {
            "validate": "list",
            "source": [each.value for each in Action],
            "ignore_blank": True,
            "input_title": "What to do with this row",
            "input_message": "Blank: update it if it was changed, create it if it has no id.",
        },
    )  # fmt: skip
    for position, name in enumerate(sheet.columns, start=1):
        facts = sheet.entity.fields.facts_of(name)
        if facts.closed_words:
            page.data_validation(
                1, position, rows + _SPARE_ROWS, position,
                {"validate": "list", "source": list(facts.closed_words), "error_type": "warning"},
            )  # fmt: skip
