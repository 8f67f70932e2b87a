"""A workbook of long tables and their list of errors, written with flat memory.

Rows and errors go to temporary files as they come; XlsxWriter writes the workbook at the
end. A full sheet is continued in "Results 2", "Errors 2" … Links past Excel's limit for a sheet,
and comments past what Excel opens with ease, are left out and counted: the address and the text
are still in Errors.
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from typing import BinaryIO, Final, Self

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from loader.results import unedited
from loader.results.long_sheet import (
    LINK_LIMIT,
    BufferedRows,
    LongSheet,
    LongSheetContent,
    SheetPlan,
)
from loader.results.sheet_xml import Shape, number_cell, text_cell
from loader.results.styles import FORMATS, Style
from loader.tables.addresses import column_letters

COMMENT_LIMIT: Final = 10_000  # of a book; each is a drawing
_FIRST_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """A table: its sheet, and the header with its look."""

    sheet: SheetPlan
    header: Sequence[str]
    styles: Sequence[Style]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRef:
    """A row of the table, to link to."""

    sheet: str
    row_number: int

    def reference(self, position: int) -> str:
        """Return the place inside the workbook of the cell at `position` of this row."""
        sheet = self.sheet.replace("'", "''")
        return f"'{sheet}'!{column_letters(position)}{self.row_number}"


class Book:
    """Collects rows and errors as they come, and writes the workbook at the end."""

    def __init__(self, file: BinaryIO, *, table: TablePlan, errors: TablePlan, title: str) -> None:
        self.unlinked = 0
        self.uncommented = 0
        self._file = file
        self._temporary = tempfile.TemporaryDirectory(prefix="loader-")
        self._workbook = xlsxwriter.Workbook(
            file, {"use_zip64": True, "tmpdir": self._temporary.name}
        )
        self._formats = {
            style: self._workbook.add_format(dict(FORMATS[style])) for style in FORMATS
        }
        self._title = title
        self._names: set[str] = set()
        self._comments = 0
        self._tables: list[LongSheetContent] = []
        self._errors: list[LongSheetContent] = []
        self._table_plan, self._error_plan = self._with_free_name(table), errors
        self._table = self._begin_sheet(self._tables, self._table_plan, self._table_plan.sheet.name)
        self._error_list = self._begin_sheet(self._errors, errors, errors.sheet.name)
        self._continued = 1  # sheets of this table so far

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for content in (*self._tables, *self._errors):
            content.buffer.close()
        self._temporary.cleanup()

    @property
    def cut_cells(self) -> int:
        """How many cells were too long and had to be cut."""
        return sum(each.buffer.rows.cut_cells for each in (*self._tables, *self._errors))

    @property
    def table_name(self) -> str:
        """What the first sheet of the table is called."""
        return self._table_plan.sheet.name

    def shape(self, styles: Sequence[Style]) -> Shape:
        """Return the shape of a row whose cells look like this."""
        return Shape(
            tuple(
                (number_cell if style is Style.NUMBER else text_cell)(position, self.style(style))
                for position, style in enumerate(styles)
            )
        )

    def style(self, style: Style) -> int:
        """Return the number of a style, for `Shape.styled`."""
        number: int = self._formats[style]._get_xf_index()  # noqa: SLF001 - rows carry the number
        return number

    def next_table(self, table: TablePlan) -> None:
        """End the table and begin another, on a sheet of its own."""
        self._table_plan = self._with_free_name(table)
        self._table = self._begin_sheet(self._tables, self._table_plan, self._table_plan.sheet.name)
        self._continued = 1

    def write(self, shape: Shape, texts: Sequence[str], *, at: int = 0) -> CellRef:
        """Write a row of the table, no higher than `at`; return where it is."""
        if self._table.buffer.rows.is_full:
            self._continued += 1
            name = self._free_name(f"{self._table_plan.sheet.name} {self._continued}")
            self._table = self._begin_sheet(self._tables, self._table_plan, name)
        at = at if self._continued == 1 else 0
        row_number = self._table.buffer.rows.write(shape, texts, at=at)
        return CellRef(sheet=self._table.plan.name, row_number=row_number)

    def comment(self, cell: CellRef, position: int, text: str) -> None:
        """Comment on a cell of the row that was written last."""
        if self._comments < COMMENT_LIMIT:
            self._comments += 1
            self._table.comments.append((cell.row_number, position, text))
        else:
            self.uncommented += 1

    def write_error(
        self, shape: Shape, texts: Sequence[str], *, linked: int, reference: str
    ) -> None:
        """Write a line of the errors, its cell at `linked` leading to `reference`."""
        if self._error_list.buffer.rows.is_full:
            name = f"{self._error_plan.sheet.name} {len(self._errors) + 1}"
            self._error_list = self._begin_sheet(self._errors, self._error_plan, name)
        row_number = self._error_list.buffer.rows.write(shape, texts)
        if len(self._error_list.links) < LINK_LIMIT:
            self._error_list.links.append((row_number, linked, reference))
        else:
            self.unlinked += 1

    def finish(
        self,
        extra: Callable[[xlsxwriter.Workbook], None] | None = None,
        *,
        created_at: float | None = None,
    ) -> None:
        """Write the workbook: tables, errors, and what `extra` adds after them."""
        moment = _FIRST_MOMENT if created_at is None else datetime.fromtimestamp(created_at, UTC)
        self._workbook.set_properties({"title": self._title, "created": moment})
        for content in self._errors:  # only now: a table may be called so, and keeps its name
            content.plan = replace(content.plan, name=self._free_name(content.plan.name))
        for content in (*self._tables, *self._errors):
            sheet = self._workbook.add_worksheet(content.plan.name, worksheet_class=LongSheet)
            sheet.fill(content, text_format=self._formats[Style.TEXT])
        if extra is not None:
            extra(self._workbook)
        try:
            with _fast_compression():
                self._workbook.close()
        except FileCreateError as error:
            raise error.args[0] from None  # the OSError that it hides
        with zipfile.ZipFile(self._file, "a") as archive:
            archive.writestr(unedited.MARKER_PART, unedited.MARKER_CONTENT)

    def _begin_sheet(
        self, sheets: list[LongSheetContent], table: TablePlan, name: str
    ) -> LongSheetContent:
        content = LongSheetContent(
            plan=replace(table.sheet, name=name), buffer=BufferedRows(self._temporary.name)
        )
        content.buffer.rows.write(self.shape(table.styles), table.header, at=table.sheet.header_row)
        sheets.append(content)
        return content

    def _with_free_name(self, table: TablePlan) -> TablePlan:
        return replace(table, sheet=replace(table.sheet, name=self._free_name(table.sheet.name)))

    def _free_name(self, name: str) -> str:
        """Return `name`, or it with a number, where no other sheet is called so."""
        others = (f"{name[:26]} ({number})" for number in count(2))
        free = next(
            each for each in (name, *islice(others, 999)) if each.casefold() not in self._names
        )
        self._names.add(free.casefold())
        return free


@contextmanager
def _fast_compression() -> Iterator[None]:
    """Make XlsxWriter compress at a level that takes a third of the time: it has no setting."""
    usual = xlsxwriter.workbook.ZipFile
    xlsxwriter.workbook.ZipFile = partial(usual, compresslevel=1)
    try:
        yield
    finally:
        xlsxwriter.workbook.ZipFile = usual
