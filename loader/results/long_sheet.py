"""A long worksheet: its rows are in a temporary file until XlsxWriter writes the workbook.

XlsxWriter's own rows cost too much CPU (constant_memory) or memory. Here the rows are made by
`SheetRows`, and a `Worksheet` subclass puts them where XlsxWriter would write its own; panes,
filters, links, comments and the archive are XlsxWriter's.

A subclass may be handed in (`worksheet_class` is documented), but what this one overrides and uses
is not: `_write_sheet_data`, `_xml_start_tag`, `_xml_end_tag`, the open file `fh`, the size of the
sheet `dim_rowmin` and `dim_rowmax`, and `ignore_write_string`. A test fails if one is not there.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from xlsxwriter.worksheet import Worksheet

from loader.results.sheet_xml import SheetRows
from loader.results.styles import COMMENT

LINK_LIMIT: Final = 65_530  # hyperlinks that Excel opens in one sheet
_COPY_BYTES: Final = 1 << 20
_WIDEST_PAGE: Final = 300  # characters that can be read on a landscape page, if small


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """A long sheet: its name, the width of each column, and what stays in view."""

    name: str
    widths: Sequence[int]
    frozen_columns: int = 0
    header_row: int = 1


class BufferedRows:
    """The rows of one sheet, in a temporary file until the workbook is written."""

    def __init__(self, folder: str) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self.rows = SheetRows(self._file)

    def copy_to(self, file: IO[bytes]) -> None:
        """Copy the XML of the rows. No row can be added afterwards."""
        self.rows.flush()
        self._file.seek(0)
        shutil.copyfileobj(self._file, file, _COPY_BYTES)

    def close(self) -> None:
        """Close the temporary file, which removes it."""
        self._file.close()


@dataclass(slots=True, kw_only=True)
class LongSheetContent:
    """What a long sheet holds: its plan and rows, links by cell, and comments."""

    plan: SheetPlan
    buffer: BufferedRows
    links: list[tuple[int, int, str]] = field(default_factory=list)  # row number, position, place
    comments: list[tuple[int, int, str]] = field(default_factory=list)  # row number, position, text


class LongSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet whose rows come from `BufferedRows`."""

    _buffered: BufferedRows

    def fill(self, content: LongSheetContent, *, text_format: Any) -> None:
        """Set the content; the rows are copied when the workbook is closed."""
        self._buffered = content.buffer
        plan, last_row = content.plan, content.buffer.rows.row_number
        for position, width in enumerate(plan.widths):
            self.set_column(position, position, width, text_format)
        self.dim_rowmin, self.dim_rowmax = 0, max(last_row - 1, 0)  # it knows none of our rows
        self.freeze_panes(plan.header_row, plan.frozen_columns)
        self.set_landscape()
        self.repeat_rows(max(plan.header_row - 1, 0))
        if sum(plan.widths) <= _WIDEST_PAGE:
            self.fit_to_pages(1, 0)
        else:
            self.repeat_columns(0, max(plan.frozen_columns - 1, 0))
        top = plan.header_row - 1
        self.autofilter(top, 0, max(last_row - 1, top), len(plan.widths) - 1)
        for row_number, position, text in content.comments:
            self.write_comment(row_number - 1, position, text, dict(COMMENT))
        self.ignore_write_string = True  # the cells of links are among our rows
        for row_number, position, place in content.links:
            self.write_url(row_number - 1, position, f"internal:{place}")
        self.ignore_write_string = False

    def _write_sheet_data(self) -> None:
        self._xml_start_tag("sheetData")
        self.fh.flush()
        self._buffered.copy_to(self.fh.buffer)
        self._xml_end_tag("sheetData")
