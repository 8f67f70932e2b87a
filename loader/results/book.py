"""A workbook of one long table and its list of errors, streamed into an archive.

Rules of this file: rows go straight to the archive, errors to a packed spool that follows them;
neither is held in memory; a full sheet is continued in "Results 2", "Errors 2" …; what needs the
final numbers (filters, summary, chart) is written last. Links past Excel's limit for a sheet, and
comments past what Excel opens with ease, are left out and counted: the address and the text are
still in Errors.
"""

import gzip
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from itertools import count, islice
from typing import IO, BinaryIO, Final, Self

import xlsxwriter

from loader.results import untouched
from loader.results.sheet_xml import Shape, SheetRows, Sink, column_letters, number_cell, text_cell
from loader.results.skeleton import SheetPlan, Style, build_skeleton, part_name

LINK_LIMIT: Final = 65_530  # hyperlinks that Excel opens in one sheet
COMMENT_LIMIT: Final = 10_000  # of a book; each is a drawing
_SPOOL_BYTES: Final = 8_000_000
_COMPRESSION: Final = 1  # a little larger than 6, and half its time
_FILTER: Final = re.compile(rb'(<autoFilter ref="[^"]*?)[0-9]+("/>)')
_AFTER_LINKS: Final = b"<pageMargins"
_END: Final = b"</worksheet>"
_DRAWN: Final = b'<legacyDrawing r:id="rId1"/>'  # what shows comments; the only part of its sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """A table: its sheet, and the header with its look."""

    sheet: SheetPlan
    header: Sequence[str]
    styles: Sequence[Style]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A row of the table, to link to."""

    sheet: str
    row_number: int

    def reference(self, position: int) -> str:
        """Return the place inside the workbook of the cell at `position` of this row."""
        return f"'{self.sheet}'!{column_letters(position)}{self.row_number}"


class _Spool:
    """The rows and links of one sheet of errors, packed, until the archive is free for them."""

    def __init__(self) -> None:
        self._rows_file = _spooled()
        self._links_file = _spooled()
        self.packed_rows = gzip.GzipFile(fileobj=self._rows_file, mode="wb", compresslevel=1)
        self._packed_links = gzip.GzipFile(fileobj=self._links_file, mode="wb", compresslevel=1)
        self.links = 0

    def link(self, cell: str, reference: str) -> None:
        """Link `cell` of this sheet to another place in the workbook."""
        self.links += 1
        location = escape(reference, quote=True)
        self._packed_links.write(f'<hyperlink ref="{cell}" location="{location}"/>'.encode())

    def pour(self, file: IO[bytes], *, head: bytes, tail: bytes) -> None:
        """Write the whole sheet to `file`."""
        before, after = tail.split(_AFTER_LINKS)
        file.write(head)
        _unpack(self.packed_rows, self._rows_file, into=file)
        file.write(before)
        if self.links:
            file.write(b"<hyperlinks>")
            _unpack(self._packed_links, self._links_file, into=file)
            file.write(b"</hyperlinks>")
        file.write(_AFTER_LINKS + after)

    def close(self) -> None:
        """Give up the spool."""
        self.packed_rows.close()
        self._packed_links.close()
        self._rows_file.close()
        self._links_file.close()


def _spooled() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(_SPOOL_BYTES)


def _unpack(packed: gzip.GzipFile, spooled: IO[bytes], *, into: IO[bytes]) -> None:
    packed.close()
    spooled.seek(0)
    with gzip.GzipFile(fileobj=spooled, mode="rb") as rows:
        shutil.copyfileobj(rows, into, 1 << 20)


class Book:
    """Writes rows and errors as they come, then everything else."""

    def __init__(self, file: BinaryIO, *, table: TablePlan, errors: TablePlan, title: str) -> None:
        self.unlinked = 0
        self.uncommented = 0
        self.cut_cells = 0
        self._comments: list[tuple[int, int, str]] = []
        self._names = {errors.sheet.name.casefold()}
        self._table = self._named(table)
        self._errors = errors
        self._title = title
        self._first = build_skeleton([self._table.sheet, errors.sheet], title=title)
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        self._written: list[SheetPlan] = []
        self._earlier = 0  # sheets of this table that are full
        self._spools: list[tuple[SheetPlan, _Spool]] = []
        self._begin_sheet()
        self._begin_errors()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for spool in (*(spool for _, spool in self._spools), self._spool):
            spool.close()
        with suppress(OSError):  # after a full disk: the file is given up anyway
            self._part.close()
            self._archive.close()

    def shape(self, styles: Sequence[Style]) -> Shape:
        """Return the shape of a row whose cells look like this."""
        return Shape(tuple(self._cell(position, style) for position, style in enumerate(styles)))

    def style(self, style: Style) -> int:
        """Return the number of a style, for `Shape.styled`."""
        return self._first.styles[style]

    def next_table(self, table: TablePlan) -> None:
        """End the table and begin another, on a sheet of its own."""
        self._end_sheet()
        self._table = self._named(table)
        self._earlier = 0
        self._first = build_skeleton([self._table.sheet, self._errors.sheet], title=self._title)
        self._begin_sheet()

    def write(self, shape: Shape, texts: Sequence[str], *, at: int = 0) -> Spot:
        """Write a row of the table, no higher than `at`; return where it stands."""
        if self._rows.is_full:
            self._end_sheet()
            self._earlier += 1
            self._begin_sheet()
        at = at if not self._earlier else 0
        return Spot(sheet=self._sheet_name, row_number=self._rows.write(shape, texts, at=at))

    def comment(self, spot: Spot, position: int, text: str) -> None:
        """Comment on a cell of the row that was written last."""
        if sum(len(plan.comments) for plan in self._written) + len(self._comments) < COMMENT_LIMIT:
            self._comments.append((spot.row_number, position, text))
        else:
            self.uncommented += 1

    def write_error(
        self, shape: Shape, texts: Sequence[str], *, linked: int, reference: str
    ) -> None:
        """Write a line of the errors, its cell at `linked` leading to `reference`."""
        if self._error_rows.is_full:
            self._end_errors()
            self._begin_errors()
        row_number = self._error_rows.write(shape, texts)
        if self._spool.links >= LINK_LIMIT:
            self.unlinked += 1
            return
        self._spool.link(f"{column_letters(linked)}{row_number}", reference)

    def finish(
        self,
        extra: Callable[[xlsxwriter.Workbook], None] | None = None,
        *,
        created_at: float | None = None,
    ) -> None:
        """Write everything else: the errors, and what `extra` adds after them."""
        self._end_sheet()
        self._end_errors()
        for plan, spool in self._spools:
            with self._open_part(len(self._written)) as part:
                head, tail = self._halves(1, plan)
                spool.pour(part, head=head, tail=tail)
            self._written.append(plan)
        final = build_skeleton(self._written, title=self._title, extra=extra, created_at=created_at)
        for name, data in (*final.parts.items(), (untouched.PART, untouched.CONTENT)):
            with self._archive.open(name, "w") as part:
                part.write(data)

    def _cell(self, position: int, style: Style) -> tuple[str, str, str]:
        make = number_cell if style is Style.NUMBER else text_cell
        return make(position, self.style(style))

    def _begin_sheet(self) -> None:
        name = self._table.sheet.name
        self._sheet_name = self._free_name(f"{name} {self._earlier + 1}") if self._earlier else name
        self._part = self._open_part(len(self._written))
        self._part.write(self._first.halves[0][0])
        self._rows = self._begin_rows(self._part, self._table)

    def _end_sheet(self) -> None:
        plan = self._end_rows(self._rows, self._table, self._sheet_name)
        plan = replace(plan, comments=tuple(self._comments))
        self._comments.clear()
        tail = self._halves(0, plan)[1]
        self._part.write(tail.replace(_END, _DRAWN + _END) if plan.comments else tail)
        self._part.close()
        self._written.append(plan)

    def _begin_errors(self) -> None:
        self._spool = _Spool()
        self._error_rows = self._begin_rows(self._spool.packed_rows, self._errors)

    def _end_errors(self) -> None:
        name = _continued(self._errors.sheet.name, len(self._spools))
        plan = self._end_rows(self._error_rows, self._errors, name)
        self._spools.append((plan, self._spool))

    def _begin_rows(self, file: Sink, table: TablePlan) -> SheetRows:
        rows = SheetRows(file)
        rows.write(self.shape(table.styles), table.header, at=table.sheet.header_row)
        return rows

    def _named(self, table: TablePlan) -> TablePlan:
        return replace(table, sheet=replace(table.sheet, name=self._free_name(table.sheet.name)))

    def _free_name(self, name: str) -> str:
        """Return `name`, or it with a number, where no other sheet is called so."""
        others = (f"{name[:26]} ({number})" for number in count(2))
        free = next(
            each for each in (name, *islice(others, 999)) if each.casefold() not in self._names
        )
        self._names.add(free.casefold())
        return free

    def _end_rows(self, rows: SheetRows, table: TablePlan, name: str) -> SheetPlan:
        rows.flush()
        self.cut_cells += rows.cut_cells
        return replace(table.sheet, name=name, last_row=rows.row_number)

    def _halves(self, index: int, plan: SheetPlan) -> tuple[bytes, bytes]:
        head, tail = self._first.halves[index]
        return head, _FILTER.sub(rb"\g<1>%d\g<2>" % plan.last_row, tail)

    def _open_part(self, index: int) -> IO[bytes]:
        return self._archive.open(part_name(index), "w")


def _continued(name: str, earlier: int) -> str:
    return name if earlier == 0 else f"{name} {earlier + 1}"
