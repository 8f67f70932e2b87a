"""A plan as a workbook that a manager can read: totals, every change, and what is not sent and why.

Everything is written as a string or a number, never as a formula or a link. What a colour says, a
word beside it says, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

import xlsxwriter

from loader.journal import History
from loader.model import Operation, RowKind, Severity
from loader.results.cell_text import shorten, visible
from loader.run.change_reports import WHERE_GONE, ChangePlan, PlannedChange, PlanTotals

_CHANGES: Final = (
    *(("action", 9), ("name", 32), ("field", 24), ("was", 38), ("will be", 38)),
    *(("row", 14), ("id", 34)),
)
_NOT_SENT: Final = (("why not", 12), ("cell", 16), ("what is wrong", 70), ("what to do", 60))
_MEANWHILE: Final = (("row", 14), ("name", 34), ("what others changed there", 60), ("id", 36))
_MEANING: Final = {
    "create": "New offers.",
    "update": "Offers that are changed: see the sheet Changes.",
    "archive": "Offers that are archived. The API may refuse to take that back.",
    "delete": "Offers that are deleted. That cannot be taken back.",
    "unchanged": "Rows that are as the offer is.",
    "conflict": "The same was changed there since the pull: not sent, see the sheet Not sent.",
    "gone": "The offer was deleted there since the sheet was pulled: not sent.",
    "invalid": "The row has an error: not sent, see the sheet Not sent.",
    "duplicate": "The same as another row: not sent.",
    "skipped": "Rows that are left out.",
    "fields": "Fields that are changed, of all updates together.",
    "cleared": "Values that are removed, because their cells are blank.",
}
_COLOURS: Final = {
    Operation.CREATE: "#E2F0D9",
    Operation.UPDATE: "#FFF2CC",
    Operation.ARCHIVE: "#EDEDED",
    Operation.DELETE: "#F8CBAD",
}
_REMOVED: Final = "(removed)"


def write_plan_workbook(
    file: Any, report: ChangePlan, changes: Iterator[PlannedChange], history: History
) -> None:
    """Write it to `file`. `changes` are all of the plan; it is read once."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        _write_totals(book, report)
        words = {each: book.add_format(_TOP | {"bg_color": c}) for each, c in _COLOURS.items()}
        page = _Page(book, "Changes", _CHANGES)
        for change in changes:
            for line in _lines(change):
                page.add(line, first=words.get(change.operation))
        page.finish()
        if report.totals.conflict or report.totals.invalid or report.totals.gone:
            _write_not_sent(book, report, history)
        _write_meanwhile(book, report, history)


_TOP: Final = {"valign": "top", "text_wrap": True, "num_format": "@"}
_HEAD: Final = {"bold": True, "bottom": 1, "bg_color": "#D9E1F2", "num_format": "@"}


class _Page:
    """A sheet with a frozen header that filters, filled from the top."""

    def __init__(self, book: Any, name: str, columns: Sequence[tuple[str, int]]) -> None:
        self._sheet = book.add_worksheet(name)
        self._text, head = book.add_format(_TOP), book.add_format(_HEAD)
        self._widths, self._row = [width for _, width in columns], 0
        self._sheet.freeze_panes(1, 2)
        for position, (title, width) in enumerate(columns):
            self._sheet.set_column(position, position, width)
            self._sheet.write_string(0, position, title, head)
        _set_up_printing(self._sheet)
        self._sheet.repeat_rows(0)

    def add(self, line: Sequence[str], *, first: Any = None) -> None:
        """Write a line; `first` is the format of its first cell."""
        self._row += 1
        lines = max(map(_count_lines, line, self._widths))
        if lines > 1:  # not every program finds the height by itself
            self._sheet.set_row(self._row, _POINTS * min(lines, _MOST_LINES))
        for position, text in enumerate(line):
            form = first if first is not None and not position else self._text
            self._sheet.write_string(self._row, position, shorten(visible(text)), form)

    def finish(self) -> None:
        """Add filters to the header."""
        if self._row:
            self._sheet.autofilter(0, 0, self._row, len(self._widths) - 1)


_POINTS: Final = 15  # of one line
_MOST_LINES: Final = 20


