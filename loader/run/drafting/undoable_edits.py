"""What a person does to the cells of a draft, step by step, and how it is undone.

A step changes any number of cells, and is undone and redone as one, by the person who did it. The
overlay holds only texts that differ from those of the file.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from loader.errors import EditRefused
from loader.named_sql import statements
from loader.run.drafting.database import next_revision
from loader.run.drafting.findings import listed
from loader.source.delimited.records import unwrap
from loader.source.edited_cells import ROW

CONFIRMED: Final = "confirmed"
LONGEST: Final = 1_000_000  # characters of a cell, as the readers allow
_SQL: Final = statements("undoable_edits.sql", package=__package__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The new text of one cell. `was` is the text that the person saw there; None: whatever it is.

    The position `ROW` confirms a row.
    """

    row_id: int
    position: int
    text: str
    was: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that was done, undone or redone."""

    words: str
    revision: int
    cells: int
    rows: frozenset[int]


def do_step(
    sql: sqlite3.Connection, changes: Sequence[Change], *, words: str, who: str, at: float
) -> Done | None:
    """Change cells; None where all of them have these texts already."""
    rows = {change.row_id for change in changes}
    read = {row: orjson.loads(cells) for row, cells in sql.execute(_SQL.read, (listed(rows),))}
    overlay = _overlay(sql, rows)
    new: dict[tuple[int, int], str | None] = {}
    for change in changes:
        place = (change.row_id, change.position)
        new[place] = _new_text(change, read.get(change.row_id), overlay.get(place))
    edits = [(*place, overlay.get(place), text) for place, text in new.items()]
    edits = [edit for edit in edits if edit[2] != edit[3]]
    if not edits:
        return None
    sql.execute(_SQL.drop_undone, (who,))
    step = sql.execute(_SQL.add, (words, at, who)).lastrowid
    sql.executemany(_SQL.add_edit, [(step, *edit) for edit in edits])
    return _apply(sql, {(row, at): new for row, at, _, new in edits}, words)


def _new_text(change: Change, read: Sequence[str] | None, overlaid: str | None) -> str | None:
    """Return what the overlay is to hold: None for the text of the file."""
    if read is None or not ROW <= change.position < len(read):
        raise EditRefused("there is no such cell: load the page again")
    if len(change.text) > LONGEST:
        raise EditRefused(f"a cell takes at most {LONGEST:,} characters")
    try:
        change.text.encode()
    except UnicodeEncodeError:
        raise EditRefused("the text holds half of a character, which no file can hold") from None
    if change.position == ROW:
        return change.text or None
    now = read[change.position] if overlaid is None else overlaid
    if change.was is not None and change.was != now:
        raise EditRefused(
            "somebody else changed this cell a moment ago (or you did in another window): it holds"
            f' "{now[:60]}" now. Nothing was overwritten; look at it and edit it again'
        )
    text = unwrap(change.text)  # so that the cell shows what is sent
    return None if text == read[change.position] else text


def undo_step(sql: sqlite3.Connection, who: str) -> Done | None:
    """Undo the last step of a person; None where there is none."""
    return _move(sql, _SQL.last_done, who, state="undone")


def redo_step(sql: sqlite3.Connection, who: str) -> Done | None:
    """Do the step of a person again that she undid last; None where there is none."""
    return _move(sql, _SQL.first_undone, who, state="done")


def _move(sql: sqlite3.Connection, find: str, who: str, *, state: str) -> Done | None:
    """Undo or redo a step, but for the cells that somebody else has changed since."""
    found = sql.execute(find, (who,)).fetchone()
    if found is None:
        return None
    step, words = found
    edits = sql.execute(_SQL.edits, (step,)).fetchall()
    sql.execute(_SQL.set_state, (state, step))
    overlay = _overlay(sql, {row for row, *_ in edits})
    texts = {}
    for row, at, old, new in edits:
        left, wanted = (old, new) if state == "done" else (new, old)
        if overlay.get((row, at)) == left:
            texts[row, at] = wanted
    stay = len(edits) - len(texts)
    if stay:
        cells = "1 cell stays" if stay == 1 else f"{stay:,} cells stay"
        which = "it" if stay == 1 else "them"
        words += f"; {cells}, because somebody else has changed {which} since"
    return _apply(sql, texts, words)


def _overlay(sql: sqlite3.Connection, rows: Iterable[int]) -> dict[tuple[int, int], str]:
    """Return the edited texts of rows."""
    found = sql.execute(_SQL.edited_cells, (listed(rows),))
    return {(row, position): text for row, position, text in found}


def _apply(
    sql: sqlite3.Connection, texts: Mapping[tuple[int, int], str | None], words: str
) -> Done:
    sql.executemany(_SQL.reset_cell, [place for place, text in texts.items() if text is None])
    sql.executemany(
        _SQL.set_cell, [(*place, text) for place, text in texts.items() if text is not None]
    )
    rows = frozenset(row for row, _ in texts)
    revision = next_revision(sql)
    _write_rows(sql, rows, revision)
    return Done(words=words, revision=revision, cells=len(texts), rows=rows)


def _write_rows(sql: sqlite3.Connection, rows: Iterable[int], revision: int) -> None:
    """Write how rows read with the overlay."""
    these = (listed(rows),)
    overlay: dict[int, dict[int, str]] = {}
    for row, position, text in sql.execute(_SQL.edited_cells, these):
        overlay.setdefault(row, {})[position] = text
    lines = []
    for row, cells in sql.execute(_SQL.read, these):
        edits, now = overlay.get(row), None
        if edits:
            texts = orjson.loads(cells)
            now = orjson.dumps([edits.get(at, text) for at, text in enumerate(texts)]).decode()
        lines.append((now, revision, row))
    sql.executemany(_SQL.write_row, lines)
