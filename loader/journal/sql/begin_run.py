"""Begin a run: its id, its line in the journal and its first entry in the audit."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from loader import __version__
from loader.journal.records import SourceInfo
from loader.journal.sql.audit import append
from loader.journal.sql.database import Connection, Database
from loader.journal.sql.statements import statements

_SQL: Final = statements("runs.sql")
_DIGESTS: Final = ("plan_sha256", "profile_sha256")  # among the options of a run: of the audit


def add_run(
    database: Database,
    *,
    target: str,
    command: str,
    options: Mapping[str, str],
    of_run: str = "",
    dry_run: bool = False,
    staged: bool = False,
    sources: Sequence[SourceInfo] = (),
) -> str:
    """Add a run in the transaction of the caller; return its id."""
    sql, now = database.connection, database.clock()
    run_id = _free_run_id(sql, now)
    sql.execute(
        _SQL.add_run,
        {
            "run_id": run_id,
            "target": target,
            "command": command,
            "of_run": of_run,
            "options": orjson.dumps(options).decode(),
            "dry_run": int(dry_run),
            "staged": int(staged),
            "now": now,
        },
    )
    details: dict[str, Any] = {
        "command": command,
        "of_run": of_run,
        "dry_run": dry_run,
        "version": __version__,
        "sources": {each.path: each.digest for each in sources},
        **{name: options[name] for name in _DIGESTS if name in options},
    }
    append(database, "begin", target=target, run_id=run_id, details=details)
    return run_id


def _free_run_id(sql: Connection, now: float) -> str:
    """Return an id that no run of the journal has; short, because people type it."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    while True:
        run_id = f"{stamp}-{secrets.token_hex(2)}"
        if sql.execute(_SQL.has_run, {"run_id": run_id}).fetchone() is None:
            return run_id
