"""What happened to rows: every move goes through the life cycle's table, in one transaction.

Rules of this file: each method is the body of a transaction that the caller runs; the event is
appended to `move` with the state that it leads to.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from loader.delivery.lifecycle import advance
from loader.errors import JournalError
from loader.model import Attempt, Event, Job, Outcome, Receipt, RemoteOffer, State, UnknownRow

_JOB: Final = "row_id, row_key, name, digest, body, attempts"
_FINAL: Final = {Event.DONE, Event.REFUSED, Event.GIVE_UP, Event.FOUND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """A pending row whose name stands on the server already, under `remote_id`."""

    job: Job
    remote_id: str


class RowTransitions:
    """The moves of one run. `now` gives UTC seconds since the epoch."""

    def __init__(
        self, sql: sqlite3.Connection, *, run_id: str, target: str, now: Callable[[], float]
    ) -> None:
        self._sql = sql
        self._run_id = run_id
        self._target = target
        self._now = now

    def due(self, *, after: int, limit: int) -> list[Job]:
        """Return pending rows of the run behind `after`, in order."""
        rows = self._sql.execute(
            f"SELECT {_JOB} FROM row WHERE run_id = ? AND state = 'pending' AND row_id > ?"  # noqa: S608 - a constant
            " AND target = ? ORDER BY row_id LIMIT ?",
            (self._run_id, after, self._target, limit),
        )
        return [_job(row) for row in rows]

    def start(self, job: Job) -> Attempt:
        """Write down the intent to send."""
        state, attempts = self._sql.execute(
            "SELECT state, attempts FROM row WHERE row_id = ?", (job.operation_id,)
        ).fetchone()
        now = self._now()
        self._sql.execute(
            "UPDATE row SET state = ?, attempts = ?, last_sent_at = ? WHERE row_id = ?",
            (advance(State(state), Event.START), attempts + 1, now, job.operation_id),
        )
        self._sql.execute(
            "INSERT INTO attempt (row_id, run_id, number, started_at) VALUES (?, ?, ?, ?)",
            (job.operation_id, self._run_id, attempts + 1, now),
        )
        return Attempt(operation_id=job.operation_id, number=attempts + 1, started_at=now)

    def finish(self, attempt: Attempt, event: Event, outcome: Outcome) -> None:
        """Write down what the attempt taught us."""
        self._move(
            attempt.operation_id,
            event,
            receipt=outcome.receipt,
            status=outcome.http_status,
            code="" if event is Event.DONE else outcome.code,
            message="" if event is Event.DONE else outcome.message,
        )
        if event is Event.LOST:
            accepted = outcome.http_status is not None and 200 <= outcome.http_status < 300
            self._sql.execute(
                "UPDATE row SET last_sent_at = ?, must_exist = max(must_exist, ?) WHERE row_id = ?",
                (self._now(), int(accepted), attempt.operation_id),
            )

    def give_up(
        self, row_id: int, *, code: str, message: str, receipt: Receipt | None = None
    ) -> None:
        """A pending row is not sent and will not be."""
        self._move(row_id, Event.GIVE_UP, receipt=receipt, status=None, code=code, message=message)

    def skip(self, row_id: int, *, message: str, receipt: Receipt) -> None:
        """A pending row is not sent because its offer exists: its line counts as a duplicate."""
        self.give_up(row_id, code="already-exists", message=message, receipt=receipt)
        self._sql.execute(
            "UPDATE line SET kind = 'duplicate' WHERE row_id = ? AND run_id = ?",
            (row_id, self._run_id),
        )

    def recover(self) -> int:
        """After a crash: what was being sent is unknown. A request may have left until now."""
        rows = self._sql.execute("SELECT row_id FROM row WHERE state = 'sending'").fetchall()
        for (row_id,) in rows:
            self._move(
                row_id,
                Event.LOST,
                receipt=None,
                status=None,
                code="interrupted",
                message="the loader ended while the request was on its way",
            )
            self._sql.execute(
                "UPDATE row SET last_sent_at = ? WHERE row_id = ?", (self._now(), row_id)
            )
        return len(rows)

    def unknown(self, *, after: int, limit: int) -> list[UnknownRow]:
        """Return unknown rows of the run behind `after`, in order."""
        rows = self._sql.execute(
            f"SELECT {_JOB}, last_sent_at, must_exist FROM row WHERE run_id = ?"  # noqa: S608 - a constant
            " AND state = 'unknown' AND row_id > ? ORDER BY row_id LIMIT ?",
            (self._run_id, after, limit),
        ).fetchall()
        return [
            UnknownRow(
                job=_job(row[:6]),
                last_sent_at=row[6] or 0.0,
                must_exist=bool(row[7]),
                baseline=frozenset(
                    remote
                    for (remote,) in self._sql.execute(
                        "SELECT remote_id FROM baseline WHERE row_id = ?", (row[0],)
                    )
                ),
            )
            for row in rows
        ]

    def conclude(
        self, row_id: int, event: Event, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Write down what a look-up (or a person) found out about an unknown row."""
        code = {Event.FOUND: "recovered", Event.ABSENT: "absent"}.get(event, "unproven")
        self._move(row_id, event, receipt=receipt, status=None, code=code, message=evidence)

    def claimed(self, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that the journal knows as receipts of rows of this target."""
        marks = ",".join("?" * len(ids))
        rows = self._sql.execute(
            f"SELECT instance_id FROM row WHERE target = ? AND state = 'done'"  # noqa: S608 - only marks
            f" AND instance_id <> '' AND instance_id IN ({marks})",
            (self._target, *ids),
        )
        return {instance_id for (instance_id,) in rows}

    def forget_baseline(self) -> None:
        """Before a new listing: pending rows lose their old baseline; unknown rows keep it."""
        self._sql.execute(
            "DELETE FROM baseline WHERE row_id IN"
            " (SELECT row_id FROM row WHERE run_id = ? AND state = 'pending')",
            (self._run_id,),
        )

    def mark_existing(self, offers: Sequence[RemoteOffer]) -> None:
        """Record which pending rows bear the names of `offers` (one page of the listing)."""
        self._sql.executemany(
            "INSERT OR IGNORE INTO baseline SELECT row_id, ? FROM row"
            " WHERE target = ? AND name = ? AND run_id = ? AND state = 'pending'",
            [
                (offer.receipt.instance_id, self._target, offer.name, self._run_id)
                for offer in offers
            ],
        )

    def existing(self, *, after: int, limit: int) -> list[Existing]:
        """Return pending rows with a baseline that is not of this journal's own making."""
        rows = self._sql.execute(
            f"SELECT {_JOB}, min(baseline.remote_id) FROM row JOIN baseline USING (row_id)"  # noqa: S608 - a constant
            " WHERE run_id = ? AND state = 'pending' AND row_id > ? AND NOT EXISTS"
            " (SELECT 1 FROM row AS own WHERE own.target = ? AND own.state = 'done'"
            "  AND own.instance_id <> '' AND own.instance_id = baseline.remote_id)"
            " GROUP BY row_id ORDER BY row_id LIMIT ?",
            (self._run_id, after, self._target, limit),
        )
        return [Existing(job=_job(row[:6]), remote_id=row[6]) for row in rows]

    def _move(
        self,
        row_id: int,
        event: Event,
        *,
        receipt: Receipt | None,
        status: int | None,
        code: str,
        message: str,
    ) -> None:
        found = self._sql.execute("SELECT state FROM row WHERE row_id = ?", (row_id,)).fetchone()
        if found is None:
            raise JournalError(f"the journal has no row {row_id}: it was changed by other hands")
        now = self._now()
        ids = (receipt.instance_id, receipt.at_id, receipt.etag) if receipt else (None,) * 3
        self._sql.execute(
            "UPDATE row SET state = ?, http_status = coalesce(?, http_status), code = ?,"
            " message = ?, finished_at = ?, instance_id = coalesce(?, instance_id),"
            " at_id = coalesce(?, at_id), etag = coalesce(?, etag) WHERE row_id = ?",
            (
                advance(State(found[0]), event),
                status,
                code,
                message,
                now if event in _FINAL else None,
                *ids,
                row_id,
            ),
        )
        self._sql.execute(
            "INSERT INTO move (row_id, at, event, http_status, code, message)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (row_id, now, event, status, code, message),
        )


def _job(row: Sequence[object]) -> Job:
    row_id, row_key, name, digest, body, attempts = row
    return Job(
        operation_id=int(str(row_id)),
        key=str(row_key),
        name=str(name),
        digest=str(digest),
        body=body if isinstance(body, bytes) else bytes(str(body), "utf-8"),
        attempts=int(str(attempts)),
    )
