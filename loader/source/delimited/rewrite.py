"""Write a delimited text file again with some cells changed, and everything else as it was.

Encoding, mark, delimiter, quotes and line ends stay: of a record without an edit every byte is
copied, of one with an edit every cell but the edited ones.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from loader.errors import UnreadableSource
from loader.model import Quoting
from loader.source.delimited.dialect import STYLES, Dialect, find_dialect
from loader.source.delimited.encoding import find_encoding
from loader.source.delimited.read import DIALECT_LINES, delimiter_of
from loader.source.delimited.text import Lines, utf8_blocks
from loader.source.options import Limits, ReadOptions

_ENDS: Final = ("\r\n", "\n", "\r")


class NotWritable(Exception):
    """The file cannot hold an edit in its own form; the message says why."""


def rewrite(
    path: Path,
    options: ReadOptions,
    limits: Limits,
    *,
    edits: Mapping[int, Mapping[int, str]],
    out: BinaryIO,
) -> None:
    """Write `path` to `out` with `edits`: row number -> position -> text.

    Raises `NotWritable` where the encoding or the dialect of the file has no place for a text.
    """
    encoding = find_encoding(path, options.encoding)
    lines = Lines(utf8_blocks(path, encoding, limits))
    dialect = find_dialect(
        lines.peek(DIALECT_LINES),
        given=delimiter_of(options.delimiter),
        looks_like_header=options.looks_like_header,
        quoting=options.quoting,
    )
    with path.open("rb") as file:
        out.write(file.read(encoding.mark))
    try:
        if dialect.has_sep_line:
            out.write(next(lines).encode(encoding.name))
        for number, (cells, raw) in enumerate(_records(lines, dialect, limits), start=1):
            edited = edits.get(number)
            text = _edit_record(cells, raw, edited, dialect) if edited else raw
            out.write(text.encode(encoding.name))
    except UnicodeEncodeError as error:
        raise NotWritable(
            f'the file is written in {encoding.name}, which has no "{error.object[error.start]}"'
        ) from error
    except csv.Error as error:
        raise UnreadableSource(f"its quotes cannot be read: {error}") from error


def _records(lines: Lines, dialect: Dialect, limits: Limits) -> Iterator[tuple[list[str], str]]:
    """Yield each record as cells, and as its text in the file."""
    csv.field_size_limit(limits.cell_characters)
    taken: list[str] = []

    def record_lines() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    reader = csv.reader(
        record_lines(), delimiter=dialect.delimiter, strict=True, quoting=STYLES[dialect.quoting]
    )
    for cells in reader:
        yield cells, "".join(taken)
        taken.clear()


def _edit_record(cells: Sequence[str], raw: str, edits: Mapping[int, str], dialect: Dialect) -> str:
    end = next((each for each in _ENDS if raw.endswith(each)), "")
    fields = _fields(raw.removesuffix(end), dialect)
    if len(fields) != len(cells):  # quotes that only the reader understands
        fields = [_quote(cell, dialect, is_quoted=False) for cell in cells]
    fields += [""] * (max(edits) + 1 - len(fields))
    for position, text in edits.items():
        fields[position] = _quote(text, dialect, is_quoted=fields[position].startswith('"'))
    return dialect.delimiter.join(fields) + end


def _fields(text: str, dialect: Dialect) -> list[str]:
    """Return the cells of a record as they are written, with their quotes."""
    if dialect.quoting is Quoting.NONE:
        return text.split(dialect.delimiter)
    fields: list[str] = []
    begin = 0
    while True:
        behind = _end_of_quotes(text, begin) if text.startswith('"', begin) else begin
        end = text.find(dialect.delimiter, behind)
        if end < 0:
            return [*fields, text[begin:]]
        fields.append(text[begin:end])
        begin = end + 1


def _end_of_quotes(text: str, begin: int) -> int:
    """Return where the quotes end that open at `begin`."""
    at = begin + 1
    while (at := text.find('"', at)) >= 0:
        if not text.startswith('""', at):
            return at + 1
        at += 2
    return len(text)


def _quote(text: str, dialect: Dialect, *, is_quoted: bool) -> str:
    """Return a cell with quotes where it needs them."""
    is_special = any(letter in text for letter in (dialect.delimiter, "\n", "\r"))
    if dialect.quoting is Quoting.NONE:
        if is_special:
            raise NotWritable("it has no quotes, and a cell holds its delimiter or a line end")
        return text
    if is_quoted or is_special or '"' in text or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
