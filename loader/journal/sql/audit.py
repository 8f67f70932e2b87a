"""The audit: a chain of hashes, so that a changed or removed entry is seen.

The chain shows changes of what lies in the journal. Against somebody who may write the file and
rewrites the whole chain, only a copy of its last hash elsewhere helps.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson

from loader.journal.records import Approval, AuditEntry
from loader.journal.sql.database import Connection, Database
from loader.journal.sql.statements import statements

_SQL: Final = statements("audit.sql")
_PAGE: Final = 500


def append(
    database: Database,
    event: str,
    *,
    target: str,
    run_id: str,
    details: Mapping[str, Any],
) -> None:
    """Add an entry in the transaction of the caller."""
    sql = database.connection
    last = sql.execute(_SQL.last_hash).fetchone()
    values = {
        "at": database.clock(),
        "person": database.person,
        "event": event,
        "target": target,
        "run_id": run_id,
        "details": orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode(),
        "previous": last[0] if last else "",
    }
    sql.execute(_SQL.add, {**values, "hash": _hash(values)})


class SqlAudit:
    """Read and add entries and approvals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, event: str, *, target: str, run_id: str, details: Mapping[str, Any]) -> None:
        """Add an entry."""
        with self._database.transaction():
            append(self._database, event, target=target, run_id=run_id, details=details)

    def entries(
        self,
        *,
        run_id: str | None = None,
        since: float | None = None,
        person: str | None = None,
    ) -> Iterator[AuditEntry]:
        """Yield the entries, oldest first."""
        like = None if person is None else f"%{person}%"
        for row in self._rows(run_id=run_id, since=since, person=like):
            number, *rest, details, previous, digest = row
            at, who, event, target, of_run = rest
            yield AuditEntry(
                number=number,
                at=at,
                person=who,
                event=event,
                target=target,
                run_id=of_run,
                details=orjson.loads(details),
                previous=previous,
                hash=digest,
            )

    def broken_at(self) -> int | None:
        """Return the number of the first entry that was changed, or lacks its predecessor."""
        before, expected = "", 1
        for number, *rest, digest in self._rows(run_id=None, since=None, person=None):
            names = ("at", "person", "event", "target", "run_id", "details", "previous")
            values = dict(zip(names, rest, strict=True))
            is_next = number == expected and values["previous"] == before
            if not is_next or _hash(values) != digest:
                return int(number)
            before, expected = digest, number + 1
        return None

    def approve(self, plan_id: str, *, digest: str, target: str, words: str) -> None:
        """Add the approval of a plan by the person of this process."""
        database = self._database
        with database.transaction() as sql:
            sql.execute(
                _SQL.add_approval,
                {
                    "plan_id": plan_id,
                    "digest": digest,
                    "person": database.person,
                    "at": database.clock(),
                    "words": words,
                },
            )
            details = {"digest": digest, "words": words}
            append(database, "approve", target=target, run_id=plan_id, details=details)

    def approvals(self, plan_id: str) -> Sequence[Approval]:
        """Return who approved a plan, oldest first."""
        with self._database.reading() as sql:
            rows = sql.execute(_SQL.approvals, {"plan_id": plan_id}).fetchall()
        return [
            Approval(digest=digest, person=person, at=at, words=words)
            for digest, person, at, words in rows
        ]

    def _rows(self, **values: str | float | None) -> Iterator[tuple[Any, ...]]:
        after = 0
        while True:
            with self._database.reading() as sql:
                page: Sequence[tuple[Any, ...]] = self._page(sql, after, values)
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    @staticmethod
    def _page(sql: Connection, after: int, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return sql.execute(_SQL.entries, {**values, "after": after, "limit": _PAGE}).fetchall()


def _hash(values: Mapping[str, Any]) -> str:
    return sha256(orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS)).hexdigest()
