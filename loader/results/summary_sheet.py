"""The *Summary* sheet: how the rows ended, with a chart; when and where; what went wrong most.

Everything is written as a string or a number, never as a formula or a link.
"""

from collections.abc import Sequence
from typing import Any, Final

import xlsxwriter

from loader.error_digest import CodeCount, ErrorDigest
from loader.model import Severity
from loader.results.cell_text import shorten, visible
from loader.results.columns import timestamp
from loader.run_results import RunSummary
from loader.target_words import target_in_words

_MEANING: Final = {
    "created": "The offer exists; its ids are in Results.",
    "updated": "The offer was changed, as the column `changes` says.",
    "archived": "The offer was archived.",
    "undone": "Done by this run, and not so any more: `loader undo` took it back, a later run"
    " deleted the offer (`deleted-since`), or somebody deleted it and it was created again.",
    "deleted": "The offer was deleted.",
    "unchanged": "The offer has what the row says: nothing was sent.",
    "conflict": "The same was changed there since the pull: nothing was sent; see Errors.",
    "gone": "The offer was deleted there since the sheet was pulled: nothing was sent.",
    "duplicate": "The same offer was created before (or is in an earlier row): not sent again."
    " If somebody deleted it there, `loader plan` of the sheet creates it again.",
    "parts": "Further rows of an offer, counted once above; in Results they have its status.",
    "skipped": "Not an offer, as the mapping says: not sent.",
    "invalid": "Not sent: correct the cells listed in Errors and load the file again.",
    "failed": "The API refused it: see Errors for its own words.",
    "unknown": "Sent, but nobody saw the answer: `loader resume` looks whether the offer exists.",
    "pending": "Not sent yet: `loader resume` goes on.",
}
_MEANING_IN_DRY_RUN: Final = {
    "pending": "Would be created: run the same `loader load` without --dry-run for that."
}
_PLAN_AGAIN: Final = (
    "Not sent: correct the cells listed in Errors, then plan and apply the sheet again."
)
_MEANING_BY_COMMAND: Final = {  # for a sheet of offers that exist
    "plan": {
        "pending": "What `loader apply` would do; it may be applied once.",
        "invalid": _PLAN_AGAIN,
    },
    "apply": {"invalid": _PLAN_AGAIN},
    "undo": {
        "failed": "Kept: edited since, or the API refused to take it back. See Errors.",
        "unknown": "Sent, but nobody saw the answer: `loader undo` of the same run looks.",
        "pending": "Not tried yet: `loader undo` of the same run goes on.",
    },
}
_COLOURS: Final = {
    "created": "#70AD47",
    "updated": "#70AD47",
    "archived": "#A9D18E",
    "undone": "#7F7F7F",
    "deleted": "#548235",
    "unchanged": "#BFBFBF",
    "conflict": "#FF7F50",
    "gone": "#BF8F00",
    "duplicate": "#A5A5A5",
    "parts": "#C6E0B4",
    "skipped": "#D9D9D9",
    "invalid": "#C00000",
    "failed": "#ED7D31",
    "unknown": "#FFC000",
    "pending": "#5B9BD5",
}
_NAME: Final = "Summary"
_ROW_PIXELS: Final = 20  # of a row, as XlsxWriter and Excel have it
_CHART_ROWS: Final = len(_MEANING) + 5  # a row for each bar, and the title


