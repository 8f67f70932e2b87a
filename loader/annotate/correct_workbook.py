"""A copy of the user's own workbook with edited cells, in a confined process.

Only the cells themselves are written again, in the XML of their sheets; every other part of the
workbook, and every other byte of the sheets, is copied: formats, formulas and the values that they
had, charts, pictures, macros. A number stays a number and a date a date, where the new text is one;
every other text is text, so that nothing of it is calculated.
"""

import datetime
import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from loader.annotate.mark_workbook import CopyResult
from loader.annotate.sheet_patch import NotPatched, SheetPatch
from loader.source.options import Limits
from loader.source.workbook.book import Book, open_book
from loader.source.workbook.package import open_package
from loader.tables.chunk import CellKind

_CHAIN: Final = re.compile(rb"<(?:\w+:)?(?:Override|Relationship)\b[^>]*calcChain[^>]*/>")
_CHAIN_PART: Final = re.compile(r"xl/calcchain\.xml", re.IGNORECASE)
_LISTS_OF_PARTS: Final = re.compile(r"\[content_types\]\.xml|xl/_rels/[^/]+\.rels", re.IGNORECASE)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2})?")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?")
_FIRST_RELIABLE_DATE: Final = datetime.datetime(1900, 3, 1)  # noqa: DTZ001 - a workbook knows no zone

Edits = Mapping[str, Mapping[int, Mapping[int, str]]]  # sheet -> row number -> position -> text


def correct(source: Path, edits: Path, out: Path, *, macros: bool, limits: Limits) -> CopyResult:
    """Write the copy to `out`. `edits` is a JSON file: a list of [sheet, row, position, text]."""
    del macros  # are a part like any other
    wanted: dict[str, dict[int, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
    for sheet, row_number, position, text in orjson.loads(edits.read_bytes()):
        wanted[sheet][row_number][position] = text
    try:
        with open_package(source, limits) as archive, open_book(archive) as book:
            _write(archive, book, wanted, out)
    except NotPatched as reason:
        return CopyResult(refused=str(reason), lost=[], uncommented=0)
    return CopyResult(refused="", lost=[], uncommented=0)


def _write(archive: zipfile.ZipFile, book: Book, edits: Edits, out: Path) -> None:
    patched = {}
    had_formula = False
    for sheet in book.sheets:
        if sheet.name in edits:
            patch = SheetPatch(edits[sheet.name], number_of=_CellNumbers(book).number_for)
            patched[sheet.part] = patch.apply(archive.read(sheet.part))
            had_formula = had_formula or patch.had_formula
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in archive.infolist():
            if had_formula and _CHAIN_PART.fullmatch(info.filename):
                continue  # it would name formulas that are gone; programs make a new one
            content = patched.get(info.filename)
            if content is None:
                content = archive.read(info)
            if had_formula and _LISTS_OF_PARTS.fullmatch(info.filename):
                content = _CHAIN.sub(b"", content)
            copy.writestr(_entry_like(info), content)


def _entry_like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(info.filename, date_time=info.date_time)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = info.external_attr
    return made


class _CellNumbers:
    """Turns texts into the numbers to store, where the style or the old value asks for one."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def number_for(self, text: str, style: str, *, was_number: bool) -> str:
        """Return the number to store; "" where the text is to be text."""
        if self._book.number_format(style).kind is CellKind.DATE:
            return self._serial(text)
        return text if was_number and _NUMBER.fullmatch(text) else ""

    def _serial(self, text: str) -> str:
        if not _DATE.fullmatch(text):
            return ""
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            return ""
        if moment < _FIRST_RELIABLE_DATE:
            return ""  # the calendar of spreadsheets has a day too many before
        first = (1904, 1, 1) if self._book.epoch_1904 else (1899, 12, 30)
        days = (moment - datetime.datetime(*first)) / datetime.timedelta(days=1)  # noqa: DTZ001 - as above
        return f"{days:.10f}".rstrip("0").rstrip(".")