def _count_lines(text: str, width: int) -> int:
    room = width * 6 // 5  # letters of which a line holds more than digits, by which it is measured
    return sum(1 + len(line) // room for line in text[: 100 * width].split("\n"))


def _write_totals(book: Any, report: ChangePlan) -> None:
    """Write what the plan is, how many rows there are of each verdict, and what forbids it."""
    page = book.add_worksheet("Plan")
    bold, title = book.add_format({"bold": True, "valign": "top"}), book.add_format(_TITLE)
    wrap, head = book.add_format(_TOP), book.add_format(_HEAD)
    number = book.add_format({"valign": "top", "num_format": "#,##0", "align": "center"})
    red = book.add_format(_TOP | {"bold": True, "font_color": "#C00000"})
    page.set_column(0, 0, 14)
    page.set_column(1, 1, 10)
    page.set_column(2, 2, 90)
    page.write_string(0, 0, "What would be changed: nothing was sent yet", title)
    facts = (("plan", report.plan_id), ("target", report.target), ("sheet", report.source))
    row = 1
    for name, text in facts:
        page.write_string(row, 0, name, bold)
        page.merge_range(row, 1, row, 2, "", wrap)
        page.write_string(row, 1, text, wrap)
        row += 1
    for column, name in enumerate(("what", "rows", "what it means")):
        page.write_string(row + 1, column, name, head)
    row += 2
    for name, count in _counts(report.totals):
        page.write_string(row, 0, name, bold)
        page.write_number(row, 1, count, number)
        page.write_string(row, 2, _MEANING[name], wrap)
        row += 1
    for refusal in report.refusals:
        row += 1
        page.write_string(row, 0, "refused", red)
        page.merge_range(row, 1, row, 2, "", red)
        page.write_string(row, 1, refusal, red)
    _set_up_printing(page)


_TITLE: Final = {"bold": True, "font_size": 14}


def _counts(totals: PlanTotals) -> Iterator[tuple[str, int]]:
    """Yield the counts that a person looks for, those of operations even if they are 0."""
    for each in fields(totals):
        count = getattr(totals, each.name)
        if count or each.name in {*Operation}:
            yield each.name, count


def _write_not_sent(book: Any, report: ChangePlan, history: History) -> None:
    """Write why rows are not sent: the first conflicts and errors by cell, and what is gone."""
    page = _Page(book, "Not sent", _NOT_SENT)
    errors = [each.error for each in report.findings.first]
    errors = [each for each in errors if each.severity is Severity.ERROR]
    for error in errors:
        why = "conflict" if error.code == "edit-conflict" else "invalid"
        place = error.cell or f"row {error.row_number}"
        page.add((why, place, error.message, error.suggestion))
    counts = report.findings.counts
    more = sum(each.count for each in counts if each.severity is Severity.ERROR) - len(errors)
    if more > 0:
        page.add(("", "", f"… and {more} more, which `loader plan --format plain` lists"))
    for row in history.noted(report.plan_id):
        if row.kind is RowKind.GONE:
            place = _place(row.sheet, row.row_number)
            page.add(("gone", place, f"{row.name}: {row.reason}", WHERE_GONE))
    page.finish()


def _write_meanwhile(book: Any, report: ChangePlan, history: History) -> None:
    """List what others changed there meanwhile, which stays as it is."""
    page: _Page | None = None
    for row in history.noted(report.plan_id):
        if row.kind is RowKind.GONE:
            continue
        page = page or _Page(book, "Meanwhile", _MEANWHILE)
        page.add((_place(row.sheet, row.row_number), row.name, row.reason, row.remote_id))
    if page is not None:
        page.finish()


def _lines(change: PlannedChange) -> Iterator[tuple[str, ...]]:
    last = (_place(change.sheet, change.row_number), change.remote_id)
    if not change.changes:
        yield (change.operation, change.name, "", "", "", *last)
    for each in change.changes:
        will_be = _REMOVED if each.after is None else each.after
        yield (change.operation, change.name, each.field, each.before or "", will_be, *last)


def _place(sheet: str, row_number: int) -> str:
    return f"{sheet} row {row_number}".strip()


def _set_up_printing(page: Any) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
