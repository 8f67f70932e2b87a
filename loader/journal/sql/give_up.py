"""Give up what is pending of a run: its file is rejected, or the run was undone.

It happens in the transaction of the caller.
"""

from typing import Final

from loader.journal.records import RUN_UNDONE
from loader.journal.sql.database import Database
from loader.journal.sql.statements import statements
from loader.journal.sql.transitions import Transitions

_SQL: Final = statements("runs.sql")
_UNDO: Final = statements("undo.sql")
_PAGE: Final = 500

_RUN_UNDONE: Final = "the run was undone before this row was sent, so it is not sent any more"


def give_up(
    database: Database, run_id: str, *, code: str = RUN_UNDONE, message: str = _RUN_UNDONE
) -> None:
    """Give up everything that is pending of a run; unless told otherwise, because of its undo."""
    sql, values = database.connection, {"run_id": run_id}
    (target, _) = sql.execute(_SQL.target_of, values).fetchone()
    transitions = Transitions(database, run_id=run_id, target=target)
    while pending := sql.execute(_SQL.pending, values | {"limit": _PAGE}).fetchall():
        for (operation_id,) in pending:
            transitions.give_up(operation_id, code=code, message=message)


def withdraw(database: Database, run_id: str) -> bool:
    """Give up what is pending of a run, if it was undone; say whether it was."""
    values = {"run_id": run_id}
    is_undone = database.connection.execute(_UNDO.is_undone, values).fetchone() is not None
    if is_undone:
        give_up(database, run_id)
    return is_undone
