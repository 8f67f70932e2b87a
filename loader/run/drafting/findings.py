"""What is wrong with rows of a draft, as the database keeps it."""

import sqlite3
from collections.abc import Iterable
from typing import TypeAlias

import orjson

from loader.model import RowError, Severity
from loader.named_sql import statements
from loader.results.columns import position_of

FindingRow: TypeAlias = tuple[int, int, bool, bool, str, str, str, str]

_SQL = statements("findings.sql", package=__package__)


def finding_row(error: RowError, row_id: int, *, is_across: bool) -> FindingRow:
    """Return an error as a row of the table; the position -1 is the whole row."""
    position = position_of(error)
    return (
        row_id,
        -1 if position is None else position,
        error.severity is Severity.ERROR,
        is_across,
        error.code,
        error.value,
        error.message,
        error.suggestion,
    )


def add_findings(sql: sqlite3.Connection, rows: Iterable[FindingRow]) -> None:
    """Keep what was found."""
    sql.executemany(_SQL.add, rows)


def forget_findings(sql: sqlite3.Connection, rows: Iterable[int]) -> None:
    """Remove what was found in rows."""
    sql.execute(_SQL.forget, (listed(rows),))


def forget_all_findings(sql: sqlite3.Connection) -> None:
    """Remove all findings."""
    sql.execute(_SQL.forget_all)
    sql.execute(_SQL.count_none)


def count_findings(sql: sqlite3.Connection, rows: Iterable[int]) -> None:
    """Count the findings of rows again."""
    sql.execute(_SQL.count, (listed(rows),))


def listed(values: Iterable[int]) -> str:
    """Return numbers as a parameter for `IN (SELECT value FROM json_each(?))`."""
    return orjson.dumps(sorted(values)).decode()
