"""JSON Lines: one object a line, as systems export them. The keys are the header.

Numbers keep their digits as they are written. Keys that appear only far down belong to no column,
and a line that is not an object stops the file, because the export is not what it seems.
"""

import json
import math
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source.control_characters import CONTROL
from loader.source.delimited.encoding import find_encoding
from loader.source.delimited.records import add_problems
from loader.source.delimited.text import Lines, utf8_blocks
from loader.source.number_text import number_text
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, RawProblem, RawRow, TableHead, in_batches
from loader.source.typed_values import DIGITS_KEPT, text_and_kind
from loader.tables.chunk import CellKind
from loader.tables.written_json import Written, written_decoder, written_json

LOOK_AHEAD = 1_000
HALF = "control-character"
DOUBTFUL = re.compile(rf"#|E(?:\+|rr:)|{CONTROL.pattern}")  # in a row: its cells are examined
Numbered = tuple[int, dict[str, object], list[str]]  # line, object, the keys that are there twice


def read_json_lines(
    path: Path, options: ReadOptions, limits: Limits
) -> Iterator[TableHead | Batch]:
    """Yield the head of the table, then its rows in batches."""
    encoding = find_encoding(path, options.encoding)
    objects = _objects(Lines(utf8_blocks(path, encoding, limits)))
    first = list(islice(objects, LOOK_AHEAD))
    if not first:
        return
    positions: dict[str, int] = {}
    for _, found, _ in first:
        for key in found:
            positions.setdefault(key, len(positions))
    if len(positions) > limits.columns:
        raise UnreadableSource(
            f"the objects have more than {limits.columns} different keys", code="too-many-columns"
        )
    head = TableHead(sheet="", header=tuple(positions), header_row=0, remarks=encoding.remarks)
    yield head
    is_named = options.encoding is not None
    rows = (
        _row(number, found, positions, repeated, is_encoding_named=is_named)
        for number, found, repeated in chain(first, objects)
    )
    full = (row for row in rows if not row.is_blank())
    yield from in_batches(full, head, most=options.chunk_rows)


def _objects(lines: Lines) -> Iterator[Numbered]:
    repeated: list[str] = []
    decoder = _decoder(repeated)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        repeated.clear()
        try:
            found = decoder.decode(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableSource(
                _describe_json_error(number, line, error), code="broken-json"
            ) from error
        if not isinstance(found, dict):
            raise UnreadableSource(
                f"line {number} is not a JSON object with names and values", code="broken-json"
            )
        if any(without_half_characters(key) != key for key in found):
            raise UnreadableSource(
                f"line {number} has a name with half of a character (\\ud800 to \\udfff)",
                code="broken-json",
            )
        yield number, found, list(repeated)


def _describe_json_error(number: int, line: str, error: Exception) -> str:
    text, reason = line.strip(), str(error)
    if isinstance(error, RecursionError):
        reason = "it is nested too deeply"
    elif text.startswith("{") and not text.endswith("}"):
        return (
            f"line {number} is not JSON by itself: it begins an object that does not end in it;"
            " JSON Lines needs one whole object a line (jq -c . makes it; jq -c '.NAME[]' where"
            " the objects are a list NAME in it)"
        )
    return f"line {number} is not JSON ({reason}); JSON Lines needs one whole object a line"


def _decoder(repeated: list[str]) -> json.JSONDecoder:
    """Return a decoder that keeps numbers as they are written, and notes keys that repeat."""

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(items)
        if len(found) < len(items):
            keys = [key for key, _ in items]
            repeated.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return found

    return written_decoder(pairs)


def _row(
    number: int,
    found: dict[str, object],
    positions: dict[str, int],
    repeated: list[str],
    *,
    is_encoding_named: bool,
) -> RawRow:
    cells = [""] * len(positions)
    kinds: dict[int, CellKind] = {}
    problems = [_repeated_key(key, positions) for key in repeated]
    for key, value in found.items():
        written, kind = _cell(value)
        text = without_half_characters(written)
        position = positions.get(key)
        if position is None:
            problems.append(_late_key(key, text))
            continue
        if text != written:
            problems.append(_half_character(position, text))
        cells[position] = text
        if kind is not CellKind.TEXT:
            kinds[position] = kind
    row = RawRow(number=number, cells=cells, kinds=kinds or None, problems=problems or None)
    texts = "".join(cells)
    if DOUBTFUL.search(texts) or not texts.isascii():
        has_half = any(each.code == HALF for each in problems)  # its mark looks like mojibake
        add_problems(row, is_encoding_named=is_encoding_named or has_half)
    return row


def _cell(value: object) -> tuple[str, CellKind]:
    match value:
        case Written():
            return _number(value)
        case list() if not any(isinstance(item, list | dict) for item in value):
            return ";".join(_cell(item)[0] for item in value), CellKind.TEXT
        case list() | dict():
            return written_json(value), CellKind.TEXT
    return text_and_kind(value)


def _number(literal: Written) -> tuple[str, CellKind]:
    """Return a number of few digits as spreadsheets show it; one of many as it is written."""
    mantissa, _, exponent = literal.lower().partition("e")
    digits = mantissa.lstrip("-0.").replace(".", "")
    number = float(literal)
    is_beyond = math.isinf(number) or (number == 0 and digits != "")
    if len(digits) > DIGITS_KEPT or len(exponent) > 3 or is_beyond:
        return str(literal), CellKind.TEXT
    return number_text(number), CellKind.NUMBER


def without_half_characters(text: str) -> str:
    """Return the text with a replacement character for each half of a character."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _half_character(position: int, text: str) -> RawProblem:
    return RawProblem(
        position=position,
        code=HALF,
        message="holds half of a character (\\ud800 to \\udfff), which is no text",
        value=text,
        suggestion="correct the program that wrote the file: it cut a text within a character",
    )


def _repeated_key(key: str, positions: dict[str, int]) -> RawProblem:
    return RawProblem(
        position=positions.get(key),
        code="repeated-cell",
        message=f'has the key "{key[:60]}" twice, so one of the two values would be lost',
        suggestion="give every key of an object a name of its own",
    )


def _late_key(key: str, text: str) -> RawProblem:
    return RawProblem(
        position=None,
        code="unnamed-column",
        message=f'has the key "{key}", which none of the first {LOOK_AHEAD} objects has',
        value=text,
        suggestion="give the first object every key, with null where it has no value",
    )
