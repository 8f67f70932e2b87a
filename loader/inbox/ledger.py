"""The ledger of an inbox: every claim and what became of it, in a SQLite file beside the journal.

    claimed   taken, worked on or waiting
    ended     the answer and the place are decided; files may still have to move
    moved     everything is in its place; listeners may still have to be told
    told      nothing is left to do

Rules of this file: it is a file of its own, because a load holds the journal for hours while
`loader inbox status` must be answered, and because folders may go to targets with other journals;
rows do not depend on it (the journal knows them), so losing it loses no row and repeats none.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter

from loader.errors import JournalBusy, JournalError, JournalMismatch
from loader.inbox.values import (
    Claim,
    Drop,
    DropOutcome,
    DropReport,
    FinalFolder,
    Outage,
    Place,
)

_REPORT: Final = TypeAdapter(DropReport)
_TROUBLE: Final = TypeAdapter(Outage)


def ledger_path(journal: Path) -> Path:
    """Return where the ledger lies: beside the journal."""
    return journal.with_name(f"{journal.stem}.inbox.sqlite3")


def as_json(report: DropReport, *, indent: int | None = 2) -> bytes:
    """Write a report as it stands in *.summary.json."""
    return _REPORT.dump_json(report, indent=indent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A claim as the ledger knows it when work on it begins."""

    drop: Drop
    attempts: int
    strikes: int
    looks: int  # at its unknown rows, that left it waiting without settling one
    unknown: int  # how many they were


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A claim that has its answer, but is not moved or not told yet."""

    claim: Claim
    folder: str
    place: Place
    report: DropReport
    is_moved: bool


class Ledger:
    """The ledger of one inbox. `clock` gives UTC seconds since the epoch."""

    def __init__(
        self, connection: sqlite3.Connection, *, path: Path, inbox: str, clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self.path = path
        self.inbox = inbox
        self.clock = clock

    @classmethod
    def open(cls, path: Path, *, inbox: str, clock: Callable[[], float]) -> Self:
        """Open the ledger at `path`, and make it if need be."""
        with in_words(path):
            connection = connected(path)
        return cls(connection, path=path, inbox=inbox, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction; what it holds is on disk when this returns, or nothing of it is."""
        with in_words(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def begin(self, claim: Claim, *, folder: str) -> Begun:
        """Write down that work on a claim begins (again)."""
        with self.transaction() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO claim (token, inbox, folder, name, claimed_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (claim.token, self.inbox, folder, claim.name, self.clock()),
            )
            sql.execute(
                "UPDATE claim SET attempts = attempts + 1, strikes = strikes + 1 WHERE token = ?",
                (claim.token,),
            )
            claimed_at, *counts = sql.execute(
                "SELECT claimed_at, attempts, strikes, looks, unknown FROM claim WHERE token = ?",
                (claim.token,),
            ).fetchone()
        drop = Drop(
            inbox=self.inbox,
            folder=folder,
            name=claim.name,
            token=claim.token,
            claimed_at=claimed_at,
        )
        attempts, strikes, looks, unknown = counts
        return Begun(drop=drop, attempts=attempts, strikes=strikes, looks=looks, unknown=unknown)

    def forgive(self, token: str) -> None:
        """The loader got as far as sending, or as an answer: earlier deaths count no more."""
        self._set("UPDATE claim SET strikes = 0 WHERE token = ?", token)

    def surprise(self, token: str) -> int:
        """Count what nobody expected while the claim was worked on; return how often that was."""
        self._set("UPDATE claim SET surprises = surprises + 1 WHERE token = ?", token)
        ((surprises,),) = self._all("SELECT surprises FROM claim WHERE token = ?", token)
        return int(surprises)

    def wait(self, report: DropReport) -> None:
        """Write down why a claimed file waits."""
        unknown = report.counts.unknown
        self._set(
            "UPDATE claim SET report = ?, outcome = ?, strikes = 0, unknown = ?,"
            " looks = CASE WHEN ? = 0 THEN 0 WHEN unknown = ? THEN looks + 1 ELSE 1 END"
            " WHERE token = ?",
            *(as_json(report).decode(), report.outcome),
            *(unknown, unknown, unknown, report.drop.token),
        )

    def end(self, report: DropReport, place: Place) -> None:
        """Write down the answer, before anything moves."""
        self._set(
            "UPDATE claim SET state = 'ended', report = ?, outcome = ?, run_id = ?, shelf = ?,"
            " day = ?, place = ?, digest = ?, finished_at = ? WHERE token = ?",
            *(as_json(report).decode(), report.outcome, report.run_id),
            *(place.shelf, place.day, place.name),
            *(report.digest, report.finished_at, report.drop.token),
        )

    def moved(self, token: str) -> None:
        """Everything of the claim is in its place."""
        self._set("UPDATE claim SET state = 'moved' WHERE token = ?", token)

    def told(self, token: str) -> None:
        """The listeners know."""
        self._set("UPDATE claim SET state = 'told' WHERE token = ?", token)

    def unsettled(self) -> tuple[Unsettled, ...]:
        """Return the claims that have an answer but are not moved or not told, in order."""
        rows = self._all(
            "SELECT token, name, folder, shelf, day, place, report, state FROM claim"
            " WHERE inbox = ? AND state IN ('ended', 'moved') ORDER BY claimed_at",
            self.inbox,
        )
        return tuple(
            Unsettled(
                claim=Claim(token=row[0], name=row[1]),
                folder=row[2],
                place=Place(shelf=FinalFolder(row[3]), day=row[4], name=row[5]),
                report=_REPORT.validate_json(row[6]),
                is_moved=row[7] == "moved",
            )
            for row in rows
        )

    def open_claims(self) -> tuple[tuple[str, Claim, float, str], ...]:
        """Return (folder, claim, claimed at, why it waits) of the claims without an answer."""
        rows = self._all(
            "SELECT folder, token, name, claimed_at, report FROM claim"
            " WHERE inbox = ? AND state = 'claimed' ORDER BY claimed_at",
            self.inbox,
        )
        return tuple(
            (folder, Claim(token=token, name=name), at, _reason(report))
            for folder, token, name, at, report in rows
        )

    def earlier(self, report: DropReport) -> DropReport | None:
        """Return what became of the same bytes when they were dropped there first."""
        drop = report.drop
        rows = self._all(
            "SELECT report FROM claim WHERE inbox = ? AND folder = ? AND digest = ?"
            " AND token <> ? AND outcome IN (?, ?) ORDER BY finished_at LIMIT 1",
            *(drop.inbox, drop.folder, report.digest, drop.token),
            *(DropOutcome.LOADED, DropOutcome.LOADED_WITH_ERRORS),
        )
        return _REPORT.validate_json(rows[0][0]) if rows else None

    def failed(self, *, limit: int) -> tuple[DropReport, ...]:
        """Return the latest files that failed, newest first."""
        rows = self._all(
            "SELECT report FROM claim WHERE inbox = ? AND outcome = ? AND state <> 'claimed'"
            " ORDER BY finished_at DESC LIMIT ?",
            *(self.inbox, DropOutcome.FAILED, limit),
        )
        return tuple(_REPORT.validate_json(report) for (report,) in rows)

    def finished_at(self, file: str) -> DropReport | None:
        """Return what became of the file that lies there; None if the ledger does not know it."""
        rows = self._all(
            "SELECT report FROM claim WHERE report <> '' AND report ->> '$.file' = ?"
            " ORDER BY finished_at DESC LIMIT 1",
            file,
        )
        return _REPORT.validate_json(rows[0][0]) if rows else None

    def last_success(self, folder: str) -> float | None:
        """Return when a file of that folder was last loaded, wholly or in part."""
        rows = self._all(
            "SELECT max(finished_at) FROM claim WHERE inbox = ? AND folder = ?"
            " AND outcome IN (?, ?, ?)",
            *(self.inbox, folder, DropOutcome.LOADED, DropOutcome.LOADED_WITH_ERRORS),
            DropOutcome.DUPLICATE,
        )
        found = rows[0][0]
        return None if found is None else float(found)

    def trouble(self, trouble: Outage) -> None:
        """Write down why a folder waits."""
        self._set(
            "INSERT OR REPLACE INTO trouble VALUES (?, ?, ?)",
            *(self.inbox, trouble.folder, _TROUBLE.dump_json(trouble).decode()),
        )

    def trouble_is_over(self, folder: str) -> None:
        """The folder waits no more."""
        self._set("DELETE FROM trouble WHERE inbox = ? AND folder = ?", self.inbox, folder)

    def troubles(self) -> tuple[Outage, ...]:
        """Return why folders wait."""
        rows = self._all("SELECT report FROM trouble WHERE inbox = ? ORDER BY folder", self.inbox)
        return tuple(_TROUBLE.validate_json(report) for (report,) in rows)

    def _set(self, statement: str, *values: object) -> None:
        with self.transaction() as sql:
            sql.execute(statement, values)

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with in_words(self.path):
            return self._connection.execute(query, values).fetchall()


def _reason(report: str) -> str:
    return _REPORT.validate_json(report).reason if report else ""


# The file of a ledger: made, opened, and its troubles in our words.
#
# Rules of this file: the rollback journal of SQLite with `synchronous=EXTRA`, so that `loader inbox
# status` may read while a watcher writes, and what is committed survives a power cut.


APPLICATION_ID: Final = 0x464F4C32  # "FOL2"
VERSION: Final = 1
_PATIENCE_SECONDS: Final = 10.0


def connected(path: Path) -> sqlite3.Connection:
    """Open the ledger at `path`, and make it if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = EXTRA")
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new ledger; refuse what is none, or is newer."""
    connection.execute("BEGIN IMMEDIATE")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        for statement in files("loader.inbox").joinpath("ledger.sql").read_text("utf-8").split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    elif application != APPLICATION_ID:
        raise JournalMismatch(f"{path} is not a ledger of this loader: move it aside")
    elif version > VERSION:
        raise JournalMismatch(
            f"the ledger {path} was written by a newer version: install the newer loader"
        )
    connection.execute("COMMIT")


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Raise what SQLite and the system say as a `JournalError` that names the ledger."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise JournalBusy(f"the ledger {path} is in use by another loader") from error
        raise JournalError(
            f"the ledger {path} cannot be used ({error}): check that the disk has room and that"
            " you may write there"
        ) from error
    except sqlite3.DatabaseError as error:
        raise JournalMismatch(
            f"{path} is not a ledger, or is damaged ({error}): move it aside; no row depends on it"
        ) from error
    except OSError as error:
        raise JournalError(
            f"the ledger {path} cannot be used ({error.strerror or error}): check the folder"
        ) from error
