"""Take over what earlier runs left, now that somebody agreed to send a run.

Until then its rows have operations of their own, whose offers only this run knows: they are never
sent. Each is looked up once more, because the key may have moved on since, and the real one takes
its place: nothing is to be done by the other any more. It happens in the transaction of the caller,
which holds the lease.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import orjson

from loader.journal.records import StagedRow
from loader.journal.sql.database import Database
from loader.journal.sql.key_conflict import StagedSheet
from loader.journal.sql.key_resolver import KeyResolver
from loader.journal.sql.statements import statements
from loader.model import Payload, RowError
from loader.tables.stored_fractions import cells_of_json

_SQL: Final = statements("take_over.sql")
_RUNS: Final = statements("runs.sql")
_PAGE: Final = 500


def take_over(database: Database, run_id: str) -> None:
    """Let a run do the operations that earlier runs left, with what its rows say."""
    sql, values = database.connection, {"run_id": run_id}
    target, dry_run = sql.execute(_RUNS.target_of, values).fetchone()
    if dry_run:
        return
    after = 0
    while page := sql.execute(_SQL.apart, {**values, "after": after, "limit": _PAGE}).fetchall():
        after = page[-1][0]
        for (sheet_id, kind), rows in groupby(page, key=lambda row: row[1:3]):
            sheet = StagedSheet(
                run_id=run_id,
                sheet_id=sheet_id,
                target=target,
                dry_run=False,
                kind=kind,
                is_agreed=True,
            )
            KeyResolver(database, sheet, are_there=True).add(map(_staged_row, rows))
        ids = {"ids": orjson.dumps([row[0] for row in page]).decode()}
        sql.execute(_SQL.close, ids)
        sql.execute(_SQL.forget_payloads, ids)


def _staged_row(row: Sequence[Any]) -> StagedRow:
    _, _, _, number, cells, errors, part_of, key, name, digest, body = row
    payload = Payload(row_number=number, row_key=key, name=name, digest=digest, body=body)
    return StagedRow(
        row_number=number,
        cells=cells_of_json(cells),
        payload=payload if part_of is None else None,
        errors=[RowError.of_json(each) for each in orjson.loads(errors)],
        part_of=part_of,
    )
