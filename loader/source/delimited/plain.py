"""Parse plain blocks of text with Arrow, the fast reader.

Arrow tolerates what loses data: text after a closing quote, blank lines that shift row numbers.
So each block is inspected first: `end_of_records` and `read_plain` return exactly what the careful
reader would, or None. The inspection reads all bytes of a block, so it uses numpy, or a regular
expression that begins with a literal: anything else costs more than the parsing.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from loader.source.delimited.records import (
    AS_FORMULA,
    ERROR,
    MARK,
    MOJIBAKE,
    QUOTED_LATE,
    SHORTENED,
)
from loader.source.delimited.swallowed_rows import holds_rows
from loader.source.parsed_rows import Batch, blank_rows

QUOTE, LF, CR = 0x22, 0x0A, 0x0D
CONTROLS = bytes({*range(0x20), 0x7F} - {0x09, LF, CR})
NO_CONTROLS = bytes(set(range(256)) - set(CONTROLS))
DIRECTIONS = re.compile(rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])")
# Cells that the careful reader changes or reports: what a block with one contains, and its pattern.
FOR_CAREFUL_READER = (
    (b"Err:", f"^(?:{ERROR.pattern})$"),
    (b"E+", f"^{SHORTENED.pattern}$"),
    (b'="', f"^{AS_FORMULA.pattern}$"),
    (b' ""', f"^{QUOTED_LATE.pattern}$"),
    (b"\\", r"\\$"),
    (MARK.encode(), f"^{MARK}"),
)
WRONG_ENCODING = tuple(  # what text looks like that was read in another encoding
    text.encode() for text in ("\ufffd", "Ã", "Â", "â€", "ï»")
)
NO_CHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")


def end_of_records(block: bytes, delimiter: str) -> int | None:
    """Return where the last whole record ends, 0 where none is whole; the block ends with a line.

    None: a quote is not at the edge of a cell, so that quotes do not tell where records end.
    """
    if b'"' not in block:
        return len(block)
    data = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(data == QUOTE)
    opening, closing = quotes[0::2], quotes[1::2]
    before = data[opening[opening > 0] - 1]
    after = data[closing[closing < len(data) - 1] + 1]
    edges = (QUOTE, LF, CR, ord(delimiter))
    if not np.isin(before, edges).all() or not np.isin(after, edges).all():
        return None
    if len(opening) == len(closing):
        return len(block)
    ends = np.flatnonzero(data == LF)
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]  # an even number of quotes before
    return int(outside[-1]) + 1 if len(outside) else 0


def read_plain(
    block: bytes,
    *,
    delimiter: str,
    width: int,
    first_row: int,
    longest: int,
    is_encoding_named: bool,
) -> tuple[Batch, int] | None:
    """Return the rows of whole records and how many records there were; None: too unusual."""
    if not _is_usual(block):
        return None
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(block),
            read_options=arrow_csv.ReadOptions(
                column_names=[str(position) for position in range(width)],
                use_threads=False,
                block_size=len(block) + 1,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={str(position): pa.string() for position in range(width)},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None  # ragged rows: the careful reader says which
    columns = tuple(_one_chunk(column) for column in table.columns)
    odd = _odd_patterns(block, delimiter=delimiter, is_encoding_named=is_encoding_named)
    if any(pc.any(pc.match_substring_regex(c, each)).as_py() for c in columns for each in odd):
        return None  # a cell that the careful reader has to judge
    if block.count(b"\n") > table.num_rows and _holds_swallowed_rows(columns, delimiter):
        return None
    if len(block) > longest and any(pc.max(pc.binary_length(c)).as_py() > longest for c in columns):
        return None
    numbers = pa.array(np.arange(first_row, first_row + table.num_rows), pa.int64())
    return _without_blank(numbers, columns), table.num_rows


def _odd_patterns(block: bytes, *, delimiter: str, is_encoding_named: bool) -> list[str]:
    """Return patterns of the cells that the careful reader changes or reports, if any may be there.

    It changes them in `records.unwrap` and reports them in `records.add_problems`.
    """
    patterns = [pattern for mark, pattern in FOR_CAREFUL_READER if _contains(block, mark)]
    edges = (delimiter.encode(), b'"', b"\n")
    if block.startswith(b"#") or any(_contains(block, edge + b"#") for edge in edges):
        patterns.append(f"^(?:{ERROR.pattern})$")
    if not is_encoding_named and any(_contains(block, mark) for mark in WRONG_ENCODING):
        patterns.append(MOJIBAKE.pattern)
    return patterns


def _holds_swallowed_rows(columns: tuple[pa.Array, ...], delimiter: str) -> bool:
    for at, column in enumerate(columns):
        is_suspect = pc.and_(
            pc.match_substring(column, "\n"), pc.match_substring(column, delimiter)
        )
        suspects = pc.indices_nonzero(is_suspect)
        cells = (each.take(suspects).to_numpy(zero_copy_only=False) for each in columns)
        rows = zip(*cells, strict=True)
        if any(holds_rows(row, at, delimiter=delimiter, width=len(columns)) for row in rows):
            return True
    return False


def _contains(block: bytes, mark: bytes) -> bool:
    """Say whether a block contains a mark. Its single bytes first: that is ten times as fast."""
    return all(mark[at : at + 1] in block for at in range(len(mark))) and mark in block


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks()


def _is_usual(block: bytes) -> bool:
    """Tell whether no line is blank, no line end is a bare CR, and no character invisible."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == LF)
    lengths = np.diff(ends, prepend=-1)
    before = data[ends - 1]
    if (lengths == 1).any() or (before[lengths == 2] == CR).any():
        return False
    if np.count_nonzero(data == CR) != np.count_nonzero(before == CR):
        return False
    if block.translate(None, NO_CONTROLS):
        return False
    return not (
        (b"\xe2" in block and DIRECTIONS.search(block))
        or (b"\xef" in block and NO_CHARACTERS.search(block))
    )


def _without_blank(numbers: pa.Array, columns: tuple[pa.Array, ...]) -> Batch:
    blank = blank_rows(columns, len(numbers))
    if blank.any():
        keep = pa.array(~blank)
        numbers, columns = numbers.filter(keep), tuple(c.filter(keep) for c in columns)
    return Batch(numbers=numbers, columns=columns, kinds=(None,) * len(columns))
