"""The columns of the results: the source's own, then ours.

Rules of this file: pure; every form of the results has the same columns in the same order. The
original cells come first, under their original headers, so that a cell keeps its column letter
when there is one source; then what became of the row; then where it stood. Several sources with
different headers share one table with the union of their headers.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from loader.model import ResultRow, RowError, Severity
from loader.tables.addresses import column_position

SheetKey = tuple[str, str]  # source, sheet ("" for CSV)

OUTCOME_COLUMNS: Final = (
    "status",
    "instanceId",
    "@id",
    "etag",
    "attempts",
    "http_status",
    "error_code",
    "error",
    "finished_at",
)
PLACE_COLUMNS: Final = ("file", "sheet", "row")
PART_COLUMN: Final = "part_of"
PAYLOAD_COLUMN: Final = "payload"
NUMBER_COLUMNS: Final = frozenset({"attempts", "http_status", "row", PART_COLUMN})

_ADDRESS: Final = re.compile(r"(?:^|!)([A-Z]{1,3})[0-9]+$")
_HARMLESS: Final = frozenset({"created", "duplicate", "skipped"})


class Layout:
    """Where each cell of each source stands in the table of the results."""

    def __init__(
        self,
        headers: Mapping[SheetKey, Sequence[str]],
        *,
        with_payload: bool,
        with_parts: bool = False,
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
        part = (PART_COLUMN,) if with_parts else ()
        payload = (PAYLOAD_COLUMN,) if with_payload else ()
        self.ours: tuple[str, ...] = (*OUTCOME_COLUMNS, *PLACE_COLUMNS, *part, *payload)
        self.columns: tuple[str, ...] = (*self.header, *self.ours)
        self.with_parts = with_parts
        self._with_payload = with_payload

    def cells(self, row: ResultRow) -> list[str]:
        """Return the original cells of `row` under the columns of `header`."""
        positions = self._positions[row.source, row.sheet]
        placed = [""] * len(self.header)
        for position, text in zip(positions, row.cells, strict=False):
            placed[position] = text
        return placed

    def values(self, row: ResultRow) -> list[str]:
        """Return the whole line of `row`, as text, one value for each of `columns`."""
        code, message = explain(row, surplus=self.surplus(row))
        line = self.cells(row)
        line += (
            row.status,
            row.instance_id,
            row.at_id,
            row.etag,
            str(row.attempts) if row.attempts else "",
            "" if row.http_status is None else str(row.http_status),
            code,
            message,
            timestamp(row.finished_at),
            row.source,
            row.sheet,
            str(row.row_number),
        )
        if self.with_parts:
            line.append("" if row.part_of is None else str(row.part_of))
        if self._with_payload:
            line.append("" if row.payload is None else row.payload.decode("utf-8", "replace"))
        return line

    def surplus(self, row: ResultRow) -> tuple[str, ...]:
        """Return the cells of `row` that stand beyond the header of its sheet."""
        return row.cells[len(self._positions[row.source, row.sheet]) :]

    def column_of(self, row: ResultRow, error: RowError) -> int | None:
        """Return the column of the results that holds the cell of `error`, None for a whole row."""
        position = position_of(error)
        if position is None:
            return None
        positions = self._positions[row.source, row.sheet]
        return positions[position] if position < len(positions) else None


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
        severity=severity,
    )
    return (*row.errors, delivery)


def timestamp(seconds: float | None) -> str:
    """Return UTC seconds as ISO 8601, "" for None."""
    if seconds is None:
        return ""
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat(timespec='seconds')[:-6]}Z"
