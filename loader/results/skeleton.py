"""Everything of a workbook but its long sheets: styles, links between parts, summary and chart.

Rules of this file: XlsxWriter makes a small workbook with an empty sheet for each long one; we
keep its parts and put our rows between the two halves of those sheets. Styles keep their numbers
from one skeleton to the next, because every one is used, in order, in the first sheet.
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import xlsxwriter

_DATA: Final = re.compile(rb"<sheetData>.*</sheetData>|<sheetData/>", re.DOTALL)
_DIMENSION: Final = re.compile(rb"<dimension [^>]*/>")
_STYLE: Final = re.compile(rb'<c r="[A-Z]+1" s="([0-9]+)"')
_FIRST_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Style(StrEnum):
    """How a cell looks. All but numbers are formatted as text, so that editing keeps them text."""

    TEXT = "text"
    NUMBER = "number"
    SOURCE_HEADER = "source header"  # the user's own columns
    OUR_HEADER = "our header"  # what we add
    GOOD = "good"
    BAD = "bad"
    DOUBT = "doubt"
    QUIET = "quiet"
    LINK = "link"


AUTHOR: Final = "loader"  # of comments
COMMENT: Final[Mapping[str, Any]] = {  # Any: as below
    "author": AUTHOR,
    "x_scale": 2.4,
    "y_scale": 1.6,
}
FORMATS: Final[Mapping[Style, dict[str, Any]]] = {  # Any: XlsxWriter's own property values
    Style.TEXT: {"num_format": "@"},
    Style.NUMBER: {"num_format": "0"},
    Style.SOURCE_HEADER: {"num_format": "@", "bold": True, "bg_color": "#E7E6E6", "bottom": 1},
    Style.OUR_HEADER: {
        "num_format": "@",
        "bold": True,
        "bg_color": "#1F4E78",
        "font_color": "#FFFFFF",
        "bottom": 1,
    },
    Style.GOOD: {"num_format": "@", "bg_color": "#C6EFCE", "font_color": "#006100"},
    Style.BAD: {"num_format": "@", "bg_color": "#FFC7CE", "font_color": "#9C0006"},
    Style.DOUBT: {"num_format": "@", "bg_color": "#FFEB9C", "font_color": "#7F6000"},
    Style.QUIET: {"num_format": "@", "font_color": "#7F7F7F"},
    Style.LINK: {"num_format": "@", "font_color": "#0563C1", "underline": 1},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """A long sheet: its name, the width of each column, and what stays in view."""

    name: str
    widths: Sequence[int]
    last_row: int = 1  # of the filter; known when the rows are written
    frozen_columns: int = 0
    header_row: int = 1
    comments: Sequence[tuple[int, int, str]] = ()  # row number, position, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """The parts of a workbook, by name, and the two halves of each long sheet."""

    parts: Mapping[str, bytes]
    halves: Sequence[tuple[bytes, bytes]]
    styles: Mapping[Style, int]


def part_name(index: int) -> str:
    """Return the name of the part that holds the sheet at `index`, counted from 0."""
    return f"xl/worksheets/sheet{index + 1}.xml"


def build_skeleton(
    plans: Sequence[SheetPlan],
    *,
    title: str,
    extra: Callable[[xlsxwriter.Workbook], None] | None = None,
    created_at: float | None = None,
) -> Skeleton:
    """Return the skeleton of a workbook with these long sheets and what `extra` adds after them."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        moment = _FIRST_MOMENT if created_at is None else datetime.fromtimestamp(created_at, UTC)
        book.set_properties({"title": title, "created": moment})
        formats = [book.add_format(dict(properties)) for properties in FORMATS.values()]
        for plan in plans:
            _add_sheet(book, plan, formats)
        if extra is not None:
            extra(book)
    return _take_apart(buffer, len(plans))


def _add_sheet(book: xlsxwriter.Workbook, plan: SheetPlan, formats: Sequence[Any]) -> None:
    sheet = book.add_worksheet(plan.name)
    for position, style in enumerate(formats):
        sheet.write_blank(0, position, None, style)
    for position, width in enumerate(plan.widths):
        sheet.set_column(position, position, width, formats[0])
    sheet.freeze_panes(plan.header_row, plan.frozen_columns)
    top = plan.header_row - 1
    sheet.autofilter(top, 0, max(plan.last_row - 1, top), len(plan.widths) - 1)
    for row_number, position, text in plan.comments:
        sheet.write_comment(row_number - 1, position, text, dict(COMMENT))


def _take_apart(buffer: io.BytesIO, long_sheets: int) -> Skeleton:
    with zipfile.ZipFile(buffer) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheets = [parts.pop(part_name(index)) for index in range(long_sheets)]
    numbers = [int(number) for number in _STYLE.findall(sheets[0])]
    halves = []
    for sheet in sheets:
        head, tail = _DATA.split(_DIMENSION.sub(b"", sheet))
        halves.append((head + b"<sheetData>", b"</sheetData>" + tail))
    return Skeleton(parts=parts, halves=halves, styles=dict(zip(FORMATS, numbers, strict=True)))
