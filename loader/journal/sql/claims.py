"""What inboxes took, and what became of it: the tables `claim` and `outage`.

Rows do not depend on them: the runs know their rows, so what is lost here loses no row and repeats
none.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import orjson

from loader.journal.records import ClaimCounts, ClaimRecord
from loader.journal.sql.database import Database
from loader.journal.sql.statements import statements

_SQL: Final = statements("claims.sql")


class SqlClaims:
    """The claims of all inboxes that use this journal; all but those of an old ledger."""

    are_shared = False

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def are_lost(self) -> bool:
        """Return False: a file is opened again by every transaction that needs it."""
        return False

    def state_of(self, token: str) -> str:
        """Return how far a claim is; "" where nothing is known of it."""
        rows = self._all(_SQL.state, token=token)
        return str(rows[0][0]) if rows else ""

    def hold(self, what: str) -> bool:  # noqa: ARG002 - a lock beside the file sees to it
        """Return True: one watcher at a time uses the inbox."""
        return True

    def release(self, what: str) -> None:
        """Do nothing: nothing was held."""

    def watching(self) -> AbstractContextManager[None]:
        """Do nothing: nobody waits for a place."""
        return nullcontext()

    def begin(self, token: str, *, inbox: str, folder: str, name: str) -> ClaimCounts:
        """Write down that work on a claim begins (again)."""
        values = {
            "token": token,
            "inbox": inbox,
            "folder": folder,
            "name": name,
            "now": self._database.clock(),
        }
        with self._database.transaction() as sql:
            sql.execute(_SQL.begin, values)
            sql.execute(_SQL.count_attempt, values)
            claimed_at, attempts, crashes, looks, unknown = sql.execute(
                _SQL.counts, values
            ).fetchone()
        return ClaimCounts(
            claimed_at=claimed_at, attempts=attempts, crashes=crashes, looks=looks, unknown=unknown
        )

    def reset_crashes(self, token: str) -> None:
        """Set the count of crashes over this claim to 0."""
        self._set(_SQL.reset_crashes, token=token)

    def count_exception(self, token: str) -> int:
        """Count an unexpected exception; return how many there were."""
        with self._database.transaction() as sql:
            ((exceptions,),) = sql.execute(_SQL.count_exception, {"token": token}).fetchall()
        return int(exceptions)

    def wait(self, token: str, *, report: str, outcome: str, unknown: int) -> None:
        """Write down why a claimed file waits."""
        self._set(_SQL.wait, token=token, report=report, outcome=outcome, unknown=unknown)

    def end(self, claim: ClaimRecord, *, outcome: str, run_id: str, digest: str, at: float) -> None:
        """Write down the answer and the place, before anything moves."""
        self._set(
            _SQL.end,
            token=claim.token,
            report=claim.report,
            outcome=outcome,
            run_id=run_id,
            shelf=claim.shelf,
            day=claim.day,
            place=claim.place,
            digest=digest,
            finished_at=at,
        )

    def set_state(self, token: str, state: str) -> None:
        """Write down how far a claim is."""
        self._set(_SQL.set_state, token=token, state=state)

    def unsettled(self, inbox: str) -> Sequence[ClaimRecord]:
        """Return the claims that have an answer but are not moved or not notified."""
        return self._records(_SQL.unsettled, inbox=inbox)

    def open(self, inbox: str) -> Sequence[ClaimRecord]:
        """Return the claims without an answer."""
        return self._records(_SQL.open, inbox=inbox)

    def earlier(
        self,
        token: str,
        *,
        inbox: str,
        folder: str,
        digest: str,
        run_id: str,
        outcomes: Sequence[str],
    ) -> str | None:
        """Return the report of the first claim of the same bytes that ended so.

        One whose run was undone, or had another target or other options than `run_id`, does not
        count.
        """
        rows = self._all(
            _SQL.earlier,
            token=token,
            inbox=inbox,
            folder=folder,
            digest=digest,
            run_id=run_id,
            outcomes=orjson.dumps(outcomes).decode(),
        )
        return str(rows[0][0]) if rows else None

    def latest(self, inbox: str, *, outcome: str, limit: int) -> Sequence[str]:
        """Return the reports of the latest claims that ended so, newest first."""
        rows = self._all(_SQL.latest, inbox=inbox, outcome=outcome, limit=limit)
        return [report for (report,) in rows]

    def of_file(self, file: str) -> str | None:
        """Return the latest report about a file that is at this path now."""
        rows = self._all(_SQL.of_file, file=file)
        return str(rows[0][0]) if rows else None

    def latest_end(self, inbox: str, *, folder: str, outcomes: Sequence[str]) -> float | None:
        """Return when a claim of that folder last ended so."""
        ((found,),) = self._all(
            _SQL.latest_end, inbox=inbox, folder=folder, outcomes=orjson.dumps(outcomes).decode()
        )
        return None if found is None else float(found)

    def set_outage(self, inbox: str, *, folder: str, report: str) -> None:
        """Write down why a folder waits."""
        self._set(_SQL.set_outage, inbox=inbox, folder=folder, report=report)

    def end_outage(self, inbox: str, *, folder: str) -> None:
        """Record that the folder waits no more."""
        self._set(_SQL.end_outage, inbox=inbox, folder=folder)

    def outages(self, inbox: str) -> Sequence[str]:
        """Return the reports of why folders wait."""
        return [report for (report,) in self._all(_SQL.outages, inbox=inbox)]

    def _records(self, query: str, **values: str) -> list[ClaimRecord]:
        return [
            ClaimRecord(
                token=token,
                folder=folder,
                name=name,
                state=state,
                claimed_at=claimed_at,
                shelf=shelf,
                day=day,
                place=place,
                report=report,
            )
            for token, folder, name, state, claimed_at, shelf, day, place, report in self._all(
                query, **values
            )
        ]

    def _set(self, statement: str, **values: object) -> None:
        with self._database.transaction() as sql:
            sql.execute(statement, values)

    def _all(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        with self._database.reading() as sql:
            return sql.execute(query, values).fetchall()
