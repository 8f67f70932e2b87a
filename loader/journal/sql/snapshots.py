"""What a target had at a moment, kept whole: the base of a pulled sheet, the other side of a plan.

The content of an object is kept once, whatever the number of snapshots that hold it.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from loader.journal.records import KeyHolder, Lifetime, SnapshotRecord, WrittenOffer
from loader.journal.sql.database import Database
from loader.journal.sql.statements import statements
from loader.journal.sql.transitions import JOB_COLUMNS, job_of
from loader.model import Receipt, RemoteOffer
from loader.name_folding import fold_name

_SQL: Final = statements("snapshots.sql")
_TRANSITIONS: Final = statements("transitions.sql")
_PAGE: Final = 200


class SqlSnapshots:
    """Keep and read snapshots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, *, target: str, kind: str, names: Mapping[str, Mapping[str, str]], path: str = ""
    ) -> str:
        """Begin a snapshot and return its id; `names` are those of placements and tags, by id.

        `path` is the sheet that is pulled into, "" where the snapshot is for a plan alone.
        """
        now = self._database.clock()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
        snapshot_id = f"{stamp}-{secrets.token_hex(4)}"
        with self._database.transaction() as sql:
            sql.execute(
                _SQL.add_snapshot,
                {
                    "snapshot_id": snapshot_id,
                    "target": target,
                    "kind": kind,
                    "now": now,
                    "path": path,
                    "names": orjson.dumps(names, option=orjson.OPT_SORT_KEYS).decode(),
                },
            )
        return snapshot_id

    def add(self, snapshot_id: str, offers: Sequence[RemoteOffer]) -> None:
        """Add what the target has, in order."""
        with self._database.transaction() as sql:
            (position,) = sql.execute(_SQL.next_position, {"snapshot_id": snapshot_id}).fetchone()
            for at, offer in enumerate(offers, start=position):
                body = orjson.dumps(offer.offer, option=orjson.OPT_SORT_KEYS)
                values = {
                    "snapshot_id": snapshot_id,
                    "position": at,
                    "instance_id": offer.receipt.instance_id,
                    "at_id": offer.receipt.at_id,
                    "etag": offer.receipt.etag,
                    "name": offer.name,
                    "folded_name": fold_name(offer.name),
                    "digest": sha256(body).hexdigest(),
                    "body": body,
                }
                sql.execute(_SQL.add_object, values)
                sql.execute(_SQL.add_snapshot_object, values)

    def forget(self, snapshot_id: str) -> None:
        """Remove a snapshot, and what only it held."""
        with self._database.transaction() as sql:
            for statement in (_SQL.forget_objects_of, _SQL.forget_snapshot, _SQL.forget_unused):
                sql.execute(statement, {"snapshot_id": snapshot_id})

    def record(self, snapshot_id: str) -> SnapshotRecord | None:
        """Return what is known of a snapshot, or None."""
        with self._database.reading() as sql:
            row = sql.execute(_SQL.snapshot, {"snapshot_id": snapshot_id}).fetchone()
        if row is None:
            return None
        target, kind, names, path, count = row
        return SnapshotRecord(
            snapshot_id=snapshot_id,
            target=target,
            kind=kind,
            names=orjson.loads(names),
            count=count,
            path=path,
        )

    def latest_pull(self, *, target: str, kind: str, path: str) -> SnapshotRecord | None:
        """Return the latest pull into a sheet; of none, the latest into any."""
        with self._database.reading() as sql:
            values = {"target": target, "kind": kind, "path": path}
            row = sql.execute(_SQL.latest_pull, values).fetchone()
        return self.record(row[0]) if row else None

    def offers(self, snapshot_id: str) -> Iterator[RemoteOffer]:
        """Yield what the snapshot holds, in order."""
        after = 0
        while True:
            with self._database.reading() as sql:
                values = {"snapshot_id": snapshot_id, "after": after, "limit": _PAGE}
                rows = sql.execute(_SQL.objects, values).fetchall()
            yield from map(_offer, rows)
            if len(rows) < _PAGE:
                return
            after += _PAGE

    def by_id(self, snapshot_id: str, ids: Sequence[str]) -> dict[str, RemoteOffer]:
        """Return those with these ids, by id."""
        with self._database.reading() as sql:
            values = {"snapshot_id": snapshot_id, "ids": orjson.dumps(list(ids)).decode()}
            return {row[0]: _offer(row) for row in sql.execute(_SQL.by_id, values)}

    def by_name(self, snapshot_id: str, names: Sequence[str]) -> dict[str, list[RemoteOffer]]:
        """Return those that a server may have kept under these names, by the folded name."""
        folded = [fold_name(name) for name in names]
        found: dict[str, list[RemoteOffer]] = {}
        with self._database.reading() as sql:
            values = {"snapshot_id": snapshot_id, "names": orjson.dumps(folded).decode()}
            for name, *row in sql.execute(_SQL.by_name, values):
                found.setdefault(name, []).append(_offer(row))
        return found

    def sightings(self, offer: str) -> list[tuple[float, str, RemoteOffer]]:
        """Return (time, snapshot, object) of each pull of what has, or had, that name or id."""
        with self._database.reading() as sql:
            rows = sql.execute(_SQL.sightings, {"offer": offer})
            return [(taken_at, snapshot_id, _offer(rest)) for taken_at, snapshot_id, *rest in rows]

    def known(self, *, target: str, kind: str) -> Iterator[tuple[str, str]]:
        """Yield (id, name) of all that pulls saw and runs did, with each name that one had."""
        values = {"target": target, "kind": kind, "limit": _PAGE, "id": "", "name": ""}
        while True:
            with self._database.reading() as sql:
                rows = sql.execute(_SQL.known, values).fetchall()
            for remote_id, name in rows:
                yield str(remote_id), str(name)
            if len(rows) < _PAGE:
                return
            values |= {"id": rows[-1][0], "name": rows[-1][1]}

    def as_of(self, target: str, instance_id: str, at: float) -> dict[str, Any] | None:
        """Return the object as it was at a moment (UTC seconds), as far as the journal knows."""
        pulled = [(when, o.offer) for when, _, o in self.versions(target, instance_id)]
        with self._database.reading() as sql:
            values = {"target": target, "instance_id": instance_id}
            changed = sql.execute(_SQL.changed_from, values).fetchall()
        if any(earliest < at < latest for earliest, latest, _ in changed):
            return None
        last_change = max((latest for _, latest, _ in changed if latest <= at), default=None)
        since = [offer for when, offer in pulled if (last_change or 0.0) <= when <= at]
        if since:
            return since[-1]
        later = [before for _, latest, before in changed if latest > at and before]
        # What was there before the next change, if the journal knew the offer by then at all.
        return orjson.loads(later[0]) if later and last_change is not None else None

    def lifetime(self, target: str, instance_id: str) -> Lifetime:
        """Return when runs created, last changed and deleted an object."""
        values = {"target": target, "instance_id": instance_id}
        with self._database.reading() as sql:
            row = sql.execute(_SQL.lifetime, values).fetchone()
        created_at, changed_at, deleted_at, etag = row
        return Lifetime(
            created_at=created_at, changed_at=changed_at, deleted_at=deleted_at, etag=etag or ""
        )

    def versions(self, target: str, instance_id: str) -> list[tuple[float, str, RemoteOffer]]:
        """Return (time, snapshot, object) of each snapshot that holds an id, oldest first."""
        with self._database.reading() as sql:
            values = {"target": target, "instance_id": instance_id}
            rows = sql.execute(_SQL.versions, values)
            return [(taken_at, snapshot_id, _offer(rest)) for taken_at, snapshot_id, *rest in rows]

    def first_seen(self, target: str, instance_id: str) -> float | None:
        """Return when a pull first saw an object, or a run first wrote it; None for never."""
        values = {"target": target, "instance_id": instance_id}
        with self._database.reading() as sql:
            (at,) = sql.execute(_SQL.first_seen, values).fetchone()
        return None if at is None else float(at)

    def updates_of(self, target: str, instance_id: str) -> list[tuple[str, float, bytes]]:
        """Return (run, when, body) of each update that runs made of an offer, in order."""
        values = {"target": target, "instance_id": instance_id}
        with self._database.reading() as sql:
            rows = sql.execute(_SQL.updates_of, values)
            return [(run_id, at, bytes(body)) for run_id, at, body in rows]

    def key_holders(self, *, target: str, kind: str, keys: Sequence[str]) -> dict[str, KeyHolder]:
        """Return the offers that hold these keys, by key: not those that a run has to do with."""
        values = {"target": target, "kind": kind, "keys": orjson.dumps(list(keys)).decode()}
        with self._database.reading() as sql:
            rows = sql.execute(_SQL.key_holders, values).fetchall()
        held = [KeyHolder(create=job_of(row), created_at=row[JOB_COLUMNS]) for row in rows]
        return {each.create.key: each for each in held}

    def changed_lately(self, *, target: str, kind: str, since: float) -> list[WrittenOffer]:
        """Return the offers that runs created, changed or deleted after a moment (UTC seconds)."""
        values = {"target": target, "kind": kind, "since": since}
        with self._database.reading() as sql:
            rows = sql.execute(_SQL.changed_lately, values).fetchall()
        return [
            WrittenOffer(remote_id=remote_id, etag=etag, at=at, is_deleted=bool(is_deleted))
            for remote_id, etag, at, is_deleted in rows
        ]

    def last_write(self, run_id: str, *, within: float, by_others: bool = False) -> float:
        """Return when runs last wrote to the offers of a run (UTC seconds); 0 for not lately.

        Only writes `within` so many seconds count; a time in the future counts as now.
        """
        now = self._database.clock()
        values = {"run_id": run_id, "since": now - within, "by_others": int(by_others)}
        with self._database.reading() as sql:
            (written_at,) = sql.execute(_SQL.last_write, values).fetchone()
        return min(written_at or 0.0, now)

    def newest_not_undone(self, *, target: str) -> str | None:
        """Return the id of the newest offer of the target that was created and not undone."""
        with self._database.reading() as sql:
            row = sql.execute(_TRANSITIONS.newest_not_undone, {"target": target}).fetchone()
        return row[0] if row else None


def _offer(row: Sequence[Any]) -> RemoteOffer:
    instance_id, at_id, etag, name, body = row
    return RemoteOffer(
        receipt=Receipt(instance_id=instance_id, at_id=at_id, etag=etag),
        name=name,
        offer=orjson.loads(body),
    )
