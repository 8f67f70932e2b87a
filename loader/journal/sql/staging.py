"""What was read: the runs, their sources and sheets, and every source row once.

A run is staged to its end before anything of it is sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson

from loader.journal.records import (
    CLAIM_OPTION,
    EDITED,
    PLANNED,
    PlannedRow,
    SourceInfo,
    StagedRow,
)
from loader.journal.sql import plans
from loader.journal.sql.audit import append
from loader.journal.sql.begin_run import add_run
from loader.journal.sql.database import Connection, Database, Row
from loader.journal.sql.give_up import give_up, reject, withdraw
from loader.journal.sql.key_conflict import StagedSheet
from loader.journal.sql.other_runs import must_begin_anew
from loader.journal.sql.planned_rows import add_restored, write_rows
from loader.journal.sql.statements import statements
from loader.journal.sql.take_over import take_over
from loader.journal.sql.transitions import Transitions
from loader.model import OperationEvent, Receipt, RowError, State
from loader.operation_states import advance

_SQL: Final = statements("runs.sql")
_UNDO: Final = statements("undo.sql")
_PLANS: Final = statements("plans.sql")


class SqlStaging:
    """Write what is read into the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        *,
        target: str,
        command: str,
        sources: Sequence[SourceInfo],
        options: Mapping[str, str],
        dry_run: bool,
    ) -> str:
        """Begin a run and return its id, which sorts by time."""
        with self._database.transaction() as sql:
            run_id = add_run(
                self._database,
                target=target,
                command=command,
                options=options,
                dry_run=dry_run,
                sources=sources,
            )
            sql.executemany(
                _SQL.add_source,
                [
                    {"run_id": run_id, "position": at, "path": each.path, "digest": each.digest}
                    for at, each in enumerate(sources)
                ],
            )
        return run_id

    def begin_undo(
        self,
        run_id: str,
        *,
        options: Mapping[str, str],
        restored: Iterable[tuple[int, PlannedRow]] = (),
        kind: str = "",
    ) -> str:
        """Stage a run that deletes what `run_id` created and still exists; return its id.

        An undo that is not finished goes on, also with what it could not take back when it began.
        `restored`: what is to be done about its other operations, by their ids. What is pending of
        `run_id` is given up: it must not be sent after its undo.
        """
        with self._database.transaction() as sql:
            give_up(self._database, run_id)
            values = {"run_id": run_id, "pending": State.PENDING, "failed": State.FAILED}
            unfinished = sql.execute(_UNDO.unfinished, values).fetchone()
            if unfinished is not None:
                undo_id = str(unfinished[0])
                (target, _) = sql.execute(_SQL.target_of, values).fetchone()
                advance(State.FAILED, OperationEvent.RETRY)
                sql.execute(_UNDO.try_kept_again, values | {"undo_id": undo_id})
            else:
                target, undo_id = self._add_run_of(run_id, sql, command="undo", options=options)
                for statement in (_UNDO.copy_sources, _UNDO.copy_sheets):
                    sql.execute(statement, values | {"undo_id": undo_id})
            for statement in (_UNDO.add_operations, _UNDO.copy_source_rows):
                sql.execute(statement, values | {"undo_id": undo_id})
            add_restored(self._database, run_id, undo_id, restored, target=target, kind=kind)
        return undo_id

    def begin_apply(self, plan_id: str, *, options: Mapping[str, str], kind: str) -> str:
        """Stage a run that does what a plan says; return its id. The plan is used up by it."""
        with self._database.transaction() as sql:
            target, run_id = self._add_run_of(plan_id, sql, command="apply", options=options)
            plans.use(sql, plan_id, by=run_id)
            sql.execute(_PLANS.copy_sources, {"run_id": run_id, "plan_id": plan_id})
            for old_id, source, name, header in plans.sheets(sql, plan_id):
                values = {"run_id": run_id, "source": source, "sheet": name, "header": header}
                sheet = StagedSheet(
                    run_id=run_id,
                    sheet_id=int(sql.execute(_SQL.add_sheet, values).fetchone()[0]),
                    target=target,
                    dry_run=False,
                    kind=kind,
                    is_agreed=True,
                )
                write_rows(self._database, sheet, plans.rows(sql, old_id))
        return run_id

    def resumable(
        self, *, target: str, sources: Sequence[SourceInfo], options: Mapping[str, str]
    ) -> str | None:
        """Return the latest run over the same bytes, read the same way, if it was not finished.

        Nor undone, in whole or in part, by its own undo or another run: who loads the file again
        wants the offers back that were deleted.
        """
        with self._database.reading() as sql:
            found = sql.execute(_SQL.latest_load, {"target": target}).fetchone()
            if found is None:
                return None
            run_id, finished_at, stopped_reason, held_options, is_undone = found
            if is_undone or (finished_at is not None and not stopped_reason):
                return None
            if orjson.loads(held_options) != options:
                return None
            held = sql.execute(_SQL.sources, {"run_id": run_id}).fetchall()
            wanted = [(source.path, source.digest) for source in sources]
            return str(run_id) if held == wanted and not must_begin_anew(sql, run_id) else None

    def earlier_bytes(self, *, target: str, sources: Sequence[SourceInfo]) -> dict[str, str]:
        """Return the sources that an earlier run read with other bytes: path -> that run."""
        found = {}
        with self._database.reading() as sql:
            for source in sources:
                row = sql.execute(
                    _SQL.latest_of_path, {"target": target, "path": source.path}
                ).fetchone()
                if row is not None and row[1] != source.digest:
                    found[source.path] = str(row[0])
        return found

    def run_of_claim(
        self, token: str, *, target: str, digest: str, options: Mapping[str, str]
    ) -> tuple[str, str] | None:
        """Return the latest run over these bytes that was begun for this claim of an inbox.

        The second value is the run that undid it, "" where none did.
        """
        found = self._run_by_bytes(
            _SQL.run_of_claim, target=target, digest=digest, options=options, token=token
        )
        return None if found is None else (str(found[0]), str(found[1] or ""))

    def claim_sent_elsewhere(
        self, token: str, *, target: str, digest: str
    ) -> tuple[str, str, str] | None:
        """Return the run that sent rows of this claim to another target, and that target.

        It is the run of the claim, or a later one that went on with its rows. The third value is an
        undo of it that left some of them, "" where none began. Rows that an undo took back, or left
        to who edited their offers, do not count.
        """
        values = {"token": token, "target": target, "digest": digest}
        with self._database.reading() as sql:
            for run_id, sent_to in sql.execute(_SQL.of_claim_elsewhere, values).fetchall():
                of_run = {"run_id": run_id, "edited": EDITED, "only_own": 0}
                left = sql.execute(_UNDO.left, of_run).fetchone()
                if left is not None:
                    return str(left[0]), str(sent_to), str(left[1] or "")
        return None

    def finished_run_of(
        self, *, target: str, digest: str, options: Mapping[str, str]
    ) -> str | None:
        """Return the first run over these bytes after which nothing of them is left to do."""
        found = self._run_by_bytes(
            _SQL.finished_run_of, target=target, digest=digest, options=options
        )
        return None if found is None else str(found[0])

    def restart(self, run_id: str) -> None:
        """Forget a staging of which nothing was sent; the run is read again from the beginning."""
        of_run = (_SQL.unfinish_staging, _SQL.forget_source_rows, _SQL.forget_sheets)
        with self._database.transaction() as sql:
            for statement in (*of_run, _SQL.forget_operations):
                sql.execute(statement, {"run_id": run_id})
            sql.execute(_SQL.forget_offers)

    def add_sheet(self, run_id: str, *, source: str, sheet: str, header: Sequence[str]) -> int:
        """Add a sheet and return its id."""
        with self._database.transaction() as sql:
            added = sql.execute(
                _SQL.add_sheet,
                {
                    "run_id": run_id,
                    "source": source,
                    "sheet": sheet,
                    "header": orjson.dumps(list(header)).decode(),
                },
            ).fetchone()
            return int(added[0])

    def add_rows(
        self,
        run_id: str,
        sheet_id: int,
        rows: Iterable[StagedRow | PlannedRow],
        *,
        kind: str,
        describe_change: Callable[[bytes, bytes], str],
        recognise: Callable[[str], str | None] | None = None,
    ) -> list[RowError]:
        """Add rows of one sheet in one transaction; return the errors that the journal found."""
        with self._database.transaction() as sql:
            target, dry_run = sql.execute(_SQL.target_of, {"run_id": run_id}).fetchone()
            sheet = StagedSheet(
                run_id=run_id,
                sheet_id=sheet_id,
                target=target,
                dry_run=bool(dry_run),
                kind=kind,
                describe_change=describe_change,
                recognise=recognise,
            )
            return write_rows(self._database, sheet, rows)

    def add_warnings(self, warnings: Sequence[tuple[int, RowError]]) -> None:
        """Add warnings, each with the id of its sheet, to rows that were added before."""
        rows = [
            {
                "sheet_id": sheet_id,
                "row_number": warning.row_number,
                "warning": orjson.dumps(warning).decode(),
            }
            for sheet_id, warning in warnings
        ]
        with self._database.transaction() as sql:
            sql.executemany(_SQL.add_warning, rows)

    def finish(self, run_id: str, *, is_agreed: bool = True) -> None:
        """Record that every source was read to its end, and whether somebody agreed to send it."""
        with self._database.transaction() as sql:
            if is_agreed:
                take_over(self._database, run_id)
            sql.execute(_SQL.finish_staging, {"run_id": run_id})
            if not is_agreed:
                sql.execute(_SQL.await_agreement, {"run_id": run_id, "reason": PLANNED})

    def begin_sending(self, run_id: str) -> None:
        """Write down that a run is sent: somebody agreed to it, and it has no end until it ends.

        It takes over what earlier runs left of its rows.
        """
        with self._database.transaction() as sql:
            take_over(self._database, run_id)
            sql.execute(_SQL.begin_sending, {"run_id": run_id})

    def reject(self, run_id: str, *, code: str, message: str) -> None:
        """Give up what is pending of a run, and give back what other runs have rows of."""
        with self._database.transaction():
            reject(self._database, run_id, code=code, message=message)

    def withdraw(self, run_id: str) -> bool:
        """Give up what is pending of a run that was undone or rejected; say whether it was."""
        with self._database.transaction():
            return withdraw(self._database, run_id)

    def end_run(self, run_id: str, *, reason: str) -> None:
        """Write down how the run ended; "" where every operation was tried."""
        with self._database.transaction() as sql:
            sql.execute(
                _SQL.end_run,
                {"run_id": run_id, "now": self._database.clock(), "reason": reason},
            )
            (target, _) = sql.execute(_SQL.target_of, {"run_id": run_id}).fetchone()
            states = dict(sql.execute(_SQL.states, {"run_id": run_id}).fetchall())
            details = {"reason": reason, "operations": states}
            append(self._database, "end", target=target, run_id=run_id, details=details)

    def resolve(
        self, operation_id: int, *, was_done: bool, receipt: Receipt | None, evidence: str
    ) -> str:
        """Write down what a person found out; nothing, but the name, if it is another's offer.

        What is absent of a run that was undone or rejected is given up.
        """
        event = OperationEvent.FOUND if was_done else OperationEvent.ABSENT
        with self._database.transaction() as sql:
            run_id, target = sql.execute(
                _SQL.target_of_operation, {"operation_id": operation_id}
            ).fetchone()
            transitions = Transitions(self._database, run_id=run_id, target=target)
            others = transitions.claimed([receipt.instance_id]) if receipt is not None else {}
            if others:
                return next(iter(others.values()))
            transitions.conclude(operation_id, event, receipt=receipt, evidence=evidence)
            details = {"operation": operation_id, "event": event.value, "evidence": evidence}
            append(self._database, "resolve", target=target, run_id=run_id, details=details)
            withdraw(self._database, run_id)
        return ""

    def store_listing(self, run_id: str, kind: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Keep what the target listed when names were looked up, once for each content."""
        text = orjson.dumps(list(entries), option=orjson.OPT_SORT_KEYS)
        values = {
            "run_id": run_id,
            "kind": kind,
            "digest": sha256(text).hexdigest(),
            "entries": text.decode(),
            "now": self._database.clock(),
        }
        with self._database.transaction() as sql:
            sql.execute(_SQL.add_listing, values)
            sql.execute(_SQL.add_run_listing, values)

    def _add_run_of(
        self, of_run: str, sql: Connection, *, command: str, options: Mapping[str, str]
    ) -> tuple[str, str]:
        """Add a staged run that does something about another one; return (target, its id)."""
        (target, _) = sql.execute(_SQL.target_of, {"run_id": of_run}).fetchone()
        run_id = add_run(
            self._database,
            target=target,
            command=command,
            of_run=of_run,
            options=options,
            staged=True,
        )
        return target, run_id

    def _run_by_bytes(self, query: str, *, options: Mapping[str, str], **more: str) -> Row:
        known = {name: value for name, value in options.items() if name != CLAIM_OPTION}
        with self._database.reading() as sql:
            return sql.execute(query, {"options": orjson.dumps(known).decode(), **more}).fetchone()
