"""Check rows of a draft with the loader's own checks, and keep what is wrong with them."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from loader.errors import UnreadableSource, WrongColumns
from loader.events import silent
from loader.model import Notice, RowError
from loader.profile.model import Profile
from loader.run.drafting.alike_keys import compare_keys, forget_all_keys, forget_keys, note_keys
from loader.run.drafting.database import DraftDatabase, fact, set_fact
from loader.run.drafting.findings import (
    add_findings,
    count_findings,
    finding_row,
    forget_all_findings,
    forget_findings,
)
from loader.run.drafting.stored_rows import StoredSheet, StoredSource, row_ids, stored_sheets
from loader.run.reading.lookup import Lookup
from loader.run.reading.read_chunk import ReadChunk
from loader.run.reading.read_source import read_source
from loader.settings import Settings
from loader.source import ReadOptions
from loader.tables.fold_headings import fold
from loader.validation.entity import Entity

Batches: TypeAlias = Callable[[StoredSheet], Sequence[Sequence[int]]]
ROWS_AT_ONCE = 5_000  # so that an edit waits for a tenth of a second at most
_PAUSE_SECONDS = 0.005  # between them, in which an edit comes first, also one of another process


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How the rows of a draft are read and checked. `reserved` headings are ours (folded)."""

    label: str  # what the user calls the file
    settings: Settings
    entity: Entity
    profile: Profile
    lookup: Lookup
    options: ReadOptions
    reserved: tuple[str, ...] = ()


class Checker:
    """Checks the rows of one draft."""

    def __init__(self, database: DraftDatabase, rules: Rules) -> None:
        self._database = database
        self._rules = rules

    def check_all(self, stopped: Callable[[], bool]) -> None:
        """Check every row, some at a time: what is edited meanwhile is seen, or checked again."""
        notices: list[Notice] = []
        with self._database.writing() as sql:
            sheets = stored_sheets(sql)
            forget_all_findings(sql)
            forget_all_keys(sql)
            begun: dict[str, str | int] = {
                "is_checked": 0,
                "checked": 0,
                "headings": "",
                "notices": "[]",
            }
            for name, value in begun.items():
                set_fact(sql, name, value)
        parts: Iterator[ReadChunk] | None = None
        while not stopped():
            with self._database.writing() as sql:
                parts = parts or self.parts(sql, sheets, _all_batches, notices)
                try:
                    part = next(parts, None)
                except WrongColumns as error:
                    set_fact(sql, "headings", str(error))
                    part = None
                if part is None:
                    self._end(sql, notices)
                    return
                self._keep(sql, part, sheets, is_new=True)
                set_fact(sql, "checked", int(fact(sql, "checked", 0)) + len(part.chunk.frame))
            time.sleep(_PAUSE_SECONDS)

    def _end(self, sql: sqlite3.Connection, notices: Sequence[Notice]) -> None:
        compare_keys(sql, None, column_name=self._column_name)
        values = [{"code": each.code, "message": each.message} for each in notices]
        set_fact(sql, "notices", orjson.dumps(values).decode())
        set_fact(sql, "checked", int(fact(sql, "read", 0)))
        set_fact(sql, "is_checked", 1)

    def check_rows(self, sql: sqlite3.Connection, rows: Sequence[int]) -> set[int]:
        """Check some rows again, and return the others of which something else is wrong now."""
        sheets = stored_sheets(sql)
        wanted = sorted(set(rows))
        forget_findings(sql, wanted)
        similar = forget_keys(sql, wanted)
        if not fact(sql, "headings"):
            parts = self.parts(sql, sheets, lambda sheet: _batches(sheet, wanted), [])
            for part in parts:
                similar |= self._keep(sql, part, sheets, is_new=False)
        others = compare_keys(sql, similar, column_name=self._column_name)
        others -= set(wanted)
        count_findings(sql, [*wanted, *others])
        return others

    def _column_name(self, heading: str) -> str:
        """Return what sheets with other headings call a column; "" where it is not read."""
        by_mapping = fold(heading) if self._rules.profile.fields else ""
        return self._rules.entity.fields.recognise(heading) or by_mapping

    def parts(
        self,
        sql: sqlite3.Connection,
        sheets: Sequence[StoredSheet],
        batches: Batches,
        notices: list[Notice],
    ) -> Iterator[ReadChunk]:
        """Yield the rows of some batches as they are now, checked. Raises `LoaderError`."""
        rules = self._rules
        try:
            yield from read_source(
                self._source(sql, sheets, batches),
                rules.settings,
                rules.entity,
                profile=rules.profile,
                listener=silent,
                notices=notices,
                lookup=rules.lookup,
                reserved=rules.reserved,
            )
        except WrongColumns:
            raise
        except UnreadableSource as error:
            if error.code != "no-rows":  # rows that are blank by now
                raise

    def problems(self, sql: sqlite3.Connection) -> Iterator[tuple[str, RowError]]:
        """Yield what reading the file found wrong with the rows as they are now, by sheet."""
        for table in self._source(sql, stored_sheets(sql), _all_batches).tables():
            for chunk in table.chunks:
                for problem in chunk.problems:
                    yield table.sheet, problem

    def _source(
        self, sql: sqlite3.Connection, sheets: Sequence[StoredSheet], batches: Batches
    ) -> StoredSource:
        return StoredSource(
            path=self._rules.label,
            sheets=sheets,
            batches=batches,
            sql=sql,
            is_encoding_named=self._rules.options.encoding is not None,
        )

    def _keep(
        self,
        sql: sqlite3.Connection,
        part: ReadChunk,
        sheets: Sequence[StoredSheet],
        *,
        is_new: bool,
    ) -> set[int]:
        """Keep what is wrong with some rows; return the hashes of their keys."""
        sheet = next(each for each in sheets if each.name == part.sheet)
        ids = _ids(sql, sheet, part)
        found = [
            finding_row(error, ids[number], is_across=False)
            for number, errors in part.errors.items()
            for error in errors
        ]
        if is_new:
            forget_findings(sql, ids.values())  # of rows that were edited meanwhile
        add_findings(sql, found)
        if is_new:
            count_findings(sql, {row[0] for row in found})
        return note_keys(sql, part, ids)


def _ids(sql: sqlite3.Connection, sheet: StoredSheet, part: ReadChunk) -> dict[int, int]:
    """Return the ids of rows by their numbers."""
    numbers = part.chunk.frame.index
    return row_ids(sql, sheet, int(numbers.min()), int(numbers.max()))


def _all_batches(sheet: StoredSheet) -> Sequence[Sequence[int]]:
    return _batches(sheet, range(sheet.first, sheet.last + 1))


def _batches(sheet: StoredSheet, rows: Sequence[int]) -> Sequence[Sequence[int]]:
    here = [row for row in rows if sheet.first <= row <= sheet.last]
    return [here[at : at + ROWS_AT_ONCE] for at in range(0, len(here), ROWS_AT_ONCE)]
