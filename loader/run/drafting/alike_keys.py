"""Rows of a draft that have the same key, or nearly, and are not the same offer.

What tells rows apart is kept for each row, so that an edit compares only the rows whose keys
are like the one that was, or is now.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import orjson

from loader.named_sql import statements
from loader.run.drafting.findings import (
    FindingRow,
    add_findings,
    count_findings,
    finding_row,
    listed,
)
from loader.run.reading.key_records import RECORD, alike, alike_error, key_records
from loader.run.reading.read_chunk import ReadChunk
from loader.tables.arrow import texts_of
from loader.tables.chunk import cell_address
from loader.tables.differing_cells import (
    by_heading,
    describe_column_differences,
    describe_differences,
)

_SQL = statements("alike_keys.sql", package=__package__)
_GROUPS_AT_ONCE = 5_000
_MOST_COMPARED = 500  # rows of one comparison whose cells are compared
_HASHES = ("similar", "key", "contents")


def forget_all_keys(sql: sqlite3.Connection) -> None:
    """Remove the keys of all rows and their index: noting them again is quicker without it."""
    sql.execute(_SQL.drop_index)
    sql.execute(_SQL.forget_all)


def note_keys(sql: sqlite3.Connection, part: ReadChunk, ids: dict[int, int]) -> set[int]:
    """Store the keys of the rows of a chunk; return the hashes of their keys."""
    weaker = part.weaker_keys()
    records, keys = key_records(part.checked, wrong_keys=part.wrong_keys(weaker))
    numbers = records["row"].tolist()
    usual = _position(part, None)
    positions = [
        _position(part, weaker[number]) if number in weaker else usual for number in numbers
    ]
    similar, key, contents = (records[name].copy().view(np.int64).tolist() for name in _HASHES)
    rows = [ids[number] for number in numbers]
    sql.executemany(
        _SQL.note,
        zip(rows, similar, key, contents, texts_of(keys), positions, strict=True),
    )
    return set(similar)


def _position(part: ReadChunk, field: str | None) -> int:
    position = part.key_place(field)
    return -1 if position is None else position


def forget_keys(sql: sqlite3.Connection, rows: Sequence[int]) -> set[int]:
    """Forget the keys of rows; return their hashes."""
    these = (listed(rows),)
    found = sql.execute(_SQL.hashes, these).fetchall()
    sql.execute(_SQL.forget, these)
    return {similar for (similar,) in found}


def compare_keys(
    sql: sqlite3.Connection, similar: Iterable[int] | None, *, column_name: Callable[[str], str]
) -> set[int]:
    """Find rows that are too much alike, among those with these hashes (None: among all).

    `column_name` is what two sheets with other headings call the column of a heading, "" for none.
    Returns the rows of which something else is wrong now.
    """
    wanted = (
        [each for (each,) in sql.execute(_SQL.repeated)] if similar is None else sorted(similar)
    )
    changed: set[int] = set()
    for at in range(0, len(wanted), _GROUPS_AT_ONCE):
        changed |= _compare(sql, wanted[at : at + _GROUPS_AT_ONCE], column_name)
    if similar is None:
        sql.execute(_SQL.make_index)
        count_findings(sql, changed)
    return changed


def _compare(
    sql: sqlite3.Connection, similar: Sequence[int], column_name: Callable[[str], str]
) -> set[int]:
    these = (listed(similar),)
    rows = sql.execute(_SQL.keys_like, these).fetchall()
    records = np.zeros(len(rows), dtype=RECORD)
    for at, name in enumerate(_HASHES, start=1):
        records[name] = np.array([row[at] for row in rows], dtype=np.int64).view(np.uint64)
    records["row"] = np.arange(len(rows))
    records["invalid"] = [row[-1] for row in rows]
    findings: dict[int, FindingRow] = {}
    for first, later in alike(records):
        earlier, row = rows[first["row"]], rows[later["row"]]
        is_compared = len(findings) < _MOST_COMPARED
        differs = _differing(sql, earlier, row, column_name) if is_compared else ""
        findings[row[0]] = _finding(earlier, row, first, later, differs)
    ids = (listed(row[0] for row in rows),)
    before = dict(sql.execute(_SQL.found_across, ids))
    sql.execute(_SQL.forget_across, ids)
    add_findings(sql, findings.values())
    now = {row_id: finding[6] for row_id, finding in findings.items()}
    return {row for row in before.keys() | now.keys() if before.get(row) != now.get(row)}


def _differing(
    sql: sqlite3.Connection,
    earlier: tuple[Any, ...],
    row: tuple[Any, ...],
    column_name: Callable[[str], str],
) -> str:
    texts = dict(sql.execute(_SQL.cells, (listed((earlier[0], row[0])),)))
    there, here = ((orjson.loads(each[8]), orjson.loads(texts[each[0]])) for each in (earlier, row))
    if earlier[7] == row[7]:  # of one sheet
        return describe_differences(by_heading(*there), by_heading(*here))
    return describe_column_differences(there, here, column_name) or ""


def _finding(
    earlier: tuple[Any, ...], row: tuple[Any, ...], first: Any, later: Any, differs: str
) -> FindingRow:
    row_id, _, _, _, text, position, number, sheet, header, _ = row
    *_, first_text, first_position, first_number, first_sheet, _, _ = earlier
    place = _cell(first_sheet, first_number, first_position)
    error = alike_error(
        first,
        later,
        row_number=number,
        heading=orjson.loads(header)[position].strip() if position >= 0 else "",
        cell=_cell(sheet, number, position),
        key=text,
        first_key=first_text,
        where=place or f"row {first_number}",
        differs=differs,
    )
    return finding_row(error, row_id, is_across=True)


def _cell(sheet: str, number: int, position: int) -> str:
    return cell_address(sheet, number, position) if position >= 0 else ""
