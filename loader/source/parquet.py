"""Parquet files of systems, as the table a spreadsheet would show: the header in row 1.

Text columns pass untouched; every other column goes through Python values, which keeps dates,
decimals and lists exact. What cannot be kept exactly is an error of its cell.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from loader.errors import UnreadableSource
from loader.model import RowError
from loader.source.control_characters import CONTROL, control_problem
from loader.source.options import Limits, ReadOptions, Span
from loader.source.parsed_rows import (
    KIND_CODES,
    Batch,
    RawProblem,
    TableHead,
    blank_rows,
    row_error,
)
from loader.source.typed_values import bytes_problem, has_bytes, text_and_kind
from loader.tables.chunk import CellKind

ROWS_AT_ONCE = 250  # that are unpacked before their size is known
MOST_BYTES = 16 << 20  # of a batch, at which no more rows are added
Cell = tuple[str, CellKind, RawProblem | None]


def read_parquet(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the head of the table, then its rows in batches."""
    try:
        with pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
            header = tuple(file.schema_arrow.names)
            if len(header) > limits.columns:
                raise UnreadableSource(
                    f"it has more than {limits.columns} columns", code="too-many-columns"
                )
            for column in file.schema_arrow:
                _refuse_repeated_names(column, column=column.name)
            head = TableHead(sheet="", header=header, header_row=1)
            yield head
            yield from _batches(file, head, options, limits)
    except pa.ArrowMemoryError as error:
        raise MemoryError from error
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise UnreadableSource(
            f"the Parquet file is damaged or cut off ({reason}); export it again",
            code="damaged-file",
        ) from error


def _batches(
    file: pq.ParquetFile, head: TableHead, options: ReadOptions, limits: Limits
) -> Iterator[Batch]:
    first, blank = 2, 0
    span = options.span or Span(start=0, stop=file.metadata.num_rows, first_row=first)
    first = span.first_row
    for part in _rows_of_span(file, span, options.chunk_rows):
        batch = _batch(part, head, first)
        first += part.num_rows
        blank += part.num_rows - len(batch.numbers)
        if blank > limits.blank_rows:
            raise UnreadableSource(
                f"it has more than {limits.blank_rows:,} blank rows; export it without them",
                code="beyond-limits",
            )
        if len(batch.numbers):
            yield batch


