"""Rows on their way from a parser to a `Chunk`: Arrow columns, cheap to build, send and convert.

    TableHead, Batch, Batch, ..., TableHead, Batch, ...     what every parser yields

No pandas at import (the parsers' process never needs it); a kind is one byte
per cell, and a column of plain text has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.model import LONGEST_VALUE, RowError, Severity
from loader.tables.chunk import CellKind, Chunk, cell_address

KINDS = tuple(CellKind)  # the byte of a kind is its place in this tuple; 0 is TEXT
KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A notice of a parser, which does not know by which name the user knows the file."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHead:
    """The beginning of a sheet's rows."""

    sheet: str
    header: tuple[str, ...]
    header_row: int
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows. `kinds` has for each column one byte per row, or None where all is text."""

    numbers: pa.Array
    columns: tuple[pa.Array, ...]
    kinds: tuple[bytes | None, ...]
    problems: tuple[RowError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawProblem:
    """Something wrong with a cell (or a row: position None), before its column is known."""

    position: int | None
    code: str
    message: str
    value: str = ""
    suggestion: str = ""
    severity: Severity = Severity.ERROR


@dataclass(slots=True, kw_only=True)
class RawRow:
    """One row as a parser found it, before it is fitted under the header."""

    number: int
    cells: list[str]
    kinds: dict[int, CellKind] | None = None
    problems: list[RawProblem] | None = None

    def is_blank(self) -> bool:
        """Say whether this row is blank."""
        if self.problems or "".join(self.cells).strip():
            return False
        return not self.kinds or CellKind.FORMULA_UNCACHED not in self.kinds.values()


def row_error(problem: RawProblem, *, row_number: int, head: TableHead) -> RowError:
    """Return the error of `problem`, with its heading and its address in the sheet."""
    position = problem.position
    named = position is not None and position < len(head.header)
    return RowError(
        row_number=row_number,
        column=head.header[position] if named and position is not None else "",
        cell="" if position is None else cell_address(head.sheet, row_number, position),
        code=problem.code,
        message=problem.message,
        value=problem.value[:LONGEST_VALUE],
        suggestion=problem.suggestion,
        severity=problem.severity,
    )


class BatchBuilder:
    """Collects fitted rows until they are worth a batch."""

    def __init__(self, head: TableHead) -> None:
        self._head = head
        self._clear()

    def _clear(self) -> None:
        width = len(self._head.header)
        self._numbers: list[int] = []
        self._rows: list[Sequence[str]] = []
        self._kinds: list[tuple[int, int, int]] = []
        self._problems: list[RowError] = []
        self._width = width

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, row: RawRow) -> None:
        """Add a row with exactly as many cells as the header."""
        if row.kinds:
            at = len(self._numbers)
            self._kinds.extend(
                (at, position, KIND_CODES[kind])
                for position, kind in row.kinds.items()
                if position < self._width
            )
        if row.problems:
            self._problems.extend(
                row_error(problem, row_number=row.number, head=self._head)
                for problem in row.problems
            )
        self._numbers.append(row.number)
        self._rows.append(row.cells)

    def take(self) -> Batch:
        """Return the collected rows as a batch, and start the next one."""
        kinds: list[bytearray | None] = [None] * self._width
        for at, position, code in self._kinds:
            column = kinds[position]
            if column is None:
                column = kinds[position] = bytearray(len(self._numbers))
            column[at] = code
        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in range(self._width))
        batch = Batch(
            numbers=pa.array(self._numbers, pa.int64()),
            columns=tuple(pa.array(column, pa.string()) for column in columns),
            kinds=tuple(None if column is None else bytes(column) for column in kinds),
            problems=tuple(self._problems),
        )
        self._clear()
        return batch


def in_batches(rows: Iterable[RawRow], head: TableHead, *, most: int) -> Iterator[Batch]:
    """Yield rows that fit under the header, at most so many at a time."""
    builder = BatchBuilder(head)
    for row in rows:
        builder.add(row)
        if len(builder) >= most:
            yield builder.take()
    if len(builder):
        yield builder.take()


def to_chunk(batch: Batch) -> Chunk:
    """Return `batch` as the rest of the loader knows it."""
    import pandas as pd  # noqa: PLC0415  # only the parent process pays for pandas

    table = pa.Table.from_arrays(
        list(batch.columns), names=[str(position) for position in range(len(batch.columns))]
    )
    frame = table.to_pandas()
    frame.columns = pd.RangeIndex(len(batch.columns))
    frame.index = pd.Index(batch.numbers.to_numpy(), name="row_number")
    return Chunk(frame=frame, kinds=_kind_map(batch), problems=batch.problems)


def _kind_map(batch: Batch) -> Mapping[tuple[int, int], CellKind]:
    numbers: list[int] | None = None
    found: dict[tuple[int, int], CellKind] = {}
    for position, codes in enumerate(batch.kinds):
        if codes is None:
            continue
        if numbers is None:
            numbers = batch.numbers.to_pylist()
        found.update(
            ((number, position), KINDS[code])
            for number, code in zip(numbers, codes, strict=True)
            if code
        )
    return found


def blank_rows(columns: Sequence[pa.Array], count: int) -> np.ndarray[Any, Any]:
    """Return for each of `count` rows whether it is blank."""
    blank = np.ones(count, bool)
    for column in columns:
        trimmed = pc.binary_length(pc.utf8_trim_whitespace(column))
        blank &= pc.equal(trimmed, 0).to_numpy(zero_copy_only=False)
        if not blank.any():
            break
    return blank


def split(batch: Batch, rows: int) -> Iterator[Batch]:
    """Yield `batch` in parts of at most `rows` rows."""
    total = len(batch.numbers)
    if total <= rows:
        yield batch
        return
    for start in range(0, total, rows):
        numbers = batch.numbers.slice(start, rows)
        first, last = numbers[0].as_py(), numbers[-1].as_py()
        yield Batch(
            numbers=numbers,
            columns=tuple(column.slice(start, rows) for column in batch.columns),
            kinds=tuple(k if k is None else k[start : start + rows] for k in batch.kinds),
            problems=tuple(p for p in batch.problems if first <= p.row_number <= last),
        )
