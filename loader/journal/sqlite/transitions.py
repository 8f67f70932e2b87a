"""What happened to operations: every transition goes through the table of the life cycle.

Each method is the body of a transaction that the caller runs. Members of enums are bound by their
value: sqlite3 searches long for how to adapt a member.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from loader.delivery.baseline import without_receipt
from loader.delivery.lifecycle import MOVES, advance
from loader.errors import JournalError
from loader.journal.sqlite.database import Database
from loader.journal.sqlite.statements import statements
from loader.journal.values import ALREADY_GONE, Existing
from loader.model import (
    Attempt,
    Event,
    Job,
    Operation,
    Outcome,
    Receipt,
    RemoteOffer,
    State,
    UnknownRow,
)

_SQL: Final = statements("transitions.sql")
_FINAL: Final = {Event.DONE, Event.REFUSED, Event.GIVE_UP, Event.FOUND}
_BEFORE: Final = {
    event: tuple(before for before, each in MOVES if each is event) for event in Event
}
_JOB_COLUMNS: Final = 10


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
        return [_job(row) for row in self._page(_SQL.due, after, limit)]

    def unknown(self, *, after: int, limit: int) -> list[UnknownRow]:
        """Return unknown operations behind the id `after`, in order."""
        return [
            UnknownRow(
                job=_job(row),
                last_sent_at=row[_JOB_COLUMNS] or 0.0,
                must_exist=bool(row[_JOB_COLUMNS + 1]),
                baseline=frozenset(
                    remote_id
                    for (remote_id,) in self._sql.execute(_SQL.baseline, {"operation_id": row[0]})
                ),
            )
            for row in self._page(_SQL.unknown, after, limit)
        ]

    def start(self, job: Job) -> Attempt:
        """Write down the intent to send."""
        now = self._now()
        intent = {
            "operation_id": job.operation_id,
            "before": State.PENDING.value,
            "after": advance(State.PENDING, Event.START).value,
            "now": now,
        }
        found = self._sql.execute(_SQL.intend, intent).fetchone()
        if found is None:
            raise self._refused(job.operation_id, Event.START)
        (number,) = found
        self._sql.execute(
            _SQL.add_attempt,
            {
                "operation_id": job.operation_id,
                "run_id": self._run_id,
                "number": number,
                "now": now,
            },
        )
        return Attempt(operation_id=job.operation_id, number=number, started_at=now)

    def finish(
        self, attempt: Attempt, event: Event, outcome: Outcome, *, must_be_new: bool = False
    ) -> Outcome:
        """Write down what the attempt taught us; lost, where its id is another operation's."""
        says_nothing = event is Event.DONE and outcome.code != ALREADY_GONE
        is_recorded = self._advance(
            attempt.operation_id,
            event,
            receipt=outcome.receipt,
            http_status=outcome.http_status,
            request_id=outcome.request_id,
            code="" if says_nothing else outcome.code,
            message="" if says_nothing else outcome.message,
            must_be_new=must_be_new and event is Event.DONE,
        )
        if not is_recorded:
            return self.finish(attempt, Event.LOST, without_receipt(outcome, "another row's offer"))
        if event is Event.LOST:
            status = outcome.http_status
            accepted = status is not None and 200 <= status < 300
            self._lose(attempt.operation_id, must_exist=accepted)
        return outcome

    def give_up(
        self, operation_id: int, *, code: str, message: str, receipt: Receipt | None = None
    ) -> None:
        """A pending operation is not sent and will not be."""
        self._advance(operation_id, Event.GIVE_UP, receipt=receipt, code=code, message=message)

    def skip(self, operation_id: int, *, message: str, receipt: Receipt) -> None:
        """A create is not sent because its offer exists: its source row counts as a duplicate."""
        self.give_up(operation_id, code="already-exists", message=message, receipt=receipt)
        self._sql.execute(
            _SQL.mark_duplicate, {"operation_id": operation_id, "run_id": self._run_id}
        )

    def interrupt(self) -> int:
        """After a crash: what was being sent is unknown. A request may have left until now."""
        rows = self._sql.execute(_SQL.sending, {"target": self._target}).fetchall()
        for (operation_id,) in rows:
            self._advance(
                operation_id,
                Event.LOST,
                receipt=None,
                code="interrupted",
                message="the loader ended while the request was on its way",
            )
            self._lose(operation_id, must_exist=False)
        return len(rows)

    def conclude(
        self, operation_id: int, event: Event, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Write down what a look-up (or a person) found out about an unknown operation."""
        code = {Event.FOUND: "recovered", Event.ABSENT: "absent"}.get(event, "unproven")
        self._advance(operation_id, event, receipt=receipt, code=code, message=evidence)

    def claimed(self, ids: Sequence[str]) -> dict[str, str]:
        """Return those of `ids` that the journal knows as offers that it created, with names."""
        rows = self._sql.execute(
            _SQL.claimed, {"target": self._target, "ids": orjson.dumps(list(ids)).decode()}
        )
        return dict(rows.fetchall())

    def latest_done(self, *, before: float) -> str | None:
        """Return the id of the last offer that the run created by a moment, and that exists."""
        row = self._sql.execute(
            _SQL.latest_done, {"run_id": self._run_id, "before": before}
        ).fetchone()
        return str(row[0]) if row else None

    def forget_baseline(self) -> None:
        """Before a new listing: pending operations lose their baseline; unknown ones keep it."""
        self._sql.execute(_SQL.forget_baseline, {"run_id": self._run_id})

    def mark_existing(self, offers: Sequence[RemoteOffer]) -> None:
        """Record which pending operations have the names of one page of the listing."""
        self._sql.executemany(
            _SQL.mark_existing,
            [
                {
                    "remote_id": offer.receipt.instance_id,
                    "target": self._target,
                    "name": offer.name,
                    "run_id": self._run_id,
                }
                for offer in offers
            ],
        )

    def existing(self, *, after: int, limit: int) -> list[Existing]:
        """Return pending operations with a baseline that this journal did not create."""
        return [
            Existing(job=_job(row), remote_id=row[_JOB_COLUMNS])
            for row in self._page(_SQL.existing, after, limit)
        ]

    def _page(self, query: str, after: int, limit: int) -> list[tuple[Any, ...]]:
        return self._sql.execute(
            query,
            {
                "run_id": self._run_id,
                "target": self._target,
                "only": self._only,
                "after": after,
                "limit": limit,
            },
        ).fetchall()

    def _refused(self, operation_id: int, event: Event) -> JournalError:
        """Raise `IllegalMove` for a state where it may not come; return why there is no state."""
        found = self._sql.execute(_SQL.state, {"operation_id": operation_id}).fetchone()
        if found is not None:
            advance(State(found[0]), event)
        return JournalError(
            f"the journal has no operation {operation_id}: its file was changed outside the loader"
        )

    def _advance(
        self,
        operation_id: int,
        event: Event,
        *,
        receipt: Receipt | None,
        code: str,
        message: str,
        http_status: int | None = None,
        request_id: str = "",
        must_be_new: bool = False,
    ) -> bool:
        """Record the event; say False where its id must be new and is another operation's."""
        now = self._now()
        values = {
            "operation_id": operation_id,
            "event": event.value,
            "now": now,
            "http_status": http_status,
            "request_id": request_id,
            "code": code,
            "message": message,
            "finished_at": now if event in _FINAL else None,
            "instance_id": receipt and receipt.instance_id,
            "at_id": receipt and receipt.at_id,
            "etag": receipt and receipt.etag,
            "target": self._target,
            "new_id": receipt.instance_id if must_be_new and receipt else None,
        }
        changed = self._changed(operation_id, event, values)
        if changed is None:
            return False
        after, operation, offer_id = changed
        values |= {
            "offer_id": offer_id,
            "is_created": after is State.DONE and operation is Operation.CREATE,
        }
        self._sql.execute(_SQL.add_transition, values)
        if after is State.DONE and operation is Operation.DELETE:
            self._sql.execute(_SQL.free_key, values)
        elif receipt is not None or after is State.DONE:
            self._sql.execute(_SQL.identify, values)
        return True

    def _changed(
        self, operation_id: int, event: Event, values: dict[str, Any]
    ) -> tuple[State, Operation, int] | None:
        """Change the state as the table says; None where the new id is another operation's."""
        for before in _BEFORE[event]:
            after = advance(before, event)
            found = self._sql.execute(
                _SQL.advance, {**values, "before": before.value, "state": after.value}
            ).fetchone()
            if found is not None:
                return after, Operation(found[0]), found[1]
        if values["new_id"] and self.claimed([values["new_id"]]):
            return None
        raise self._refused(operation_id, event)

    def _lose(self, operation_id: int, *, must_exist: bool) -> None:
        self._sql.execute(
            _SQL.lose,
            {"operation_id": operation_id, "now": self._now(), "must_exist": int(must_exist)},
        )


def _job(row: Sequence[Any]) -> Job:
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
