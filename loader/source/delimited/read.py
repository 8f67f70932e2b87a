"""A delimited text file as a table: the header by the careful reader, then block by block.

A block that is plain goes the quick way; one with a blank line, a ragged row or a control character
goes the careful way. From the first quote that is not at the edge of a cell, everything does: only
the careful reader can tell where a record ends then.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from pathlib import Path

from loader.errors import UnreadableSource
from loader.model import Quoting
from loader.source.delimited.dialect import Dialect, find_dialect
from loader.source.delimited.encoding import Encoding, find_encoding
from loader.source.delimited.plain import end_of_records, read_plain
from loader.source.delimited.records import read_records
from loader.source.delimited.swallowed_rows import add_swallowed_rows
from loader.source.delimited.text import Lines, utf8_blocks
from loader.source.options import Limits, ReadOptions, Span
from loader.source.parsed_rows import Batch, RawRow, Remark, TableHead, in_batches, split
from loader.source.rows_to_table import fit_record, head_of, header_chooser, take_preamble

SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
DIALECT_LINES = 200


def read_delimited(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield the head of the table, then its rows in batches. Nothing where all is blank."""
    span = options.span
    beginning = read_beginning(path, options, limits, span if span and span.is_first else None)
    if not beginning.preamble:
        return
    at = header_chooser(options)([(row.number, row.cells) for row in beginning.preamble])
    _add_swallowed_in_head(beginning.preamble, at, beginning.dialect)
    remarks = tuple(_remarks(beginning.encoding, beginning.dialect, options))
    head = head_of(beginning.preamble, at, sheet="", limits=limits, remarks=remarks)
    yield head
    body = _Body(
        head=head,
        dialect=beginning.dialect,
        limits=limits,
        is_encoding_named=options.encoding is not None,
        widest=_usual_width(beginning.preamble, at),
        next_row=beginning.next_row,
        line=beginning.lines.taken + 1,
    )
    if span is None or span.is_first:
        above = body.batches_of(beginning.preamble[at + 1 :])
        batches: Iterator[Batch] = chain(above, body.read(beginning.lines.rest()))
    else:
        body.next_row, body.line = span.first_row, span.line
        batches = body.read(utf8_blocks(path, beginning.encoding, limits, span))
    for batch in batches:
        yield from split(batch, options.chunk_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How a file begins: the first rows that are not blank, and the lines behind them."""

    encoding: Encoding
    dialect: Dialect
    lines: Lines
    preamble: list[RawRow]
    next_row: int


def read_beginning(
    path: Path, options: ReadOptions, limits: Limits, span: Span | None = None
) -> Beginning:
    """Read the first rows; of a span, no further than to its end."""
    if options.span is None:
        encoding = find_encoding(path, options.encoding)
    else:  # which was proven over the whole file
        encoding = Encoding(name="utf-8", mark=options.span.mark)
    lines = Lines(utf8_blocks(path, encoding, limits, span))
    dialect = find_dialect(
        lines.peek(DIALECT_LINES),
        given=delimiter_of(options.delimiter),
        looks_like_header=options.looks_like_header,
        quoting=options.quoting,
    )
    if dialect.has_sep_line:
        next(lines)
    rows = read_records(
        lines,
        dialect=dialect,
        limits=limits,
        is_encoding_named=options.encoding is not None,
        first_line=1 + dialect.has_sep_line,
    )
    last = _LastNumber(rows)
    preamble = take_preamble((row for row in last if not row.is_blank()), limits)
    return Beginning(
        encoding=encoding,
        dialect=dialect,
        lines=lines,
        preamble=preamble,
        next_row=last.number + 1,
    )


def delimiter_of(given: str | None) -> str | None:
    """Return the character that a user names for the delimiter."""
    if given is None:
        return None
    delimiter = SPELLED.get(given.lower(), given)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise UnreadableSource(
            f"the delimiter {given!r} cannot be used; give one character, such as ; or tab",
            code="bad-delimiter",
        )
    return delimiter


def is_usual(dialect: Dialect) -> bool:
    """Say whether `end_of_records` can tell where records end."""
    return dialect.delimiter.isascii() and dialect.quoting is Quoting.STANDARD


def _remarks(encoding: Encoding, dialect: Dialect, options: ReadOptions) -> Iterator[Remark]:
    yield from encoding.remarks
    if not dialect.sure and options.delimiter is None:
        yield Remark(
            code="delimiter-guessed",
            message=f"the delimiter was taken to be the {dialect.name}; if that is wrong, name it"
            " with --delimiter",
        )


def _add_swallowed_in_head(preamble: list[RawRow], at: int, dialect: Dialect) -> None:
    """Note which of the header and the titles above it hold rows."""
    below = [*(each.cells for each in preamble[1:]), []]
    for row, cells_below in zip(preamble[: at + 1], below, strict=False):
        add_swallowed_rows(
            row, delimiter=dialect.delimiter, width=len(row.cells), beside=cells_below
        )


def _usual_width(preamble: list[RawRow], at: int) -> int:
    """Return how wide rows may be with blank cells at the end: as the header, or most rows."""
    widths = Counter(len(row.cells) for row in preamble[at + 1 :])
    width, count = max(widths.items(), key=itemgetter(1), default=(0, 0))
    header = len(preamble[at].cells)
    return max(header, width) if 2 * count > widths.total() else header


class _LastNumber:
    """The rows, and the number of the last one that was taken."""

    def __init__(self, rows: Iterator[RawRow]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[RawRow]:
        for row in self._rows:
            self.number = row.number
            yield row


@dataclass(slots=True, kw_only=True)
class _Body:
    """What is below the header, and how far it was read."""

    head: TableHead
    dialect: Dialect
    limits: Limits
    is_encoding_named: bool  # the encoding, by the user
    widest: int
    next_row: int
    line: int

    def read(self, blocks: Iterator[bytes]) -> Iterator[Batch]:
        rest = b""
        for block in blocks:
            rest += block
            end = end_of_records(rest, self.dialect.delimiter) if self._can_be_plain() else None
            if end is None:
                yield from self._read_carefully(chain([rest], blocks))
                return
            if end:
                yield from self._read_plain(rest[:end])
                rest = rest[end:]
            elif len(rest) > 64 * self.limits.cell_characters:
                break  # the careful reader says which quote is never closed
        if rest:
            yield from self._read_carefully(chain([rest], blocks))

    def _can_be_plain(self) -> bool:
        return is_usual(self.dialect) and len(self.head.header) > 1

    def _read_plain(self, block: bytes) -> Iterator[Batch]:
        plain = read_plain(
            block,
            delimiter=self.dialect.delimiter,
            width=len(self.head.header),
            first_row=self.next_row,
            longest=self.limits.cell_characters,
            is_encoding_named=self.is_encoding_named,
        )
        if plain is None:
            yield from self._read_carefully(iter([block]))
            return
        batch, records = plain
        self.next_row += records
        self.line += block.count(b"\n")
        if len(batch.numbers):
            yield batch

    def _read_carefully(self, blocks: Iterator[bytes]) -> Iterator[Batch]:
        lines = Lines(blocks)
        rows = _LastNumber(
            read_records(
                lines,
                dialect=self.dialect,
                limits=self.limits,
                is_encoding_named=self.is_encoding_named,
                first_row=self.next_row,
                first_line=self.line,
            )
        )
        yield from self.batches_of(row for row in rows if not row.is_blank())
        self.next_row = max(self.next_row, rows.number + 1)
        self.line += lines.taken

    def batches_of(self, rows: Iterable[RawRow]) -> Iterator[Batch]:
        fitted = (self._fitted(row, len(self.head.header)) for row in rows)
        return in_batches(fitted, self.head, most=10_000)

    def _fitted(self, row: RawRow, width: int) -> RawRow:
        add_swallowed_rows(row, delimiter=self.dialect.delimiter, width=width)
        return fit_record(row, width, widest=self.widest)
