"""What earlier runs say of rows whose operation goes over to a row with other contents.

Their contents are never sent, so they have no part in the operation any more: they are invalid, and
name the row that came instead. Rows that are only duplicates of an offer that was there before stay
what they are.
"""

from typing import Final

import orjson

from loader.journal.records import REPLACED
from loader.journal.sql.database import Connection
from loader.journal.sql.statements import statements
from loader.messages.parts import part_of_invalid
from loader.model import RowError, RowKind

_SQL: Final = statements("replaced_rows.sql")
_ADVICE: Final = (
    "nothing to do if that row corrects this one; else edit the offer in the library or through"
    " `loader pull`, or load this row again if the offer was not created"
)


def note_replaced(
    sql: Connection, operation_id: int, *, sheet_id: int, run_id: str, row_number: int
) -> None:
    """Note in the rows of an operation that another row, of a sheet of this run, replaces them."""
    values = {"operation_id": operation_id, "sheet_id": sheet_id}
    for row in sql.execute(_SQL.replaced, values).fetchall():
        own_sheet, own_number, errors, part_of, source, sheet = row
        error = part_of_invalid(own_number, [part_of]) if part_of is not None else None
        if error is None:
            sheet = f", sheet {sheet}" if sheet else ""
            error = RowError(
                row_number=own_number,
                column="",
                cell="",
                code=REPLACED,
                message=f"row {row_number} of {source}{sheet} (run {run_id}) has the same key with"
                " other contents, and was taken instead of this row",
                suggestion=_ADVICE,
            )
        sql.execute(
            _SQL.take_out,
            {
                "sheet_id": own_sheet,
                "row_number": own_number,
                "kind": RowKind.INVALID.value,
                "errors": orjson.dumps([*orjson.loads(errors), error]).decode(),
            },
        )
