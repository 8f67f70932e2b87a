"""Parquet files of systems, as the table a spreadsheet would show: the header in row 1.

Rules of this file: text columns pass untouched; every other column goes through Python values,
which keeps dates, decimals and lists exact.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from loader.errors import UnreadableSource
from loader.source.batch import KIND_CODES, Batch, TableHead
from loader.source.objects import text_and_kind
from loader.source.options import Limits, ReadOptions


def read_parquet(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the head of the table, then its rows in batches."""
    try:
        with pq.ParquetFile(path) as file:
            header = tuple(file.schema_arrow.names)
            if len(header) > limits.columns:
                raise UnreadableSource(
                    f"it has more than {limits.columns} columns", code="too-many-columns"
                )
            yield TableHead(sheet="", header=header, header_row=1)
            numbers = count(2)
            for part in file.iter_batches(batch_size=options.chunk_rows):
                yield _batch(part, numbers)
    except (pa.ArrowException, OSError) as error:
        said = " ".join(str(error).split())
        raise UnreadableSource(
            f"the Parquet file is damaged or cut off ({said}); export it again",
            code="damaged-file",
        ) from error


def _batch(part: pa.RecordBatch, numbers: Iterator[int]) -> Batch:
    columns, kinds = [], []
    for column in part.columns:
        texts, codes = _column(column)
        columns.append(texts)
        kinds.append(codes)
    taken = [next(numbers) for _ in range(part.num_rows)]
    return Batch(numbers=pa.array(taken, pa.int64()), columns=tuple(columns), kinds=tuple(kinds))


def _column(column: pa.Array) -> tuple[pa.Array, bytes | None]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.string()).fill_null(""), None
    found = [text_and_kind(value) for value in column.to_pylist()]
    codes = bytes(KIND_CODES[kind] for _, kind in found)
    return pa.array([text for text, _ in found], pa.string()), codes if any(codes) else None
