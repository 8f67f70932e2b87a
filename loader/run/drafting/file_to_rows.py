"""From a file to the rows of a draft, chunk by chunk, so that the first can be seen at once."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace

import orjson

from loader.model import Notice
from loader.named_sql import statements
from loader.profile.model import Profile
from loader.run.drafting.database import DraftDatabase, set_fact
from loader.run.reading.read_source import has_offers, no_offers, refuse_results
from loader.source import Source
from loader.source.parsed_rows import KIND_CODES
from loader.tables.chunk import Chunk, Table
from loader.validation.fields import Fields

_SQL = statements("file_to_rows.sql", package=__package__)


def store_rows(
    source: Source,
    database: DraftDatabase,
    *,
    fields: Fields,
    profile: Profile,
    stopped: Callable[[], bool],
) -> tuple[Notice, ...]:
    """Store every row of the sheets that have offers; where none has, of the first sheet and of
    those with the same headings. A notice names each of the others.

    A reader asks for all sheets, so `source` must have been opened that way. Raises
    `WrongColumns` for results of an earlier load.
    """
    notices: list[Notice] = []
    unknown: list[Table] = []  # sheets without a known heading
    has_ours, next_row = False, 1
    for table in source.tables():
        if profile.is_empty:
            refuse_results(table)
        if has_offers(table, profile, fields):
            if not has_ours and unknown:
                with database.writing() as sql:
                    _forget(sql)
                next_row = 1
                notices.clear()
            has_ours = True
        else:
            unknown.append(table)
            if has_ours or table.header != unknown[0].header:
                continue
        notices += table.notices
        next_row = _store(table, database, next_row, stopped)
    return (*notices, *_passed_over(unknown, has_ours=has_ours))


def _passed_over(unknown: Sequence[Table], *, has_ours: bool) -> Iterator[Notice]:
    """Yield a notice for each sheet that is not stored."""
    if has_ours:
        yield from map(no_offers, unknown)
        return
    for table in unknown:
        if table.header != unknown[0].header:
            words = (
                f'the sheet "{table.sheet}" has other headings than "{unknown[0].sheet}" and is'
                " not read; if it holds offers, put them into a file of their own"
            )
            yield replace(no_offers(table), message=words)


def forget_all(database: DraftDatabase) -> None:
    """Delete the rows and all that was done to them."""
    with database.writing() as sql:
        _forget(sql)
        sql.execute(_SQL.forget_cells)
        sql.execute(_SQL.forget_steps)
        sql.execute(_SQL.forget_edits)


def _forget(sql: sqlite3.Connection) -> None:
    sql.execute(_SQL.forget_rows)
    sql.execute(_SQL.forget_sheets)


def _store(table: Table, database: DraftDatabase, first: int, stopped: Callable[[], bool]) -> int:
    """Store the rows of one sheet; return the id of the next row."""
    with database.writing() as sql:
        cursor = sql.execute(
            _SQL.add_sheet,
            (table.sheet, orjson.dumps(table.header).decode(), table.header_row, first),
        )
        sheet_id = cursor.lastrowid
    next_row = first
    for chunk in table.chunks:
        lines = [(next_row + at, *line) for at, line in enumerate(_lines(chunk))]
        with database.writing() as sql:
            sql.executemany(_SQL.add_row, lines)
            next_row += len(lines)
            sql.execute(_SQL.set_rows, (next_row - first, sheet_id))
            set_fact(sql, "read", next_row - 1)
        if stopped():
            break
    return next_row


def _lines(chunk: Chunk) -> Iterator[tuple[int, str, str | None, str | None]]:
    """Yield (number, cells, kinds, problems) of each row."""
    kinds: dict[int, dict[str, int]] = {}
    for (number, position), kind in chunk.kinds.items():
        kinds.setdefault(number, {})[str(position)] = KIND_CODES[kind]
    problems: dict[int, list[object]] = {}
    for problem in chunk.problems:
        problems.setdefault(problem.row_number, []).append(asdict(problem))
    for number, cells in chunk.rows():
        text = orjson.dumps(cells).decode()
        yield number, text, _json(kinds.get(number)), _json(problems.get(number))


def _json(value: object) -> str | None:
    return orjson.dumps(value).decode() if value else None
