"""A plan that is applied: its rows once more, in a run of their own.

A plan is staged as a dry run, whose offers are its own; here each row is staged for real, as if it
had been planned at this moment. It happens in the transaction of the caller.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from loader.errors import JournalError
from loader.journal.records import PlannedRow, StagedRow
from loader.journal.sql.database import Connection
from loader.journal.sql.statements import statements
from loader.model import Operation, Payload, Receipt, RemoteOffer, RowError, RowKind
from loader.tables.stored_fractions import cells_of_json

_SQL: Final = statements("plans.sql")
_PAGE: Final = 500


def use(sql: Connection, plan_id: str, *, by: str) -> None:
    """Mark a plan as used. Raises `JournalError` where it was used before."""
    if sql.execute(_SQL.use, {"plan_id": plan_id, "run_id": by}).fetchone() is not None:
        return
    (used_by,) = sql.execute(_SQL.used_by, {"plan_id": plan_id}).fetchone()
    raise JournalError(
        f"the plan {plan_id} was applied already, by run {used_by}: a plan is applied once. If that"
        f" run was stopped, go on with `loader resume {used_by}`; to do more, plan again",
        code="plan-used",
    )


def sheets(sql: Connection, plan_id: str) -> list[tuple[int, str, str, str]]:
    """Return (sheet id, source, sheet, header as JSON) of the sheets of a plan."""
    return sql.execute(_SQL.sheets, {"plan_id": plan_id}).fetchall()


def rows(sql: Connection, sheet_id: int) -> Iterator[StagedRow | PlannedRow]:
    """Yield the rows of a sheet of a plan, page by page: the caller writes meanwhile."""
    after = 0
    while True:
        values = {"sheet_id": sheet_id, "after": after, "limit": _PAGE}
        page = sql.execute(_SQL.rows, values).fetchall()
        yield from (_row(each) for _, *each in page)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _row(row: Sequence[Any]) -> StagedRow | PlannedRow:
    number, kind, cells, errors, part_of, operation, reason, digest, body, before, *offer = row
    key, name, instance_id, at_id, etag = offer
    held = cells_of_json(cells)
    found = [RowError.of_json(each) for each in orjson.loads(errors)]
    is_new = operation == Operation.CREATE or operation is None
    if is_new and kind not in (RowKind.UNCHANGED, RowKind.CONFLICT, RowKind.GONE):
        payload = None
        if operation is not None and part_of is None:
            payload = Payload(row_number=number, row_key=key, name=name, digest=digest, body=body)
        return StagedRow(
            row_number=number,
            cells=held,
            payload=payload,
            errors=found,
            is_skipped=kind == RowKind.SKIPPED,
            part_of=part_of,
            replaces=bytes(before or b"").decode(),
        )
    there = None
    if operation is not None:
        receipt = Receipt(instance_id=instance_id, at_id=at_id, etag=etag)
        there = RemoteOffer(receipt=receipt, name=name, offer={})
    return PlannedRow(
        row_number=number,
        cells=held,
        kind=RowKind(kind),
        there=there,
        operation=Operation(operation or Operation.NONE),
        name=name or "",
        body=body or b"",
        before=before or b"",
        reason=reason or "",
        errors=found,
    )
