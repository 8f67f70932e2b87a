"""The same mistake in many cells of a column: shown once, and fixed at once."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from loader.model import LONGEST_VALUE
from loader.named_sql import statements
from loader.run.drafting.shown_values import Group
from loader.run.drafting.stored_rows import StoredSheet
from loader.run.drafting.undoable_edits import Change
from loader.tables.addresses import column_letters
from loader.validation.suggestions import replacements

MOST_GROUPS: Final = 200
_SQL: Final = statements("same_mistakes.sql", package=__package__)


def groups(sql: sqlite3.Connection, sheet: StoredSheet) -> Iterator[Group]:
    """Yield what is wrong with a sheet: errors first, and what is commonest."""
    found = sql.execute(_SQL.groups, (sheet.first, sheet.last, MOST_GROUPS)).fetchall()
    for position, code, value, is_error, cells, message, suggestion in found:
        offers, is_cut = replacements(suggestion, value), len(value) >= LONGEST_VALUE
        yield Group(
            sheet_id=sheet.sheet_id,
            position=position,
            column=_column(sheet, position),
            code=code,
            value=value,
            is_error=bool(is_error),
            message=message,
            suggestion="" if is_cut and offers else suggestion,  # is that of one cell
            offers=() if is_cut else offers,
            cells=cells,
            is_cut=is_cut,
        )


def group_changes(
    sql: sqlite3.Connection, sheet: StoredSheet, group: Group, text: str
) -> Sequence[Change]:
    """Return the changes that give every cell of a group a text."""
    of_group = (group.code, group.position, group.value, sheet.first, sheet.last)
    found = sql.execute(_SQL.rows, of_group)
    return [Change(row_id=row, position=group.position, text=text) for (row,) in found]


def _column(sheet: StoredSheet, position: int) -> str:
    if not 0 <= position < len(sheet.header):
        return ""
    return sheet.header[position].strip() or column_letters(position)
