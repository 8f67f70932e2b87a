"""Give up what is pending of a run: its file is rejected, or the run was undone.

It stays so: what proves absent later is given up, too. The audit says which runs were rejected. It
happens in the transaction of the caller.
"""

from typing import Final

import orjson

from loader.journal.records import RUN_UNDONE
from loader.journal.sql.audit import append
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


def reject(database: Database, run_id: str, *, code: str, message: str) -> None:
    """Give back what other runs are to send, give up the rest, and remember it, with the reason."""
    sql, values = database.connection, {"run_id": run_id}
    if sql.execute(_SQL.rejection, values).fetchone() is None:
        (target, _) = sql.execute(_SQL.target_of, values).fetchone()
        reason = {"code": code, "message": message}
        append(database, "reject", target=target, run_id=run_id, details=reason)
    sql.execute(_SQL.give_back, values)
    give_up(database, run_id, code=code, message=message)


def withdraw(database: Database, run_id: str) -> bool:
    """Give up what is pending of a run that was undone or rejected; say whether it was."""
    sql, values = database.connection, {"run_id": run_id}
    if sql.execute(_UNDO.is_undone, values).fetchone() is not None:
        give_up(database, run_id)
        return True
    rejection = sql.execute(_SQL.rejection, values).fetchone()
    if rejection is not None:
        reject(database, run_id, **orjson.loads(rejection[0]))
    return rejection is not None
