"""Cut a large text file into ranges that can be read apart, each from record to record.

All bytes are looked at, because where a record ends depends on every quote before it. A range ends
where a block ends when the whole file is read, so that the batches are the same ones. Where the end
of a record cannot be told for certain, and from there on, the file is not cut.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from loader.source.delimited import text
from loader.source.delimited.encoding import Encoding
from loader.source.delimited.plain import LF, QUOTE, end_of_records
from loader.source.delimited.read import Beginning, is_usual, read_beginning
from loader.source.options import Limits, ReadOptions, Span
from loader.source.rows_to_table import header_chooser

_UTF_8: Final = "utf-8"  # others are decoded from the start


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A place between two records: what lies before it."""

    at: int
    block: int  # blocks of the file
    lines: int
    records: int


def ranges_of_text(
    path: Path, options: ReadOptions, limits: Limits, *, bytes_each: int
) -> list[Span]:
    """Return ranges that together are the file; [] where it has to be read as a whole."""
    beginning = read_beginning(path, options, limits)
    encoding = beginning.encoding
    if encoding.name != _UTF_8 or not _can_be_cut(beginning, options, limits):
        return []
    size = path.stat().st_size
    begin = _Cut(at=encoding.mark, block=0, lines=0, records=0)
    places = [begin]
    # The header is among the first rows, which all are in the first range.
    first_rows = beginning.next_row + beginning.dialect.has_sep_line
    for place in _cuts(path, encoding, limits, beginning.dialect.delimiter):
        is_large = place.at - places[-1].at >= bytes_each and size - place.at >= bytes_each
        if is_large and place.records >= first_rows:
            places.append(place)
    stops = [place.at for place in places[1:]] + [size]
    return [
        Span(
            start=place.at,
            stop=stop,
            first_row=place.records + 1 - beginning.dialect.has_sep_line,
            line=place.lines + 1,
            mark=encoding.mark,
            block=place.block,
        )
        for place, stop in zip(places, stops, strict=True)
    ]


def _can_be_cut(beginning: Beginning, options: ReadOptions, limits: Limits) -> bool:
    preamble = beginning.preamble
    if not is_usual(beginning.dialect) or len(preamble) < limits.preamble_rows:
        return False
    at = header_chooser(options)([(row.number, row.cells) for row in preamble])
    return len("".join(preamble[at].cells[1:]).strip()) > 0


def _cuts(path: Path, encoding: Encoding, limits: Limits, delimiter: str) -> Iterator[_Cut]:
    """Yield where a record ends at the end of a block, as `_Body.read` finds it."""
    at, lines, records, rest = encoding.mark, 0, 0, b""
    for more in text.utf8_blocks(path, encoding, limits):
        rest += more
        end = end_of_records(rest, delimiter)
        if end is None or len(rest) > 64 * limits.cell_characters or _has_bare_cr(rest):
            return
        data = np.frombuffer(rest[:end], np.uint8)
        ends = np.flatnonzero(data == LF)
        quotes = np.flatnonzero(data == QUOTE)
        at, lines = at + end, lines + len(ends)
        records += int(np.count_nonzero(np.searchsorted(quotes, ends) % 2 == 0))
        rest = rest[end:]
        if end:
            read = at + len(rest) - encoding.mark
            blocks = -(-read // text.BLOCK_BYTES)
            yield _Cut(at=at, block=blocks, lines=lines, records=records)


def _has_bare_cr(block: bytes) -> bool:
    return block.count(b"\r") != block.count(b"\r\n")
