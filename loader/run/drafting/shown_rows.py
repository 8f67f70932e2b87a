"""What a page shows of the rows of a draft: some rows at a time, of all or of those that fit."""

import sqlite3
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from secrets import token_hex
from threading import Lock
from typing import Any, Final

import orjson

from loader.named_sql import statements
from loader.run.drafting.database import fact
from loader.run.drafting.findings import listed
from loader.run.drafting.shown_values import Filter, Finding, Search, ShownRow, Window
from loader.run.drafting.stored_rows import StoredSheet
from loader.validation.repair_column import is_only_in_source
from loader.validation.suggestions import replacements

MOST_ROWS: Final = 500  # of one window
_MOST_LISTS: Final = 50  # of rows that filters let through, in memory
_MOST_IDS: Final = 6_000_000  # in all of them
_SQL: Final = statements("shown_rows.sql", package=__package__)


class ListGone(LookupError):
    """A list of rows is not kept any more: nobody knows which row was at which of its places."""


class Lists:
    """The rows that filters let through, as they were when somebody asked to see them.

    Each list is kept by a name of its own, so that a row that was fixed does not vanish under the
    hands of whoever fixed it, and no place means another row because somebody else looks.
    """

    def __init__(self) -> None:
        self._lists: OrderedDict[str, tuple[Filter, array[int]]] = OrderedDict()
        self._lock = Lock()

    def rows(
        self, sql: sqlite3.Connection, sheet: StoredSheet, wanted: Filter, *, kept: str = ""
    ) -> tuple[str, Sequence[int]]:
        """Return the name of a list, and the ids of its rows, in order.

        It is the one that is `kept` by that name, or else a new one. All rows need no list, and no
        name. Raises `ListGone`.
        """
        if wanted.is_all:
            return "", range(sheet.first, sheet.last + 1)
        if not kept:
            return self._keep(wanted, array("q", _matching(sql, sheet, wanted)))
        with self._lock:
            of, found = self._lists.get(kept, (None, None))
            if found is None or of != wanted:
                raise ListGone(kept)
            self._lists.move_to_end(kept)
            return kept, found

    def _keep(self, wanted: Filter, rows: "array[int]") -> tuple[str, Sequence[int]]:
        name = token_hex(8)  # a name of an earlier process is none of this one
        with self._lock:
            self._lists[name] = (wanted, rows)
            while len(self._lists) > 1 and self._are_too_many():
                self._lists.popitem(last=False)
        return name, rows

    def _are_too_many(self) -> bool:
        ids = sum(len(rows) for _, rows in self._lists.values())
        return len(self._lists) > _MOST_LISTS or ids > _MOST_IDS

    def forget(self) -> None:
        """Forget every list: rows are read again."""
        with self._lock:
            self._lists.clear()


def window(
    sql: sqlite3.Connection, rows: Sequence[int], *, name: str, start: int, count: int
) -> Window:
    """Return `count` of `rows`, the list of that name, from the one at `start` on."""
    start = max(0, min(start, len(rows)))
    wanted = list(rows[start : start + max(0, min(count, MOST_ROWS))])
    return Window(
        revision=int(fact(sql, "revision", 0)),
        list=name,
        start=start,
        total=len(rows),
        rows=tuple(shown_rows(sql, wanted)),
    )


def shown_rows(sql: sqlite3.Connection, rows: Iterable[int]) -> Iterator[ShownRow]:
    """Yield rows as a page shows them."""
    these = (listed(rows),)
    findings: dict[int, list[tuple[Any, ...]]] = {}
    for row, *values in sql.execute(_SQL.findings, these):
        findings.setdefault(row, []).append(tuple(values))
    edited: dict[int, set[int]] = {}
    for row, position in sql.execute(_SQL.edited_cells, these):
        edited.setdefault(row, set()).add(position)
    for row, number, cells, now in sql.execute(_SQL.rows, these).fetchall():
        read = orjson.loads(cells)
        texts = orjson.loads(now) if now else read
        yield ShownRow(
            row_id=row,
            number=number,
            cells=texts,
            was={str(at): read[at] for at in sorted(edited.get(row, ())) if at >= 0},
            is_blank=not "".join(texts).strip(),
            findings=tuple(_finding(values, texts) for values in findings.get(row, ())),
        )


