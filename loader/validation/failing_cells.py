"""Failing cells in words: which row and cell, what is in it, what was expected, what is near.

A whole column at a time, and each distinct text of it once, because errors repeat. Each cell gets a
code once, and cells that could not be read or converted get no further errors.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import pandas as pd

from loader.messages.catalogue import CODES, codes_of
from loader.model import LONGEST_VALUE, RowError
from loader.tables.addresses import short_heading
from loader.tables.arrow import Places, text_of, texts_of
from loader.tables.chunk import Chunk, column_address
from loader.tables.invisible import made_visible
from loader.validation.header import Columns
from loader.validation.suggestions import suggestion

_LONGEST_SHOWN: Final = 60
_UNREADABLE: Final = frozenset(
    {"cell-error", "formula-no-value", "merged-cells", "repeated-cell", "bytes-not-text"}
)
_FINAL: Final = codes_of("profile") | _UNREADABLE  # no further errors: the text is not known


class Failures:
    """What is wrong with the rows of one chunk; `rows` are its prepared columns."""

    def __init__(self, chunk: Chunk, columns: Columns, rows: pd.DataFrame, *, sheet: str) -> None:
        self._chunk = chunk
        self._columns = columns
        self._rows = rows
        self._sheet = sheet
        self._numbers = chunk.frame.index.to_numpy()
        self._errors: list[RowError] = list(chunk.problems)
        self._reported: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._final: defaultdict[str, set[int]] = defaultdict(set)
        for problem in chunk.problems:
            self._reported[problem.column, problem.code].add(problem.row_number)
            if problem.code in _FINAL:
                self._final[problem.column].add(problem.row_number)

    def add(
        self, code: str, field: str, places: Places, hint: Callable[[int], str] | None = None
    ) -> None:
        """Add an error for each cell of a field at `places`, counted from 0 in the chunk."""
        heading = self._columns.heading(field)
        reported, final = self._reported[heading, code], self._final[heading]
        numbers = self._numbers[places].tolist()
        values = self._values(field, places)
        position = self._columns.positions.get(field)
        address = None if position is None else column_address(self._sheet, position)
        describe = self._describer(code, field)
        severity = CODES[code].severity
        for place, number, (value, prepared) in zip(places.tolist(), numbers, values, strict=True):
            if number in reported or number in final:
                continue
            reported.add(number)
            if code in _FINAL:
                final.add(number)
            message, suggested = describe(value, prepared)
            self._errors.append(
                RowError(
                    row_number=number,
                    column=heading,
                    cell="" if address is None else f"{address}{number}",
                    code=code,
                    message=message,
                    value=value[:LONGEST_VALUE],
                    suggestion=(hint(place) if hint else "") or suggested,
                    severity=severity,
                )
            )

    def in_order(self) -> tuple[RowError, ...]:
        """Return all errors by row."""
        return tuple(sorted(self._errors, key=lambda error: error.row_number))

    def _values(self, field: str, places: Places) -> Sequence[tuple[str, str]]:
        """Return the text of the cells, and that without blanks around, words in lower case."""
        position = self._columns.positions.get(field)
        prepared = _texts(self._rows[field], places) if field in self._rows else [""] * len(places)
        if position is None:
            return list(zip(prepared, prepared, strict=True))
        chunk = self._chunk
        cells = chunk.written.get(position, chunk.frame[position])
        return list(zip(_texts(cells, places), prepared, strict=True))

    def _describer(self, code: str, field: str) -> Callable[[str, str], tuple[str, str]]:
        """Return a function that gives the message and the suggestion for a text, cached."""
        heading = self._columns.heading(field)
        facts = self._columns.fields.facts_of(field)
        definition = CODES[code]

        @cache
        def describe(value: str, prepared: str) -> tuple[str, str]:
            start = made_visible(value[:_LONGEST_SHOWN])
            shown = f'"{start}{"…" if len(value) > _LONGEST_SHOWN else ""}"'
            message = definition.message.format(
                value=shown if value else "a blank",
                expected=facts.expected,
                column=short_heading(heading),
                longest=f"{facts.longest:,}",
            )
            return message, suggestion(code, prepared or value, facts)

        return describe


def _texts(series: "pd.Series[Any]", places: Places) -> list[str]:
    return texts_of(text_of(series).take(places))