def ranges_of_parquet(path: Path, options: ReadOptions, *, bytes_each: int) -> list[Span]:
    """Return ranges of rows, each of about so many bytes; [] where the file has to be read as one.

    A range begins with a batch, and is read from the row groups that hold its rows.
    """
    try:
        with pq.ParquetFile(path) as file:
            rows, groups = file.metadata.num_rows, file.metadata.num_row_groups
    except (pa.ArrowException, OSError):  # whoever reads it says what is wrong
        return []
    wanted = min(groups, path.stat().st_size // bytes_each)
    if wanted < 2:
        return []
    batches = -(-rows // options.chunk_rows)
    each = -(-batches // wanted) * options.chunk_rows
    starts = range(0, rows, each)
    return [Span(start=at, stop=min(at + each, rows), first_row=at + 2) for at in starts]


def _rows_of_span(file: pq.ParquetFile, span: Span, rows_each: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a range, so many at a time, however the file is laid out.

    Long texts are fewer at a time: a file of a few thousand bytes can repeat them without end.
    """
    groups, before = _groups_of(file, span)
    rows_left = span.stop - span.start
    wanted = min(rows_each, rows_left)
    parts: list[pa.RecordBatch] = []
    size = 0
    for part in file.iter_batches(batch_size=min(rows_each, ROWS_AT_ONCE), row_groups=groups):
        rest = _decode_dictionaries(part.slice(before))
        before = max(0, before - len(part))
        while len(rest) and rows_left:
            parts.append(rest.slice(0, wanted))
            taken, size = len(parts[-1]), size + parts[-1].nbytes
            rest = rest.slice(taken)
            rows_left -= taken
            wanted -= taken
            if not wanted or size > MOST_BYTES:
                yield _one_batch(parts)
                parts, size = [], 0
                wanted = wanted or min(rows_each, rows_left)
    if parts:
        yield _one_batch(parts)


def _groups_of(file: pq.ParquetFile, span: Span) -> tuple[list[int], int]:
    """Return the row groups that hold the rows of a range, and how many rows there are before."""
    groups: list[int] = []
    begin, before = 0, 0
    for number in range(file.metadata.num_row_groups):
        end = begin + file.metadata.row_group(number).num_rows
        if begin < span.stop and end > span.start:
            before = before if groups else span.start - begin
            groups.append(number)
        begin = end
    return groups, before


def _decode_dictionaries(part: pa.RecordBatch) -> pa.RecordBatch:
    """Return the rows without dictionaries, so that their size is known."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in part.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=part.schema.names)


def _one_batch(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches(parts).combine_chunks().to_batches()[0]


def _batch(part: pa.RecordBatch, head: TableHead, first: int) -> Batch:
    columns, kinds = [], []
    problems: list[RowError] = []
    for position, column in enumerate(part.columns):
        texts, codes, found = _column(column, position)
        columns.append(texts)
        kinds.append(codes)
        problems += [row_error(each, row_number=first + row, head=head) for row, each in found]
    keep = ~blank_rows(columns, part.num_rows)
    numbers = np.arange(first, first + part.num_rows)
    keep_mask = pa.array(keep)
    return Batch(
        numbers=pa.array(numbers[keep], pa.int64()),
        columns=tuple(column.filter(keep_mask) for column in columns),
        kinds=tuple(k and np.frombuffer(k, np.uint8)[keep].tobytes() for k in kinds),
        problems=tuple(sorted(problems, key=lambda problem: problem.row_number)),
    )


def _column(
    column: pa.Array, position: int
) -> tuple[pa.Array, bytes | None, list[tuple[int, RawProblem]]]:
    """Return the texts of a column, its kinds, and its problems with their rows."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = column.cast(pa.string()).fill_null("")
        odd = np.flatnonzero(pc.match_substring_regex(texts, CONTROL.pattern).to_numpy(False))  # noqa: FBT003
        return texts, None, [(r, control_problem(position, texts[r].as_py())) for r in odd.tolist()]
    cells = [_cell(scalar, position) for scalar in column]
    codes = bytes(KIND_CODES[kind] for _, kind, _ in cells)
    texts = pa.array([text for text, _, _ in cells], pa.string())
    problems = [(row, problem) for row, (_, _, problem) in enumerate(cells) if problem]
    return texts, codes if any(codes) else None, problems


def _cell(scalar: pa.Scalar, position: int) -> Cell:
    try:
        value = _value(scalar)
    except _NoCalendarError as error:
        text = str(error)
        message = f"is a date that no calendar here knows ({error.__cause__})"
        return (
            text,
            CellKind.DATE,
            RawProblem(position=position, code="bad-date", message=message, value=text),
        )
    text, kind = text_and_kind(value)
    if isinstance(scalar, pa.Time64Scalar) and scalar.is_valid:
        kind = CellKind.TIME
    return text, kind, bytes_problem(position, text) if has_bytes(value) else None


def _value(scalar: pa.Scalar) -> object:
    """Return a value without loss: each part of a structure as it would be by itself."""
    if not scalar.is_valid:
        return None
    match scalar:
        case pa.MapScalar():
            return [[_value(pair["key"]), _value(pair["value"])] for pair in scalar.values]
        case pa.ListScalar():
            return [_value(item) for item in scalar.values]
        case pa.StructScalar():
            return {name: _value(item) for name, item in scalar.items()}
    return _plain_value(scalar)


def _plain_value(scalar: pa.Scalar) -> object:
    match scalar:
        case pa.FloatScalar():  # of 32 bits: 4.6 and not 4.599999904632568
            return float(np.format_float_positional(np.float32(scalar.as_py()), trim="-"))
        case pa.Time64Scalar() if scalar.value % 1000 and scalar.type.unit == "ns":
            to_microseconds = scalar.cast(pa.time64("us"), safe=False).as_py()
            text = to_microseconds.isoformat(timespec="microseconds")
            return f"{text}{scalar.value % 1000:03d}".rstrip("0")
    try:
        return scalar.as_py()
    except (OverflowError, ValueError) as error:
        raise _NoCalendarError(str(getattr(scalar, "value", ""))) from error


def _refuse_repeated_names(field: pa.Field, *, column: str) -> None:
    """Refuse a structure with two values of one name: one of them would be lost."""
    inside = [field.type.field(index) for index in range(field.type.num_fields)]
    names = [each.name for each in inside]
    if pa.types.is_struct(field.type) and len({*names}) < len(names):
        raise UnreadableSource(
            f'the column "{column[:60]}" is a structure with two values of one name; give each a'
            " name of its own where the file is made",
            code="wrong-columns",
        )
    for each in inside:
        _refuse_repeated_names(each, column=column)


class _NoCalendarError(ValueError):
    """A date or time that Python cannot hold; its text is the number that is stored."""
