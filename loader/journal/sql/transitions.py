"""What happened to operations: every transition goes through the table of the life cycle.

Each method is the body of a transaction that the caller runs, so what it read still holds when it
writes. What comes in great number is taken in groups, because a statement for many rows costs less
than one for each.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from loader.errors import IllegalMove, JournalError
from loader.journal.records import Existing, Namesake
from loader.journal.sql.database import Database
from loader.journal.sql.event_changes import (
    Attempt,
    Change,
    change_by,
    lost_if_id_taken,
    new_ids,
    row_of,
)
from loader.journal.sql.namesakes import NamesakeFinder
from loader.journal.sql.statements import statements
from loader.model import (
    UPDATES,
    Job,
    Operation,
    OperationEvent,
    Outcome,
    Receipt,
    RemoteOffer,
    State,
    UnknownRow,
)
from loader.operation_states import advance

_SQL: Final = statements("transitions.sql")
JOB_COLUMNS: Final = 10


class Transitions:
    """The transitions of one run; `only`: of one kind of operation."""

    def __init__(
        self, database: Database, *, run_id: str, target: str, only: Operation | None = None
    ) -> None:
        self._only = only.value if only is not None else ""
        self._sql = database.connection
        self._now = database.clock
        self._run_id = run_id
        self._target = target

    def due(self, *, after: int, limit: int) -> list[Job]:
        """Return pending operations behind the id `after`, in order."""
        return [job_of(row) for row in self._page(_SQL.due, after, limit)]

    def unknown(self, *, after: int, limit: int) -> list[UnknownRow]:
        """Return unknown operations behind the id `after`, in order."""
        return [
            UnknownRow(
                job=job_of(row),
                last_sent_at=row[JOB_COLUMNS] or 0.0,
                must_exist=bool(row[JOB_COLUMNS + 1]),
                answer=str(row[JOB_COLUMNS + 2]),
                named_id=str(row[JOB_COLUMNS + 3]),
                had_no_reply=bool(row[JOB_COLUMNS + 4]),
                baseline=frozenset(
                    remote_id
                    for (remote_id,) in self._sql.execute(_SQL.baseline, {"operation_id": row[0]})
                ),
            )
            for row in self._page(_SQL.unknown, after, limit)
        ]

    def start(self, jobs: Sequence[Job]) -> list[None]:
        """Write down the intents to send."""
        now, ids = self._now(), [job.operation_id for job in jobs]
        values = {
            "ids": orjson.dumps(ids).decode(),
            "before": State.PENDING.value,
            "after": advance(State.PENDING, OperationEvent.START).value,
            "run_id": self._run_id,
            "now": now,
        }
        if self._sql.execute(_SQL.intend, values).rowcount != len(ids):
            raise self._illegal(ids, OperationEvent.START)
        self._sql.executemany(_SQL.add_attempts, [values])
        return [None] * len(ids)

    def finish(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        """Record the outcomes of attempts, and return them: lost where an id is not new."""
        if new := new_ids(attempts):
            attempts = lost_if_id_taken(attempts, taken=set(self.claimed(new)))
        now = self._now()
        self._write(
            [
                row_of(change_by(attempt), State.SENDING, attempt.job.operation, now=now)
                for attempt in attempts
            ]
        )
        return [attempt.outcome for attempt in attempts]

    def give_up(
        self, operation_id: int, *, code: str, message: str, receipt: Receipt | None = None
    ) -> None:
        """A pending operation is not sent and will not be."""
        self._record(
            [
                Change(
                    operation_id=operation_id,
                    event=OperationEvent.GIVE_UP,
                    receipt=receipt,
                    code=code,
                    message=message,
                )
            ]
        )

    def skip(self, operation_id: int, *, message: str, receipt: Receipt) -> None:
        """Commit that a create is not sent because its offer exists: its row is a duplicate."""
        self.give_up(operation_id, code="already-exists", message=message, receipt=receipt)
        self._sql.execute(_SQL.mark_duplicate, {"operation_id": operation_id})

    def interrupt(self) -> int:
        """Mark what a dead owner was sending as unknown; its requests may have left until now."""
        rows = self._sql.execute(_SQL.sending, {"target": self._target}).fetchall()
        self._record(
            [
                Change(
                    operation_id=operation_id,
                    event=OperationEvent.LOST,
                    code="interrupted",
                    message="the loader ended while the request was on its way",
                )
                for (operation_id,) in rows
            ]
        )
        return len(rows)

    def conclude(
        self, operation_id: int, event: OperationEvent, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Write down what a look-up (or a person) found out about an unknown operation."""
        code = {OperationEvent.FOUND: "recovered", OperationEvent.ABSENT: "absent"}.get(
            event, "unproven"
        )
        self._record(
            [
                Change(
                    operation_id=operation_id,
                    event=event,
                    receipt=receipt,
                    code=code,
                    message=evidence,
                )
            ]
        )

    def claimed(self, ids: Sequence[str]) -> dict[str, str]:
        """Return those of `ids` that the journal knows as offers that it created, with names."""
        rows = self._sql.execute(
            _SQL.claimed, {"target": self._target, "ids": orjson.dumps(list(ids)).decode()}
        )
        return dict(rows.fetchall())

    def names_of_rows(self, names: Sequence[str]) -> frozenset[str]:
        """Return those of `names` that a row of the target has, whatever became of it."""
        rows = self._sql.execute(
            _SQL.names_of_rows,
            {"target": self._target, "names": orjson.dumps(list(names)).decode()},
        )
        return frozenset(name for (name,) in rows.fetchall())

    def latest_done(self, *, before: float) -> str | None:
        """Return the id of the last offer that the run created by a moment, and that exists."""
        row = self._sql.execute(
            _SQL.latest_done, {"run_id": self._run_id, "before": before}
        ).fetchone()
        return str(row[0]) if row else None

    def newest_not_undone(self) -> str | None:
        """Return the id of the newest offer of the target that was created and not undone."""
        row = self._sql.execute(_SQL.newest_not_undone, {"target": self._target}).fetchone()
        return row[0] if row else None

    def sent_without_reply(self) -> frozenset[int]:
        """Return pending operations that were sent before, with no outcome known for a while."""
        values = {"run_id": self._run_id, "event": OperationEvent.LOST.value}
        return frozenset(each for (each,) in self._sql.execute(_SQL.sent_without_reply, values))

    def forget_baseline(self) -> None:
        """Remove the baseline of pending operations, before a new listing; unknown ones keep it."""
        self._sql.execute(_SQL.forget_baseline, {"run_id": self._run_id})

    def mark_existing(self, offers: Sequence[RemoteOffer], *, deleted_before: float) -> None:
        """Record which pending operations have the names of offers that are not known as ours."""
        self._sql.executemany(
            _SQL.mark_existing,
            [
                {
                    "remote_id": offer.receipt.instance_id,
                    "target": self._target,
                    "name": offer.name,
                    "run_id": self._run_id,
                    "deleted_before": deleted_before,
                }
                for offer in offers
            ],
        )

    def existing(self, *, after: int, limit: int, deleted_before: float) -> list[Existing]:
        """Return pending operations whose names the baseline shows for offers that are there."""
        return [
            Existing(job=job_of(row), remote_id=row[JOB_COLUMNS])
            for row in self._page(_SQL.existing, after, limit, deleted_before=deleted_before)
        ]

    def namesakes(self, *, after: int, limit: int) -> tuple[int | None, list[Namesake]]:
        """Look at pending creates behind the id `after`; return those with namesakes."""
        finder = NamesakeFinder(self._sql, run_id=self._run_id, target=self._target)
        return finder.page(after=after, limit=limit)

    def _page(self, query: str, after: int, limit: int, **more: float) -> list[tuple[Any, ...]]:
        return self._sql.execute(
            query,
            {
                "run_id": self._run_id,
                "target": self._target,
                "only": self._only,
                "after": after,
                "limit": limit,
                **more,
            },
        ).fetchall()

    def _present(self, ids: Sequence[int]) -> dict[int, tuple[State, Operation]]:
        """Return the state of operations, and what they do."""
        rows = self._sql.execute(_SQL.present, {"ids": orjson.dumps(ids).decode()})
        found = {
            operation_id: (State(state), Operation(operation))
            for operation_id, state, operation in rows
        }
        for operation_id in ids:
            if operation_id not in found:
                raise JournalError(
                    f"the journal has no operation {operation_id}: its file was changed outside"
                    " the loader"
                )
        return found

    def _record(self, changes: Sequence[Change]) -> None:
        """Record events, each as the table of the life cycle says."""
        now = self._now()
        present = self._present([change.operation_id for change in changes])
        rows = []
        for each in changes:
            state, operation = present[each.operation_id]
            whole = each._replace(body=self._body_of(each)) if operation in UPDATES else each
            rows.append(row_of(whole, state, operation, now=now))
        self._write(rows)

    def _body_of(self, change: Change) -> bytes:
        values = {"operation_id": change.operation_id}
        found = self._sql.execute(_SQL.body, values).fetchone()
        return bytes(found[0] or b"") if found else b""

    def _write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write changes; each must find its operation in the state that it starts from."""
        if rows and self._sql.executemany(_SQL.advance, rows).rowcount != len(rows):
            ids = [row["operation_id"] for row in rows]
            raise self._illegal(ids, *{OperationEvent(row["event"]) for row in rows})
        self._sql.executemany(_SQL.add_transition, rows)
        self._sql.executemany(_SQL.identify, [row for row in rows if row["names_offer"]])
        self._sql.executemany(_SQL.free_key, [row for row in rows if row["frees_key"]])
        for row in rows:
            if row["name"]:
                self._sql.execute(_SQL.rename, row)

    def _illegal(self, ids: Sequence[int], *events: OperationEvent) -> Exception:
        """Return why not all of these operations could take these events."""
        try:
            states = {state.value for state, _ in self._present(ids).values()}
        except JournalError as error:
            return error
        return IllegalMove(
            f"operations in the states {sorted(states)} cannot all take {sorted(events)}; this is"
            " a bug of the loader: please report it with the log"
        )


def job_of(row: Sequence[Any]) -> Job:
    """Return an operation from the columns of the view `job`."""
    operation_id, operation, key, name, digest, body, attempts, remote_id, etag, before, *_ = row
    return Job(
        operation_id=operation_id,
        operation=Operation(operation),
        key=key,
        name=name,
        digest=digest,
        body=body or b"",
        attempts=attempts,
        remote_id=remote_id,
        etag=etag,
        before=before or b"",
    )
