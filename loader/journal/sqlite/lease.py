"""The lease of a target: who may stage and apply, and how a dead owner is told from a live one.

An owner is dead when its process is gone from this machine, or when its heartbeat stopped for
longer than a live one can be held up. Whoever takes over moves what was being sent to `unknown`;
an owner that was only asleep finds its lease gone in its next transaction, before it sends more.
"""

import os
import secrets
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from loader.errors import JournalBusy, JournalError
from loader.journal.sqlite.database import Database
from loader.journal.sqlite.statements import statements
from loader.journal.sqlite.transitions import Transitions
from loader.journal.values import LeaseHolder

BEAT_SECONDS: Final = 5.0
STALE_SECONDS: Final = 30.0
_SQL: Final = statements("lease.sql")


class HeldLease:
    """A lease that this process took. It is a guard of every transaction until it is released."""

    def __init__(self, database: Database, target: str) -> None:
        self.target = target
        self.owner = secrets.token_hex(8)
        self._database = database
        self._stop = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="lease", daemon=True)

    def is_held(self) -> bool:
        """Say whether nobody took it over."""
        with self._database.reading() as sql:
            holder = _holder(sql, self.target)
        return holder is not None and holder.owner == self.owner

    def take(self) -> None:
        """Take it, or raise `JournalBusy`, which names the holder."""
        database = self._database
        with database.transaction() as sql:
            now = database.clock()
            row = sql.execute(_SQL.holder, {"target": self.target}).fetchone()
            if row is not None and not _is_dead(row[3], _as_holder(row), now=now):
                raise JournalBusy(_in_use(_as_holder(row), database.path, now=now))
            sql.execute(
                _SQL.take,
                {
                    "target": self.target,
                    "owner": self.owner,
                    "host": socket.gethostname(),
                    "machine": _machine(),
                    "pid": os.getpid(),
                    "now": now,
                },
            )
            Transitions(database, run_id="", target=self.target).interrupt()
        database.guards.append(self._guard)
        self._beating.start()

    def release(self) -> None:
        """Give it back, if it is still ours."""
        self._stop.set()
        self._database.guards.remove(self._guard)
        # Where this fails, the next owner sees that the heart stopped.
        with suppress(JournalError), self._database.transaction() as sql:
            sql.execute(_SQL.release, {"target": self.target, "owner": self.owner})
        self._beating.join()

    def _guard(self, sql: sqlite3.Connection) -> None:
        holder = _holder(sql, self.target)
        if holder is None or holder.owner != self.owner:
            now = "nobody" if holder is None else f"process {holder.pid} on {holder.host}"
            raise JournalBusy(
                f"another loader took over the target {self.target} (now held by {now}), because"
                " this one did not answer for a while: it sends nothing more. `loader runs` shows"
                " what became of its rows"
            )

    def _beat(self) -> None:
        """Keep the heartbeat young, from a thread: the process may be busy with a large file."""
        if self._stop.wait(BEAT_SECONDS):
            return  # most loads end before their first beat: they need no second connection
        with suppress(JournalError):
            database = Database.open(self._database.path, clock=self._database.clock, create=False)
            with database:
                self._beat_once(database)
                while not self._stop.wait(BEAT_SECONDS):
                    self._beat_once(database)

    def _beat_once(self, database: Database) -> None:
        with suppress(JournalError), database.transaction() as sql:
            sql.execute(
                _SQL.beat, {"target": self.target, "owner": self.owner, "now": database.clock()}
            )


@contextmanager
def held_lease(database: Database, target: str) -> Iterator[HeldLease]:
    """Hold the lease of a target for a block."""
    lease = HeldLease(database, target)
    lease.take()
    try:
        yield lease
    finally:
        lease.release()


def holders(sql: sqlite3.Connection) -> tuple[LeaseHolder, ...]:
    """Return who holds the leases."""
    return tuple(_as_holder(row) for row in sql.execute(_SQL.holders))


def _holder(sql: sqlite3.Connection, target: str) -> LeaseHolder | None:
    row = sql.execute(_SQL.holder, {"target": target}).fetchone()
    return None if row is None else _as_holder(row)


def _as_holder(row: tuple[str, str, str, str, int, float, float]) -> LeaseHolder:
    target, owner, host, _, pid, since, heartbeat = row
    return LeaseHolder(
        target=target, owner=owner, host=host, pid=pid, since=since, heartbeat=heartbeat
    )


def _is_dead(machine: str, holder: LeaseHolder, *, now: float) -> bool:
    if machine == _machine() and not _is_running(holder.pid):
        return True
    return now - holder.heartbeat > STALE_SECONDS


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):  # a zombie is dead, though its parent has not looked yet
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return state[:1] != ["Z"]
    return True


def _machine() -> str:
    """Name the space of process ids that this process lives in: a boot, a container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _in_use(holder: LeaseHolder, path: Path, *, now: float) -> str:
    since = datetime.fromtimestamp(holder.since, UTC).isoformat(timespec="seconds")
    return (
        f"the target {holder.target} is in use by another loader (process {holder.pid} on"
        f" {holder.host}, since {since}; it last reported {max(0.0, now - holder.heartbeat):.0f}"
        f" seconds ago; journal {path}): wait until it has ended. A loader that is dead is"
        f" replaced {STALE_SECONDS:.0f} seconds after its last report"
    )
