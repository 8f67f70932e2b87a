"""The state of a draft: what is read and checked, what is wrong, what can be undone; its sheets."""

import sqlite3
from collections.abc import Iterator
from typing import Final

import orjson

from loader.named_sql import statements
from loader.run.drafting.check_rows import Rules
from loader.run.drafting.database import fact
from loader.run.drafting.draft_columns import is_matched, shown_columns
from loader.run.drafting.shown_values import DraftState, ShownSheet
from loader.run.drafting.stored_rows import stored_sheets

_SQL: Final = statements("draft_state.sql", package=__package__)


def draft_state(
    sql: sqlite3.Connection, *, draft_id: str, label: str, held: str, trouble: str, who: str
) -> DraftState:
    """Return the state of a draft, as `who` sees it; `held` is why nothing can be edited now."""
    notices = [
        notice
        for name in ("read_notices", "notices")
        for notice in orjson.loads(fact(sql, name) or "[]")
    ]
    return DraftState(
        draft_id=draft_id,
        label=label,
        revision=int(fact(sql, "revision", 0)),
        is_read=bool(fact(sql, "is_read", 0)),
        is_checked=bool(fact(sql, "is_checked", 0)),
        rows=int(fact(sql, "read", 0)),
        checked=int(fact(sql, "checked", 0)),
        wrong_rows=_count(sql, _SQL.wrong_rows),
        errors=_count(sql, _SQL.errors),
        warnings=_count(sql, _SQL.warnings),
        edited=_count(sql, _SQL.edited),
        undo=_words(sql, _SQL.undo, who),
        redo=_words(sql, _SQL.redo, who),
        trouble=trouble or str(fact(sql, "trouble")),
        headings=str(fact(sql, "headings")),
        columns=str(fact(sql, "columns")),
        held=held,
        notices=tuple(notices),
    )


def shown_sheets(sql: sqlite3.Connection, rules: Rules) -> Iterator[ShownSheet]:
    """Yield the sheets of a draft, with their columns."""
    for sheet in stored_sheets(sql):
        yield ShownSheet(
            sheet_id=sheet.sheet_id,
            name=sheet.name,
            first=sheet.first,
            rows=sheet.rows,
            wrong=_count(sql, _SQL.wrong_of_sheet, sheet.first, sheet.last),
            columns=shown_columns(sheet, rules),
            is_matched=is_matched(sheet, rules),
        )


def _count(sql: sqlite3.Connection, query: str, *values: int) -> int:
    return int(sql.execute(query, values).fetchone()[0])


def _words(sql: sqlite3.Connection, query: str, who: str) -> str:
    row = sql.execute(query, (who,)).fetchone()
    return "" if row is None else str(row[0])
