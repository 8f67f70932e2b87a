"""What other runs did, or are yet to do, to the offers of a run."""

from collections.abc import Sequence
from typing import Final

from loader.journal.records import RUN_UNDONE, OpenElsewhere
from loader.journal.sql.database import Connection
from loader.journal.sql.statements import statements
from loader.run_results import Fate, RowsGone

_SQL: Final = statements("history.sql")


def open_elsewhere(sql: Connection, run_id: str) -> Sequence[OpenElsewhere]:
    """Return the offers of a run that another run than its undo has not finished with."""
    return [
        OpenElsewhere(
            operation_id=operation_id,
            name=name,
            is_created=bool(is_created),
            run_id=other,
            undo_of=undo_of,
        )
        for operation_id, name, is_created, other, undo_of in sql.execute(
            _SQL.open_elsewhere, {"run_id": run_id}
        )
    ]


def rows_gone(sql: Connection, run_id: str) -> Sequence[RowsGone]:
    """Return the good rows of a load whose offers are not there, or soon will not be."""
    return [
        RowsGone(
            fate=Fate(fate),
            are_duplicates=bool(are_duplicates),
            run_id=other,
            undo_of=undo_of,
            rows=rows,
        )
        for fate, are_duplicates, other, undo_of, rows in sql.execute(
            _SQL.rows_gone, {"run_id": run_id, "run_undone": RUN_UNDONE}
        )
    ]


def must_begin_anew(sql: Connection, run_id: str) -> bool:
    """Whether offers of a load are to be created again, which a resume of it would not do."""
    return any(each.fate is not Fate.REFUSED for each in rows_gone(sql, run_id))
