"""JSON Lines: one object a line, as systems export them. The keys are the header.

Rules of this file: a row's number is its line; keys that appear only far down belong to no column
and are said; a line that is not an object stops the file, because the export is not what it seems.
"""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import orjson

from loader.errors import UnreadableSource
from loader.source.batch import Batch, BatchBuilder, RawProblem, RawRow, TableHead
from loader.source.delimited.encoding import find_encoding
from loader.source.delimited.records import CONTROL, control_problems
from loader.source.delimited.text import Lines, utf8_blocks
from loader.source.objects import text_and_kind
from loader.source.options import Limits, ReadOptions
from loader.tables.chunk import CellKind

LOOK_AHEAD = 1_000
Numbered = tuple[int, dict[str, object]]


def read_json_lines(
    path: Path, options: ReadOptions, limits: Limits
) -> Iterator[TableHead | Batch]:
    """Yield the head of the table, then its rows in batches."""
    encoding = find_encoding(path, options.encoding)
    objects = _objects(Lines(utf8_blocks(path, encoding)))
    first = list(islice(objects, LOOK_AHEAD))
    if not first:
        return
    positions: dict[str, int] = {}
    for _, found in first:
        for key in found:
            positions.setdefault(key, len(positions))
    if len(positions) > limits.columns:
        raise UnreadableSource(
            f"the objects have more than {limits.columns} different keys", code="too-many-columns"
        )
    head = TableHead(sheet="", header=tuple(positions), header_row=0, remarks=encoding.remarks)
    yield head
    builder = BatchBuilder(head)
    for number, found in chain(first, objects):
        row = _row(number, found, positions)
        if not row.is_blank():
            builder.add(row)
        if len(builder) >= options.chunk_rows:
            yield builder.take()
    if len(builder):
        yield builder.take()


def _objects(lines: Lines) -> Iterator[Numbered]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise UnreadableSource(
                f"line {number} is not JSON ({error}); JSON Lines needs one whole object a line",
                code="broken-json",
            ) from error
        if not isinstance(found, dict):
            raise UnreadableSource(
                f"line {number} is not a JSON object with names and values", code="broken-json"
            )
        yield number, found


def _row(number: int, found: dict[str, object], positions: dict[str, int]) -> RawRow:
    cells = [""] * len(positions)
    kinds: dict[int, CellKind] = {}
    problems: list[RawProblem] = []
    for key, value in found.items():
        text, kind = text_and_kind(value)
        position = positions.get(key)
        if position is None:
            problems.append(_late(key, text))
            continue
        cells[position] = text
        if kind is not CellKind.TEXT:
            kinds[position] = kind
    if CONTROL.search("".join(cells)):
        problems.extend(control_problems(cells))
    return RawRow(number=number, cells=cells, kinds=kinds or None, problems=problems or None)


def _late(key: str, text: str) -> RawProblem:
    return RawProblem(
        position=None,
        code="unnamed-column",
        message=f'has the key "{key}", which none of the first {LOOK_AHEAD} objects has',
        value=text,
        suggestion="give the first object every key, with null where it has no value",
    )