class SummarySheet:
    """Adds the sheet to a workbook."""

    def __init__(self, summary: RunSummary, *, digest: ErrorDigest, notes: Sequence[str]) -> None:
        self._summary = summary
        self._digest = digest
        self._notes = notes
        self._row = 0

    def add_to(self, book: xlsxwriter.Workbook) -> None:
        """Write the sheet as the next one of `book`."""
        self._row = 0
        self._sheet: Any = book.add_worksheet(_NAME)  # Any: XlsxWriter has no types
        self._text = book.add_format({"num_format": "@", "valign": "top"})
        self._bold = book.add_format({"num_format": "@", "bold": True})
        self._title = book.add_format({"num_format": "@", "bold": True, "font_size": 16})
        self._number = book.add_format({"num_format": "#,##0"})
        self._share = book.add_format({"num_format": "0.0 %"})
        self._sheet.set_column(0, 0, 22)
        self._sheet.set_column(1, 2, 12)
        self._sheet.set_column(3, 3, 90)
        self._heading()
        first = self._statuses()
        self._chart(book, first_row=first)
        self._codes()
        self._remarks()

    def _heading(self) -> None:
        what = "Dry run: nothing was sent" if self._summary.dry_run else "What became of every row"
        self._line([what], formats=[self._title])
        run = self._summary
        for label, text in (
            ("Run", run.run_id),
            ("Target", target_in_words(run.target)),
            *(("Source", source) for source in run.sources),
            ("Started", timestamp(run.started_at)),
            ("Finished", timestamp(run.finished_at) or "not finished"),
            ("Took", self._duration()),
        ):
            self._line([label, text], formats=[self._bold, self._text])
        self._row += 1

    def _duration(self) -> str:
        run = self._summary
        if run.finished_at is None:
            return ""
        seconds = max(run.finished_at - run.started_at, 0.0)
        hours, rest = divmod(round(seconds), 3600)
        clock = f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
        if run.dry_run or not run.created or seconds < 1:
            return clock
        return f"{clock} ({run.created / seconds:,.2f} offers created per second)"

    def _statuses(self) -> int:
        """Write the counts; return the row of the first."""
        run = self._summary
        self._line(["Status", "Rows", "Share", "What it means"], formats=[self._bold] * 4)
        first = self._row
        formats = [self._text, self._number, self._share, self._text]
        for status, meaning in _meanings(run).items():
            count = getattr(run, status)
            self._line([status, count, count / run.read if run.read else 0, meaning], formats)
        self._line(["read", run.read], formats=[self._bold, self._number])
        return first

    def _chart(self, book: xlsxwriter.Workbook, *, first_row: int) -> None:
        last_row = first_row + len(_MEANING) - 1
        chart: Any = book.add_chart({"type": "bar"})  # Any: XlsxWriter has no types
        chart.add_series(
            {
                "name": "Rows",
                "categories": [_NAME, first_row, 0, last_row, 0],
                "values": [_NAME, first_row, 1, last_row, 1],
                "points": [{"fill": {"color": _COLOURS[status]}} for status in _MEANING],
                "data_labels": {"value": True, "num_format": "#,##0"},
                "gap": 40,
            }
        )
        chart.set_title({"name": "Rows by status"})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "interval_unit": 1})  # every bar has its name
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
        chart.set_size({"width": 620, "height": _CHART_ROWS * _ROW_PIXELS})
        self._row += 1
        self._sheet.insert_chart(self._row, 0, chart)
        self._row += _CHART_ROWS + 1

    def _codes(self) -> None:
        counts = sorted(self._digest.counts(), key=lambda each: each.severity is Severity.WARNING)
        if not counts:
            return
        head = ["Error or warning", "Lines", "", "The first of them"]
        self._line(head, formats=[self._bold] * 4)
        for each in counts:
            self._line(
                [each.code, each.count, _kind(each), _example(each)],
                formats=[self._text, self._number, self._text, self._text],
            )
        self._row += 1

    def _remarks(self) -> None:
        for note in self._notes:
            self._line(["Note", note], formats=[self._bold, self._text])

    def _line(self, values: Sequence[str | float], formats: Sequence[Any]) -> None:
        for position, (value, style) in enumerate(zip(values, formats, strict=True)):
            if isinstance(value, str):
                self._sheet.write_string(self._row, position, shorten(visible(value)), style)
            else:
                self._sheet.write_number(self._row, position, value, style)
        self._row += 1


def _meanings(run: RunSummary) -> dict[str, str]:
    """Return what each status means for a row of this kind of run."""
    if run.command == "load":
        return _MEANING | (_MEANING_IN_DRY_RUN if run.dry_run else {})
    return _MEANING | _MEANING_BY_COMMAND.get(run.command, {})


def _kind(count: CodeCount) -> str:
    return "error" if count.severity is Severity.ERROR else "warning"


def _example(count: CodeCount) -> str:
    found = count.example
    place = found.error.cell or f"row {found.error.row_number}"
    return f"{found.source}, {place}: {found.error.message}"
