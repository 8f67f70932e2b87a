"""What a person does to the cells of a draft, step by step, and how it is undone.

A step changes any number of cells, and is undone and redone as one. The overlay holds only texts
that differ from those of the file.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from loader.run.drafting.database import next_revision
from loader.run.drafting.findings import listed
from loader.run.drafting.refusals import EditRefused
from loader.source.edits import ROW

CONFIRMED: Final = "confirmed"
LONGEST: Final = 1_000_000  # characters of a cell, as the readers allow
_UNDO: Final = "SELECT step_id, words FROM step WHERE state = 'done' ORDER BY step_id DESC LIMIT 1"
_REDO: Final = "SELECT step_id, words FROM step WHERE state = 'undone' ORDER BY step_id LIMIT 1"
_SET: Final = "INSERT OR REPLACE INTO cell (row_id, position, text) VALUES (?, ?, ?)"
_RESET: Final = "DELETE FROM cell WHERE row_id = ? AND position = ?"
_READ: Final = """
SELECT row_id, cells FROM row WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY row_id
"""
_OVERLAY: Final = """
SELECT row_id, position, text FROM cell WHERE row_id IN (SELECT value FROM json_each(?))
"""


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
    read = {row: orjson.loads(cells) for row, cells in sql.execute(_READ, (listed(rows),))}
    overlay: dict[tuple[int, int], str] = {
        (row, position): text for row, position, text in sql.execute(_OVERLAY, (listed(rows),))
    }
    new: dict[tuple[int, int], str | None] = {}
    for change in changes:
        place = (change.row_id, change.position)
        new[place] = _new_text(change, read.get(change.row_id), overlay.get(place))
    edits = [(*place, overlay.get(place), text) for place, text in new.items()]
    edits = [edit for edit in edits if edit[2] != edit[3]]
    if not edits:
        return None
    sql.execute("UPDATE step SET state = 'dropped' WHERE state = 'undone'")
    step = sql.execute(
        "INSERT INTO step (words, at, who, state) VALUES (?, ?, ?, 'done')", (words, at, who)
    ).lastrowid
    sql.executemany("INSERT INTO edit VALUES (?, ?, ?, ?, ?)", [(step, *edit) for edit in edits])
    return _applied(sql, {(row, at): new for row, at, _, new in edits}, words)


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
    return None if change.text == read[change.position] else change.text


def undo_step(sql: sqlite3.Connection) -> Done | None:
    """Undo the last step; None where there is none."""
    return _move(sql, _UNDO, column="old", state="undone")


def redo_step(sql: sqlite3.Connection) -> Done | None:
    """Do the step again that was undone last; None where there is none."""
    return _move(sql, _REDO, column="new", state="done")


def _move(sql: sqlite3.Connection, find: str, *, column: str, state: str) -> Done | None:
    found = sql.execute(find).fetchone()
    if found is None:
        return None
    step, words = found
    edits = sql.execute(
        f"SELECT row_id, position, {column} FROM edit WHERE step_id = ?",  # noqa: S608 - our word
        (step,),
    ).fetchall()
    sql.execute("UPDATE step SET state = ? WHERE step_id = ?", (state, step))
    return _applied(sql, {(row, at): text for row, at, text in edits}, words)


def _applied(
    sql: sqlite3.Connection, texts: Mapping[tuple[int, int], str | None], words: str
) -> Done:
    sql.executemany(_RESET, [place for place, text in texts.items() if text is None])
    sql.executemany(_SET, [(*place, text) for place, text in texts.items() if text is not None])
    rows = frozenset(row for row, _ in texts)
    revision = next_revision(sql)
    _write_rows(sql, rows, revision)
    return Done(words=words, revision=revision, cells=len(texts), rows=rows)


def _write_rows(sql: sqlite3.Connection, rows: Iterable[int], revision: int) -> None:
    """Write how rows read with the overlay."""
    these = (listed(rows),)
    overlay: dict[int, dict[int, str]] = {}
    for row, position, text in sql.execute(_OVERLAY, these):
        overlay.setdefault(row, {})[position] = text
    lines = []
    for row, cells in sql.execute(_READ, these):
        edits, now = overlay.get(row), None
        if edits:
            texts = orjson.loads(cells)
            now = orjson.dumps([edits.get(at, text) for at, text in enumerate(texts)]).decode()
        lines.append((now, revision, row))
    sql.executemany("UPDATE row SET now = ?, revision = ? WHERE row_id = ?", lines)
