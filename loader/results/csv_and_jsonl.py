"""The results as CSV, for other spreadsheets, and as JSON Lines, for programs.

CSV is UTF-8 without a byte order mark, RFC 4180, with the columns of the workbook and one more,
`neutralised`, that names the cells which got a `'` because a spreadsheet would have run them.
JSON Lines has the text as it was read, the errors one by one, and each heading once.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import Any, BinaryIO

import orjson

from loader.model import RowError
from loader.results.cell_text import encodable, escape_formulas, is_harmless, visible
from loader.results.columns import (
    NEUTRALISED_COLUMN,
    Layout,
    explain,
    problems,
    suggestions,
    timestamp,
)
from loader.run_results import ResultRow


class CsvTable:
    """Writes the lines of the results as CSV."""

    def __init__(self, file: BinaryIO, *, layout: Layout) -> None:
        self._layout = layout
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
        self._writer = csv.writer(self._text)
        self._names = layout.columns
        self._writer.writerow([*(_safe_heading(name) for name in self._names), NEUTRALISED_COLUMN])

    def write(self, row: ResultRow) -> None:
        """Write one line."""
        values = self._layout.values(row)
        if is_harmless(values):
            self._writer.writerow([*values, ""])
            return
        values = [visible(value) for value in values]
        altered = []
        for position, value in enumerate(values):
            safe = escape_formulas(value)
            if safe != value:
                values[position] = safe
                altered.append(_safe_heading(self._names[position]))
        self._writer.writerow([*values, "; ".join(altered)])

    def finish(self) -> None:
        """Flush everything to the file, which stays open."""
        self._text.flush()
        self._text.detach()


class JsonLines:
    """Writes the lines of the results as JSON, one object a line."""

    def __init__(self, file: BinaryIO, *, layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._names = _unique(layout.header)

    def write(self, row: ResultRow) -> None:
        """Write one line."""
        line = self._object(row)
        try:
            data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        except orjson.JSONEncodeError:
            data = orjson.dumps(_encodable(line), option=orjson.OPT_APPEND_NEWLINE)
        self._file.write(data)

    def finish(self) -> None:
        """Do nothing: every line is in the file already."""

    def _object(self, row: ResultRow) -> dict[str, Any]:
        code, message = explain(row)
        line: dict[str, Any] = {
            "file": row.source,
            "sheet": row.sheet,
            "row": row.row_number,
            "status": row.status,
            "instanceId": row.instance_id,
            "@id": row.at_id,
            "etag": row.etag,
            "attempts": row.attempts,
            "http_status": row.http_status,
            "request_id": row.request_id,
            "error_code": code,
            "error": message,
            "suggestion": suggestions(row),
            "finished_at": timestamp(row.finished_at) or None,
            "cells": dict(zip(self._names, self._layout.cells(row), strict=True)),
            "errors": [_error(error) for error in problems(row)],
        }
        if self._layout.with_parts:
            line["part_of"] = row.part_of
        if self._layout.with_changes:
            line["changes"] = list(row.changes)
        surplus = self._layout.surplus(row)
        if any(surplus):
            line["cells_beyond_header"] = list(surplus)
        if row.payload is not None:
            line["payload"] = orjson.loads(row.payload)
        return line


def _error(error: RowError) -> dict[str, str]:
    return {
        "cell": error.cell,
        "column": error.column,
        "severity": error.severity,
        "code": error.code,
        "message": error.message,
        "value": error.value,
        "suggestion": error.suggestion,
    }


def _safe_heading(name: str) -> str:
    """Return a heading that runs nothing. Our own `@id` stays: programs look for it."""
    return name if name == "@id" else escape_formulas(visible(name))


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names, the second "x" as "x (2)": an object has each name once."""
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def _encodable(value: Any) -> Any:  # Any: JSON
    match value:
        case str():
            return encodable(value)
        case list():
            return [_encodable(item) for item in value]
        case dict():
            return {_encodable(key): _encodable(item) for key, item in value.items()}
        case _:
            return value
