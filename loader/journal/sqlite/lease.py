"""The lease of a target: who may stage and apply, and how to know that an owner is dead.

An owner is dead when its process is gone from this machine, or when its heartbeat stopped for
longer than a live one can be held up. Where a heartbeat is dated later than now, because the clock
of its owner is ahead, it has stopped when it did not change while this process watched. Whoever
takes over moves what was being sent to `unknown`; an owner that was only asleep finds its lease
gone in its next transaction, before it sends more.
"""

import secrets
import threading
import time
from contextlib import suppress
from typing import Final

from loader.errors import JournalBusy, JournalError
from loader.journal.records import LeaseHolder
from loader.journal.sql.database import Connection
from loader.journal.sql.lease_holders import (
    check_not_moved,
    describe_holder,
    holder_of,
    is_dead,
    own_row,
)
from loader.journal.sql.statements import statements
from loader.journal.sql.transitions import Transitions
from loader.journal.sqlite.database import SqliteDatabase

BEAT_SECONDS: Final = 5.0
STALE_SECONDS: Final = 30.0
_SQL: Final = statements("lease.sql")
_watched: Final = dict[tuple[str, str], tuple[LeaseHolder, float]]()  # and seen so since when


class HeldLease:
    """A lease that this process took. It is a guard of every transaction until it is released."""

    def __init__(self, database: SqliteDatabase, target: str, *, words: str) -> None:
        self.target = target
        self._words = words
        self.owner = secrets.token_hex(8)
        self._database = database
        self._stop = threading.Event()
        self._heartbeat = threading.Thread(target=self._beat, name="lease", daemon=True)

    def take(self) -> None:
        """Take it, or raise `JournalBusy`, which names the holder."""
        database = self._database
        with database.transaction() as sql:
            check_not_moved(sql, database.place)
            now = database.clock()
            row = sql.execute(_SQL.holder, {"target": self.target}).fetchone()
            if (
                row is not None
                and not is_dead(row[3], holder_of(row), now=now, silent_seconds=STALE_SECONDS)
                and not self._has_stopped(holder_of(row), now=now)
            ):
                raise self._in_use(holder_of(row), now=now)
            sql.execute(_SQL.take, own_row(self.target, self.owner, now=now))
            Transitions(database, run_id="", target=self.target).interrupt()
        database.guards.append(self._guard)
        self._heartbeat.start()

    def release(self) -> None:
        """Give it back, if it is still ours."""
        self._stop.set()
        self._database.guards.remove(self._guard)
        # Where this fails, the next owner sees that the heartbeats stopped.
        with suppress(JournalError), self._database.transaction() as sql:
            sql.execute(_SQL.release, {"target": self.target, "owner": self.owner})
        self._heartbeat.join()

    def _guard(self, sql: Connection) -> None:
        row = sql.execute(_SQL.holder, {"target": self.target}).fetchone()
        holder = None if row is None else holder_of(row)
        if holder is None or holder.owner != self.owner:
            now = "nobody" if holder is None else f"process {holder.pid} on {holder.host}"
            raise JournalBusy(
                f"another loader took over the target {self._words} (now held by {now}), because"
                " this one did not answer for a while: it sends nothing more. `loader runs` shows"
                " what became of its rows"
            )

    def _has_stopped(self, holder: LeaseHolder, *, now: float) -> bool:
        """Say whether a heartbeat that is dated later than now stayed the same for too long."""
        place = (self._database.place, self.target)
        if holder.heartbeat <= now:
            _watched.pop(place, None)
            return False
        seen, since = _watched.get(place, (None, 0.0))
        if seen != holder:
            since = time.monotonic()
            _watched[place] = (holder, since)
        return time.monotonic() - since > STALE_SECONDS

    def _in_use(self, holder: LeaseHolder, *, now: float) -> JournalBusy:
        advice = (
            f"wait until it has ended (--wait). A loader that is dead is replaced"
            f" {STALE_SECONDS:.0f} seconds after its last report"
        )
        if holder.heartbeat > now:
            advice += (
                f"; where that is dated later than now, after {STALE_SECONDS:.0f} seconds of"
                " waiting in which nothing new is reported"
            )
        return JournalBusy(
            describe_holder(holder, self._words, self._database.place, now=now), advice=advice
        )

    def _beat(self) -> None:
        """Write heartbeats, from a thread: the process may be busy with a large file."""
        if self._stop.wait(BEAT_SECONDS):
            return  # most loads end before the first heartbeat: they need no second connection
        with suppress(JournalError):
            database = SqliteDatabase.open(
                self._database.path, clock=self._database.clock, create=False
            )
            with database:
                self._beat_once(database)
                while not self._stop.wait(BEAT_SECONDS):
                    self._beat_once(database)

    def _beat_once(self, database: SqliteDatabase) -> None:
        with suppress(JournalError), database.transaction() as sql:
            sql.execute(
                _SQL.beat, {"target": self.target, "owner": self.owner, "now": database.clock()}
            )
