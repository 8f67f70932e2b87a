"""A copy of the user's own workbook with its wrong cells marked. Runs in a confined process.

The whole workbook is in memory, so it is bounded before it is opened. No value of a cell is
changed; what openpyxl cannot keep is reported.
"""

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypedDict

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from loader.annotate.cell_comments import (
    append_comment,
    by_position,
    comment_text,
    is_error,
    without_our_comment,
)
from loader.annotate.error_sheet import COLUMNS, ErrorSheet, remove_error_sheet
from loader.annotate.exact_reader import read_exactly
from loader.annotate.spool import read_spool, spool_size
from loader.model import RowError
from loader.results.styles import AUTHOR
from loader.results.unedited import MARKER_CONTENT, MARKER_PART
from loader.source.options import Limits
from loader.source.workbook.package import open_package
from loader.tables.addresses import column_letters

COMMENT_LIMIT: Final = 10_000  # each is a drawing
_BAD: Final = PatternFill("solid", fgColor="FFFFC7CE")
_WARNING: Final = PatternFill("solid", fgColor="FFFFEB9C")
_NO_FILL: Final = PatternFill()
_CELL: Final = re.compile(rb"<(?:\w+:)?c[ />]")
_BLOCK: Final = 1 << 20
_LOST: Final = {
    "xl/charts/": "charts are drawn again and may look different",
    "xl/media/": "pictures are missing",
    "xl/threadedcomments/": "threaded comments have become plain ones",
    "xl/slicers/": "slicers are missing",
    "xl/embeddings/": "embedded objects are missing",
    "xl/ctrlprops/": "form controls are missing",
}


_EXTENSION: Final = re.compile(rb"""uri\s*=\s*["'](\{[0-9A-Fa-f-]{36}\})""")
_LONGEST_EXTENSION: Final = 80  # bytes of such a name
_LOST_EXTENSIONS: Final = {
    b"{05C60535-1F16-4FD2-B633-F4F36F0B64E0}": "sparklines are missing",
    b"{78C0D931-6437-407D-A8EE-F0AAD7539E65}": "some conditional formats are missing or plainer",
    b"{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}": "some drop-down lists are missing",
}


class CopyResult(TypedDict):
    """What became of a copy: `refused` is why there is none, else ""."""

    refused: str
    lost: list[str]
    uncommented: int


def annotate(source: Path, spool: Path, out: Path, *, macros: bool, limits: Limits) -> CopyResult:
    """Write the copy to `out`, unless it is too large."""
    with open_package(source, limits) as archive:
        lost = list(_find_losses(archive, macros=macros))
        room = limits.copied_cells - len(COLUMNS) * spool_size(spool)
        cells, extensions = _look_at_sheets(archive, most=room)
        lost += [what for name, what in _LOST_EXTENSIONS.items() if name in extensions]
        if cells > room:
            why = f"it has more than {limits.copied_cells:,} cells, with those of Errors"
            return CopyResult(refused=why, lost=[], uncommented=0)
    warnings.simplefilter("ignore")  # what openpyxl cannot keep is in `lost`
    with source.open("rb") as file:  # whatever its name ends in
        book = read_exactly(file, macros=macros)
    book.template = False
    uncommented = _mark(book, spool)
    book.save(out)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(MARKER_PART, MARKER_CONTENT)
    return CopyResult(refused="", lost=lost, uncommented=uncommented)


def _find_losses(archive: zipfile.ZipFile, *, macros: bool) -> Iterator[str]:
    names = [name.lower() for name in archive.namelist()]
    for folder, what in _LOST.items():
        kept = macros and folder == "xl/ctrlprops/"
        if not kept and any(name.startswith(folder) for name in names):
            yield what
    if not macros and "xl/vbaproject.bin" in names:
        yield "macros are missing"


def _look_at_sheets(archive: zipfile.ZipFile, *, most: int) -> tuple[int, set[bytes]]:
    """Count the cells of all sheets, until they are too many; return also their extensions."""
    cells, extensions = 0, set[bytes]()
    for name in archive.namelist():
        if not name.lower().startswith("xl/worksheets/"):
            continue
        before = b""
        with archive.open(name) as part:
            while (block := part.read(_BLOCK)) and cells <= most:
                cells += len(_CELL.findall(block))
                extensions.update(map(bytes.upper, _EXTENSION.findall(before + block)))
                before = block[-_LONGEST_EXTENSION:]
    return cells, extensions


def _mark(book: Workbook, spool: Path) -> int:
    """Mark every wrong cell, and list the errors; return how many cells got no comment."""
    remove_error_sheet(book)
    for sheet in book.worksheets:
        _remove_marks(sheet)
    listed = ErrorSheet(book)
    comments = uncommented = 0
    for (name, row_number), group in groupby(read_spool(spool), key=_row_of):
        for position, errors in by_position(error for _, error in group).items():
            cell = _cell(book[name], row_number, position)
            if cell.fill != _BAD:  # of another cell of the same merged area
                cell.fill = _BAD if is_error(errors) else _WARNING
            if comments < COMMENT_LIMIT:
                _comment(cell, errors)
                comments += 1
            else:
                uncommented += 1
            address = f"{column_letters(position)}{row_number}"
            for error in errors:
                listed.add(name, address, error, shown_in=cell.coordinate)
    return uncommented


def _row_of(found: tuple[str, RowError]) -> tuple[str, int]:
    sheet, error = found
    return sheet, error.row_number


def _cell(sheet: Worksheet, row_number: int, position: int) -> Cell:
    """Return the cell, or the one that a merged area shows in its place."""
    cell: Any = sheet.cell(row_number, position + 1)  # Any: Cell or MergedCell, as is checked
    if isinstance(cell, MergedCell):
        area = next(each for each in sheet.merged_cells.ranges if cell.coordinate in each)
        cell = sheet.cell(area.min_row, area.min_col)
    assert isinstance(cell, Cell)  # noqa: S101 - the first of a merged area is one
    return cell


def _comment(cell: Cell, errors: Iterable[RowError]) -> None:
    """Comment on the cell, after the user's own comment, or another one of its merged area."""
    existing, author = (cell.comment.text, cell.comment.author) if cell.comment else ("", AUTHOR)
    cell.comment = Comment(
        append_comment(existing, comment_text(errors)), author, height=130, width=340
    )


def _remove_marks(sheet: Worksheet) -> None:
    """Remove what an earlier check marked, where a checked copy is checked again."""
    cells: Any = sheet._cells  # noqa: SLF001 - iter_rows makes a cell of every gap, billions of them
    for cell in cells.values():
        if not isinstance(cell, Cell) or cell.comment is None:
            continue
        theirs = without_our_comment(cell.comment.text)
        if theirs == cell.comment.text.rstrip():
            continue
        cell.fill = _NO_FILL
        cell.comment = Comment(theirs, cell.comment.author) if theirs else None
