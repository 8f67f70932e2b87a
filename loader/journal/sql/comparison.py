"""What a run did, in the journal, held against a listing of its target."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from loader.journal.records import DoneOperation
from loader.journal.sql.database import Database
from loader.journal.sql.statements import statements
from loader.model import Operation

_SQL: Final = statements("history.sql")


class SqlComparison:
    """What a run did, in a temporary table, with a mark for what was seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_id(self, ids: Sequence[str]) -> dict[str, DoneOperation]:
        """Return what was done to offers with these ids, by id, and count it as seen."""
        values = {"ids": orjson.dumps(list(ids)).decode()}
        with self._database.reading() as sql:
            sql.execute(_SQL.see, values)
        return {each.remote_id: each for each in self._done(_SQL.done_by_id, **values)}

    def by_name(self, name: str) -> Sequence[DoneOperation]:
        """Return the creates of that name."""
        return self._done(_SQL.created_by_name, name=name)

    def not_seen(self) -> Iterator[DoneOperation]:
        """Yield what no call of `by_id` returned."""
        yield from map(_done, self._database.stream(_SQL.not_seen, {}))

    def _done(self, query: str, **values: str) -> list[DoneOperation]:
        with self._database.reading() as sql:
            return [_done(row) for row in sql.execute(query, values)]


def _done(row: Sequence[Any]) -> DoneOperation:
    operation_id, operation, remote_id, name, body = row
    return DoneOperation(
        operation_id=operation_id,
        operation=Operation(operation),
        remote_id=remote_id,
        name=name,
        body=body or b"",
    )
