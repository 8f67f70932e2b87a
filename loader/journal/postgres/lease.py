"""The lease of a target: an advisory lock of the very session that writes.

The server frees it when the session ends, however it ends: at once when the process is killed, and
after `silent_seconds` when the process is frozen or its machine is unreachable. Then no intent can
be committed either. The row in the table `lease` only says who it is.
"""

import secrets
from contextlib import suppress
from typing import Final

import psycopg

from loader.errors import JournalBusy, JournalError
from loader.journal.postgres.database import PostgresDatabase
from loader.journal.postgres.lock_keys import owner_key, writer_key
from loader.journal.postgres.session import run, translated_errors
from loader.journal.postgres.session_heartbeat import Heartbeat
from loader.journal.sql.lease_holders import check_not_moved, describe_holder, holder_of, own_row
from loader.journal.sql.statements import statements
from loader.journal.sql.transitions import Transitions

_SERVER: Final = statements("server.sql", package=__package__)
_SQL: Final = statements("lease.sql")


class PostgresLease:
    """The lease of a target in PostgreSQL: this session owns it from `take` to `release`."""

    def __init__(self, database: PostgresDatabase, target: str, *, words: str) -> None:
        self.target = target
        self._words = words
        self._owner = secrets.token_hex(8)
        self._database = database
        self._key = owner_key(database.schema, target)
        self._heartbeat = Heartbeat("lease", self._beat, silent_seconds=database.silent_seconds)

    def take(self) -> None:
        """Take it, or raise `JournalBusy`, which names the owner."""
        database = self._database
        with translated_errors(database.place):
            session = database.connection.session
            taken = run(session, _SERVER.own_a_target, key=self._key).fetchone()
            if self.target in database.targets or taken is None or not taken[0]:
                self._end_silent_holder()
                raise self._in_use()
            try:
                self._begin()
            except BaseException:
                self._free()
                raise
        self._heartbeat.start()

    def _begin(self) -> None:
        """Record the owner, and mark what its last owner was sending as unknown."""
        database = self._database
        seconds = database.silent_seconds
        database.set_timeouts(seconds=seconds, idle_seconds=seconds)
        with database.transaction() as sql:
            check_not_moved(sql, database.place)
            this = own_row(self.target, self._owner, now=database.clock())
            last = sql.execute(_SERVER.last_machine, this).fetchone()
            sql.execute(_SQL.take, this)
            if last is not None and last[0] != this["machine"]:
                # Another clock recorded when its requests left, and may be wrong by minutes.
                sql.execute(_SERVER.begin_to_settle_anew, this)
            Transitions(database, run_id="", target=self.target).interrupt()
        database.targets.add(self.target)

    def release(self) -> None:
        """Give it back, if it is still ours."""
        self._heartbeat.stop()
        self._database.targets.discard(self.target)
        with suppress(JournalError), self._database.transaction() as sql:
            sql.execute(_SQL.release, {"target": self.target, "owner": self._owner})
        self._free()

    def _end_silent_holder(self) -> None:
        database = self._database
        with suppress(psycopg.errors.InsufficientPrivilege):  # a session of another user
            run(
                database.connection.session,
                _SERVER.end_silent_holder,
                target=self._key,
                writer=writer_key(database.schema),
                seconds=float(database.silent_seconds),
            )

    def _free(self) -> None:
        with suppress(psycopg.Error):  # a lost session owns nothing
            run(self._database.connection.session, _SERVER.free_a_target, key=self._key)
            if not self._database.targets:
                self._database.set_idle_timeouts()

    def _beat(self) -> bool:
        database = self._database
        try:
            database.connection.beat(
                _SQL.beat,
                {"target": self.target, "owner": self._owner, "now": database.clock()},
            )
        except JournalError:
            return not database.connection.session.closed
        return True

    def _in_use(self) -> JournalBusy:
        database = self._database
        row = run(database.connection.session, _SQL.holder, target=self.target).fetchone()
        if row is None:
            return JournalBusy(
                f"the target {self._words} is in use by another loader, which has just begun"
                f" (journal {database.place})",
                advice="wait until it has ended (--wait)",
            )
        return JournalBusy(
            describe_holder(holder_of(row), self._words, database.place, now=database.clock()),
            advice="wait until it has ended (--wait). A loader that is dead is replaced at once,"
            f" one that cannot be reached after {database.silent_seconds:g} seconds",
        )
