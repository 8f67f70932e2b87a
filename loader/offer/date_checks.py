"""Checks of the two dates of an offer: that they exist, are in order, and are not over."""

from collections.abc import Iterator
from typing import Final

from loader.tables.arrow import Mask, text_of
from loader.tables.iso_dates import LAST_SENTINEL, NO_SUCH_TIME, Timestamps, timestamps
from loader.validation.entity import RowCheck, RowRules, Rows
from loader.validation.header import Columns

_DATES: Final = ("start_date", "end_date")


def date_checks(columns: Columns, rules: RowRules) -> Iterator[RowCheck]:
    """Yield the checks for the dates that a sheet has."""
    times, now = _Times(columns, rules), rules.now
    fields = [field for field in _DATES if field in columns.positions]
    for field in fields:
        yield RowCheck(
            code="date-no-such-time",
            field=field,
            faults=lambda rows, field=field: times.of(rows, field) == NO_SUCH_TIME,  # type: ignore[misc]  # a default binds the loop's value
        )
    if len(fields) == len(_DATES):
        yield RowCheck(
            code="dates-out-of-order",
            field=fields[-1],
            faults=times.are_unordered,
            hint=times.start_hint,
        )
    if _DATES[-1] in fields and now is not None:
        yield RowCheck(
            code="end-date-past",
            field=_DATES[-1],
            faults=lambda rows: times.are_past(rows, _DATES[-1], now=now),
        )


class _Times:
    """The dates of some rows as timestamps: each column is converted once for all checks."""

    def __init__(self, columns: Columns, rules: RowRules) -> None:
        self._fields = columns.fields
        self._rules = rules
        self._rows: Rows | None = None
        self._known: dict[str, Timestamps] = {}

    def of(self, rows: Rows, field: str) -> Timestamps:
        if self._rows is not rows:
            self._rows, self._known = rows, {}
        if field not in self._known:
            text = self._rules.date_text(text_of(rows[field]), self._fields.facts_of(field))
            self._known[field] = timestamps(text, zone=self._rules.zone)
        return self._known[field]

    def are_unordered(self, rows: Rows) -> Mask:
        start, end = (self.of(rows, field) for field in _DATES)
        faults: Mask = (start > LAST_SENTINEL) & (end > LAST_SENTINEL) & (start >= end)
        return faults

    def start_hint(self, position: int) -> str:
        """Name the start date of a row that `are_unordered` found."""
        assert self._rows is not None  # noqa: S101 - `are_unordered` has seen the rows
        return f"the start date is {self._rows[_DATES[0]].iloc[position]}"

    def are_past(self, rows: Rows, field: str, *, now: float) -> Mask:
        times = self.of(rows, field)
        faults: Mask = (times > LAST_SENTINEL) & (times <= now * 1_000)
        return faults
