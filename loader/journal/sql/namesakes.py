"""Which new rows have a name that this journal has given to an offer of another row.

A row is identified by its external id, else by its name. Two ids mean two rows, whatever their
names are, and so do two rows of one run: a person saw both. A row with an id and one without, in
different runs, can be the same offer: ids were added to the sheet, or taken away.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from unicodedata import normalize

import orjson

from loader.journal.records import Namesake
from loader.journal.sql.database import Connection, Row
from loader.journal.sql.statements import statements
from loader.merge.update_body import names_in
from loader.model import State

_SQL: Final = statements("namesakes.sql")


class NamesakeFinder:
    """Finds the namesakes of the rows of one run."""

    def __init__(self, sql: Connection, *, run_id: str, target: str) -> None:
        self._sql = sql
        self._scope = {"run_id": run_id, "target": target}

    def page(self, *, after: int, limit: int) -> tuple[int | None, list[Namesake]]:
        """Look at pending creates behind the id `after`; return those with namesakes.

        The first value is the id to go on behind, None at the end.
        """
        rows = self._sql.execute(
            _SQL.pending, self._scope | {"after": after, "limit": limit}
        ).fetchall()
        by_name = [row for row in rows if _has_name_as_key(row)]
        by_id = [row for row in rows if not _has_name_as_key(row)]
        found = [*self._found(by_name, self._made(_SQL.with_name, (row[-1] for row in by_name)))]
        for kind in sorted({kind for _, kind, *_ in by_id}):
            of_kind = [row for row in by_id if row[1] == kind]
            keys = (_key(name) for *_, name in of_kind)
            found += self._found(of_kind, self._made(_SQL.with_key, keys, kind=kind))
        return (rows[-1][0] if rows else None), found

    def _made(self, query: str, names: Iterable[str], **more: str) -> Mapping[tuple[str, str], int]:
        """Return the creates of offers with some names, by their kind and name."""
        values = self._scope | {"names": orjson.dumps([*{*names}]).decode(), **more}
        return {
            (kind, _key(name)): operation_id
            for operation_id, kind, key, name in self._sql.execute(query, values)
            if query is _SQL.with_name or key == _key(name)  # it may be an id that reads like it
        }

    def _found(
        self, rows: Iterable[Row], made: Mapping[tuple[str, str], int]
    ) -> Iterator[Namesake]:
        for operation_id, kind, _, name in rows:
            if (kind, _key(name)) in made:
                yield self._namesake(operation_id, made[kind, _key(name)])

    def _namesake(self, operation_id: int, made_by: int) -> Namesake:
        found = self._sql.execute(_SQL.open_update, {"operation_id": made_by}).fetchone()
        update, body = found or (0, b"")
        is_to_get_name = names_in(bytes(body or b"")) is not None
        made_by = update if is_to_get_name else made_by
        state, remote_id, run_id, source, sheet, row_number, undo_of = self._sql.execute(
            _SQL.made_from, {"operation_id": made_by}
        ).fetchone()
        sheet = f", sheet {sheet}" if sheet else ""
        return Namesake(
            operation_id=operation_id,
            remote_id=remote_id if state == State.DONE else "",
            made_from=f"row {row_number} of {source}{sheet}",
            run_id=run_id,
            undo_of=undo_of,
            is_to_get_name=is_to_get_name,
        )


def _has_name_as_key(row: Row) -> bool:
    _, _, key, name = row
    return bool(key == _key(name))


def _key(name: str) -> str:
    """Return the key of a row that is identified by its name."""
    return normalize("NFC", name)
