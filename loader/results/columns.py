"""The columns of the results: what became of a row, its own cells, then the details.

Every form of the results has the same columns. Several sources with different headers share one
table with the union of their headers. A heading of a source that is also one of ours ("status") is
shown as "status (source)", so that no two columns can be confused.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from loader.messages.catalogue import ANSWERS, CODES
from loader.model import RowError, Severity
from loader.run_results import ResultRow
from loader.tables.addresses import column_position

SheetKey = tuple[str, str]  # source, sheet ("" for CSV)

OUTCOME_COLUMNS: Final = ("status", "row", "error", "suggestion", "instanceId")
DETAIL_COLUMNS: Final = (
    "error_code",
    "@id",
    "etag",
    "attempts",
    "http_status",
    "request_id",
    "finished_at",
    "file",
    "sheet",
)
PART_COLUMN: Final = "part_of"
CHANGES_COLUMN: Final = "changes"
PAYLOAD_COLUMN: Final = "payload"
NEUTRALISED_COLUMN: Final = "neutralised"  # of CSV alone
NUMBER_COLUMNS: Final = frozenset({"attempts", "http_status", "row", PART_COLUMN})

_ADDRESS: Final = re.compile(r"(?:^|!)([A-Z]{1,3})[0-9]+$")
_HARMLESS: Final = frozenset(
    {"created", "updated", "archived", "undone", "deleted", "unchanged"} | {"duplicate", "skipped"}
)


def is_results(header: Sequence[str]) -> bool:
    """Return whether a header is one of results."""
    return {*OUTCOME_COLUMNS, "error_code", "@id"} <= {*header}


class Layout:
    """Where each cell of each source is in the table of the results."""

    def __init__(
        self,
        headers: Mapping[SheetKey, Sequence[str]],
        *,
        with_payload: bool,
        with_parts: bool = False,
        with_changes: bool = False,
    ) -> None:
        self._positions: dict[SheetKey, tuple[int, ...]] = {}
        columns: dict[tuple[str, int], int] = {}
        for key, header in headers.items():
            seen: Counter[str] = Counter()
            places = []
            for name in header:
                places.append(columns.setdefault((name, seen[name]), len(columns)))
                seen[name] += 1
            self._positions[key] = tuple(places)
        self.header: tuple[str, ...] = tuple(name for name, _ in columns)
        self._in_order = tuple(range(len(self.header)))
        part = (PART_COLUMN,) if with_parts else ()
        changes = (CHANGES_COLUMN,) if with_changes else ()
        payload = (PAYLOAD_COLUMN,) if with_payload else ()
        self.details: tuple[str, ...] = (*DETAIL_COLUMNS, *part, *changes, *payload)
        ours = {name.casefold() for name in (*OUTCOME_COLUMNS, *self.details)}
        self.shown_header = tuple(_distinct(name, ours) for name in self.header)
        self.columns: tuple[str, ...] = (*OUTCOME_COLUMNS, *self.shown_header, *self.details)
        self.with_parts = with_parts
        self.with_changes = with_changes
        self._with_payload = with_payload

    def cells(self, row: ResultRow) -> list[str]:
        """Return the original cells of `row` under the columns of `header`."""
        positions = self._positions[row.source, row.sheet]
        if positions == self._in_order[: len(positions)]:
            texts = list(row.cells[: len(positions)])
            return texts + [""] * (len(self.header) - len(texts))
        placed = [""] * len(self.header)
        for position, text in zip(positions, row.cells, strict=False):
            placed[position] = text
        return placed

    def values(self, row: ResultRow) -> list[str]:
        """Return the whole line of `row`, as text, one value for each of `columns`."""
        code, message = explain(row, surplus=self.surplus(row))
        line = [
            row.status,
            str(row.row_number),
            message,
            suggestions(row) if row.errors or row.error_code else "",
            row.instance_id,
            *self.cells(row),
            code,
            row.at_id,
            row.etag,
            str(row.attempts) if row.attempts else "",
            "" if row.http_status is None else str(row.http_status),
            row.request_id,
            timestamp(row.finished_at),
            row.source,
            row.sheet,
        ]
        if self.with_parts:
            line.append("" if row.part_of is None else str(row.part_of))
        if self.with_changes:
            line.append("\n".join(row.changes))
        if self._with_payload:
            line.append("" if row.payload is None else row.payload.decode("utf-8", "replace"))
        return line

    def surplus(self, row: ResultRow) -> tuple[str, ...]:
        """Return the cells of `row` beyond the header of its sheet."""
        return row.cells[len(self._positions[row.source, row.sheet]) :]

    def column_of(self, row: ResultRow, error: RowError) -> int | None:
        """Return the column of the results that holds the cell of `error`, None for a whole row."""
        position = position_of(error)
        if position is None:
            return None
        positions = self._positions[row.source, row.sheet]
        if position >= len(positions):
            return None
        return len(OUTCOME_COLUMNS) + positions[position]


def _distinct(name: str, ours: set[str]) -> str:
    return f"{name} (source)" if name.strip().casefold() in ours else name


def position_of(error: RowError) -> int | None:
    """Return the column of the cell that `error` names, counted from 0; None for a whole row."""
    match = _ADDRESS.search(error.cell)
    if match is None:
        return None
    return column_position(match[1])


def explain(row: ResultRow, *, surplus: Sequence[str] = ()) -> tuple[str, str]:
    """Return the `error_code` and `error` of a line: the journal's, else those of its cells."""
    if not (row.errors or surplus):
        return row.error_code, row.error
    wrong = [error for error in row.errors if error.severity is Severity.ERROR]
    code = row.error_code or "; ".join(dict.fromkeys(error.code for error in wrong))
    message = row.error or "; ".join(_with_cell(error) for error in wrong)
    beyond = " ; ".join(text for text in surplus if text)
    if beyond:
        message = f"{message} [cells beyond the header: {beyond}]".lstrip()
    return code, message


def suggestions(row: ResultRow) -> str:
    """Return what to do about the errors of a line, each suggestion once."""
    wrong = [each for each in problems(row) if each.severity is Severity.ERROR and each.suggestion]
    if len(wrong) == 1:
        return wrong[0].suggestion
    return "; ".join(
        dict.fromkeys(
            f"{each.cell}: {each.suggestion}" if each.cell else each.suggestion for each in wrong
        )
    )


def _with_cell(error: RowError) -> str:
    return f"{error.cell}: {error.message}" if error.cell else error.message


def problems(row: ResultRow) -> Sequence[RowError]:
    """Return every error and warning of `row`: of its cells, and of its delivery."""
    if not row.error_code or (row.status == "invalid" and row.errors):
        return row.errors
    severity = Severity.WARNING if row.status in _HARMLESS else Severity.ERROR
    delivery = RowError(
        row_number=row.row_number,
        column="",
        cell="",
        code=row.error_code,
        message=row.error,
        suggestion=_cure(row.error_code) if severity is Severity.ERROR else "",
        severity=severity,
    )
    return (*row.errors, delivery)


def _cure(code: str) -> str:
    known = ANSWERS.get("http-NNN" if code.startswith("http-") else code) or CODES.get(code)
    return known.cure.replace("`", "") if known else ""


def timestamp(seconds: float | None) -> str:
    """Return UTC seconds as ISO 8601, "" for None."""
    if seconds is None:
        return ""
    return _whole_second(int(seconds))


@lru_cache(maxsize=64)  # many rows end in one second
def _whole_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:-6]}Z"
