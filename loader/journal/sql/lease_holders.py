"""Who holds the leases, as the table `lease` says, and where a process id means something."""

import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from loader.errors import JournalMismatch
from loader.journal.records import LeaseHolder
from loader.journal.sql.database import Connection
from loader.journal.sql.statements import statements

_SQL: Final = statements("lease.sql")
_AUDIT: Final = statements("audit.sql")
_SILENT_SECONDS: Final = 120.0  # longer than any live one is silent
_AHEAD_SECONDS: Final = 5.0  # by which clocks may differ without a word


def holders(sql: Connection, *, now: float) -> tuple[LeaseHolder, ...]:
    """Return who holds the leases, but those of whom it is clear that they are dead."""
    found = ((row[3], holder_of(row)) for row in sql.execute(_SQL.holders))
    return tuple(
        holder
        for its_machine, holder in found
        if not is_dead(its_machine, holder, now=now, silent_seconds=_SILENT_SECONDS)
    )


def holder_of(row: tuple[str, str, str, str, int, float, float]) -> LeaseHolder:
    """Return the holder that a row of the table names."""
    target, owner, host, _, pid, since, heartbeat = row
    return LeaseHolder(
        target=target, owner=owner, host=host, pid=pid, since=since, heartbeat=heartbeat
    )


def own_row(target: str, owner: str, *, now: float) -> dict[str, Any]:
    """Return the values of the row that this process writes."""
    return {
        "target": target,
        "owner": owner,
        "host": socket.gethostname(),
        "machine": process_space(),
        "pid": os.getpid(),
        "now": now,
    }


def describe_holder(holder: LeaseHolder, words: str, place: str, *, now: float) -> str:
    """Return in words who holds a lease, from where and since when."""
    last = f"it last reported {max(0.0, now - holder.heartbeat):.0f} seconds ago"
    if holder.heartbeat - now > _AHEAD_SECONDS:
        last = (
            f"its clock is ahead of this one, and dates its last report {_time(holder.heartbeat)}"
        )
    return (
        f"the target {words} is in use by another loader (process {holder.pid} on"
        f" {holder.host}, since {_time(holder.since)}; {last}; journal {place})"
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def check_not_moved(sql: Connection, place: str, *, but_to: str = "") -> None:
    """Refuse a journal that was copied to another place than `but_to`.

    That one knows what was done since.
    """
    moved = moved_to(sql)
    if moved not in {"", but_to}:
        raise JournalMismatch(
            f"the journal {place} was moved to {moved} with `loader journal copy`: use that one"
            " (--journal), which knows what was done since"
        )


def moved_to(sql: Connection) -> str:
    """Return where the journal was copied to, as the copy calls its place; "" where it was not."""
    row = sql.execute(_AUDIT.moved).fetchone()
    return str(orjson.loads(row[0])["to"]) if row else ""


def process_space() -> str:
    """Return what names the space of process ids of this process: a boot, a container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def is_dead(its_machine: str, holder: LeaseHolder, *, now: float, silent_seconds: float) -> bool:
    """Say whether a holder is gone from this machine, or was silent for too long."""
    if its_machine == process_space() and not is_running(holder.pid):
        return True
    return now - holder.heartbeat > silent_seconds


def is_running(pid: int) -> bool:
    """Say whether a process of this machine is alive."""
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