def _finding(values: tuple[Any, ...], cells: Sequence[str]) -> Finding:
    position, is_error, code, message, suggestion = values
    is_of_cell = 0 <= position < len(cells)
    return Finding(
        position=position if is_of_cell else -1,
        is_error=bool(is_error),
        code=code,
        message=message,
        suggestion=suggestion,
        offers=replacements(suggestion, cells[position]) if is_of_cell else (),
        can_confirm=not is_of_cell and is_only_in_source(code),
    )


def next_finding(
    sql: sqlite3.Connection, rows: Sequence[int], search: Search
) -> tuple[int, int, int] | None:
    """Return (place in `rows`, id, position) of the next wrong cell after a cell, among `rows`.

    From the last one on it begins again at the first; None where nothing is wrong.
    """
    if not rows:
        return None
    query = _SQL.finding_before if search.backwards else _SQL.next_finding
    among = {"is_error": search.errors_only, "first": rows[0], "last": rows[-1]}
    around = (rows[-1] + 1, 0) if search.backwards else (rows[0] - 1, 0)
    for row, column in ((search.row_id, search.position), around):
        for found, at in sql.execute(query, among | {"row_id": row, "position": column}):
            place = bisect_left(rows, found)
            if place < len(rows) and rows[place] == found:
                return place, found, at
    return None


def next_text(
    sql: sqlite3.Connection, sheet: StoredSheet, rows: Sequence[int], search: Search
) -> tuple[int, int, int] | None:
    """Return (place in `rows`, id, position) of the next cell that holds the text.

    From the last one on it begins again.
    """
    among, row_id = set(rows), search.row_id
    holding = Filter(sheet_id=sheet.sheet_id, text=search.text)
    found = [row for row in _matching(sql, sheet, holding) if row in among]
    start = bisect_left(found, row_id)
    around = [*found[start:], *found[:start]]
    is_here = around[:1] == [row_id]
    others = around[1:] if is_here else around
    if search.backwards:
        others.reverse()
    if is_here:
        for at in _hits(sql, row_id, search):
            if at < search.position if search.backwards else at > search.position:
                return bisect_left(rows, row_id), row_id, at
        others.append(row_id)
    if not others:
        return None
    return bisect_left(rows, others[0]), others[0], _hits(sql, others[0], search)[0]


def _hits(sql: sqlite3.Connection, row_id: int, search: Search) -> list[int]:
    (row,) = shown_rows(sql, [row_id])
    needle = search.text.casefold()
    hits = [at for at, cell in enumerate(row.cells) if needle in cell.casefold()]
    return hits[::-1] if search.backwards else hits


def _matching(sql: sqlite3.Connection, sheet: StoredSheet, wanted: Filter) -> Iterator[int]:
    found = sql.execute(
        _SQL.matching_rows,
        {
            "only": wanted.only,
            "first": sheet.first,
            "last": sheet.last,
            "code": wanted.code,
            "position": wanted.position,
            "value": wanted.value,
        },
    )
    if not wanted.text:
        yield from (row for row, _ in found)
        return
    holds = _Search(wanted.text)
    yield from (row for row, cells in found if holds(cells))


class _Search:
    """Finds whether a row (a JSON list) holds a text in one of its cells, whatever its case."""

    def __init__(self, text: str) -> None:
        self._text = text.casefold()
        self._as_json = orjson.dumps(text).decode()[1:-1].casefold()

    def __call__(self, cells: str) -> bool:
        if self._as_json not in cells.casefold():
            return False
        texts: list[Any] = orjson.loads(cells)
        return any(self._text in cell.casefold() for cell in texts)
