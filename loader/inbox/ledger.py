"""The ledger of an inbox: every claim and what became of it, kept in the journal.

    claimed   taken, worked on or waiting
    ended     outcome and place are decided; files may still have to move
    moved     everything is in its place; listeners may still have to be notified
    told      listeners were notified; nothing is left to do

`told` is the stored name, which stays. The ledger is in the journal of the inbox's own settings,
also where folders load into other journals.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pydantic import TypeAdapter

from loader.inbox.drops import (
    Claim,
    Drop,
    DropOutcome,
    DropReport,
    FinalFolder,
    Outage,
    Place,
)
from loader.inbox.folder import DropFolder
from loader.journal import Journal, JournalPlace, open_journal, read_journal
from loader.journal.records import ClaimRecord

_REPORT: Final = TypeAdapter(DropReport)
_OUTAGE: Final = TypeAdapter(Outage)
_LOADED: Final = (DropOutcome.LOADED, DropOutcome.LOADED_WITH_ERRORS)


def as_json(report: DropReport, *, indent: int | None = 2) -> bytes:
    """Write a report as in *.summary.json."""
    return _REPORT.dump_json(report, indent=indent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Work on a claim that begins, with what the ledger counted before."""

    drop: Drop
    attempts: int
    crashes: int  # of the loader, over this file
    looks: int  # look-ups of its unknown rows that settled none of them
    unknown: int  # how many rows those look-ups were about


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A claim with an outcome that is not moved or not notified yet."""

    claim: Claim
    folder: str
    place: Place
    report: DropReport
    is_moved: bool


class Ledger:
    """The ledger of one inbox. `clock` gives UTC seconds since the epoch."""

    def __init__(self, journal: Journal, *, inbox: str, clock: Callable[[], float]) -> None:
        self._journal = journal
        self._claims = journal.claims
        self._beating = ExitStack()
        self.inbox = inbox
        self.clock = clock

    @classmethod
    def open(cls, place: JournalPlace, *, inbox: str, clock: Callable[[], float]) -> Self:
        """Open the ledger in the journal at `place`, and make that if need be."""
        journal = open_journal(place, clock=clock)
        before = _before_format_4(place)
        try:
            if before is not None:
                journal.claims.import_ledger(before)
        except BaseException:
            journal.close()
            raise
        return cls(journal, inbox=inbox, clock=clock)

    @classmethod
    def read(cls, place: JournalPlace, *, inbox: str, clock: Callable[[], float]) -> Self:
        """Open the ledger for reading only, while a watcher works."""
        is_new = isinstance(place, Path) and not place.exists()
        if is_new or _before_format_4(place) is not None:
            return cls.open(place, inbox=inbox, clock=clock)
        return cls(read_journal(place, clock=clock), inbox=inbox, clock=clock)

    def __enter__(self) -> Self:
        self._beating.enter_context(self._claims.watching())
        return self

    def __exit__(self, *_: object) -> None:
        self._beating.close()
        self._journal.close()

    @property
    def is_shared(self) -> bool:
        """Whether other watchers may use the same inbox."""
        return self._claims.are_shared

    @property
    def is_lost(self) -> bool:
        """Whether this watcher lost all that it held, and must open the ledger again."""
        return self._claims.are_lost

    def hold(self, folder: str, what: str) -> bool:
        """Hold a claim, or the name of a file, unless another watcher does."""
        return self._claims.hold(f"{self.inbox}\n{folder}\n{what}")

    def release(self, folder: str, *what: str) -> None:
        """Release what `hold` took."""
        for each in what:
            self._claims.release(f"{self.inbox}\n{folder}\n{each}")

    def claims_in(self, folder: DropFolder) -> Sequence[Claim]:
        """Hold, and list, the claims of a folder that no other watcher holds."""
        asked: set[str] = set()

        def is_ours(token: str) -> bool:
            asked.add(token)
            return self.hold(folder.name, token)

        claims = folder.claims(is_ours)
        self.release(folder.name, *asked.difference(claim.token for claim in claims))
        return claims

    def hold_abandoned(self, folder: str, *, name: str = "") -> list[Claim]:
        """Hold, and return, unfinished claims that no other watcher works on."""
        held = {
            claim.token
            for each, claim, _, _ in self.open_claims()
            if each == folder and name in ("", claim.name) and self.hold(folder, claim.token)
        }
        # Read again: a claim that another watcher had may have been brought to its end just now.
        return [claim for _, claim, _, _ in self.open_claims() if claim.token in held]

    def strangers_in(self, folder: DropFolder) -> Sequence[str]:
        """Return the tokens of claims in a folder that are not finished, nor of this inbox.

        Nothing is held or changed.
        """
        asked: set[str] = set()

        def only_ask(token: str) -> bool:
            asked.add(token)
            return False

        folder.claims(only_ask)
        mine = {claim.token for _, claim, _, _ in self.open_claims()}
        mine |= {each.token for each in self._unsettled(folder.name)}
        finished = {"moved", "told"}
        return sorted(
            token for token in asked - mine if self._claims.state_of(token) not in finished
        )

    def is_unfinished(self, token: str) -> bool:
        """Say whether work on a claim has begun, and something of it is left to do."""
        return self._claims.state_of(token) in {"claimed", "ended"}

    def reopen(self, token: str) -> None:
        """Work on a claim again: the results of its dead watcher are lost with its machine."""
        self._claims.set_state(token, "claimed")

    def begin(self, claim: Claim, *, folder: str) -> Attempt:
        """Record that work on a claim begins (again)."""
        counts = self._claims.begin(claim.token, inbox=self.inbox, folder=folder, name=claim.name)
        return Attempt(
            drop=Drop(
                inbox=self.inbox,
                folder=folder,
                name=claim.name,
                token=claim.token,
                claimed_at=counts.claimed_at,
            ),
            attempts=counts.attempts,
            crashes=counts.crashes,
            looks=counts.looks,
            unknown=counts.unknown,
        )

    def reset_crashes(self, token: str) -> None:
        """Forget earlier crashes: the loader got as far as sending, or as an outcome."""
        self._claims.reset_crashes(token)

    def count_unexpected(self, token: str) -> int:
        """Count an unexpected exception in the work on a claim; return how many there were."""
        return self._claims.count_exception(token)

    def wait(self, report: DropReport) -> None:
        """Record why a claimed file waits."""
        self._claims.wait(
            report.drop.token,
            report=as_json(report).decode(),
            outcome=report.outcome,
            unknown=report.counts.unknown,
        )

    def end(self, report: DropReport, place: Place) -> None:
        """Record the outcome and the place, before any file is moved."""
        claim = ClaimRecord(
            token=report.drop.token,
            folder=report.drop.folder,
            name=report.drop.name,
            claimed_at=report.drop.claimed_at,
            shelf=place.folder,
            day=place.day,
            place=place.name,
            report=as_json(report).decode(),
        )
        self._claims.end(
            claim,
            outcome=report.outcome,
            run_id=report.run_id,
            digest=report.digest,
            at=report.finished_at,
        )

    def mark_moved(self, token: str) -> None:
        """Record that the files of a claim are in their place."""
        self._claims.set_state(token, "moved")

    def mark_notified(self, token: str) -> None:
        """Record that the listeners were notified: nothing is left to do."""
        self._claims.set_state(token, "told")

    def unsettled(self, folder: str) -> tuple[Unsettled, ...]:
        """Return the claims with an answer that are not moved or not notified, and hold them.

        Those that another watcher works on are left out.
        """
        held = {one.token for one in self._unsettled(folder) if self.hold(folder, one.token)}
        return tuple(
            Unsettled(
                claim=Claim(token=each.token, name=each.name),
                folder=each.folder,
                place=Place(folder=FinalFolder(each.shelf), day=each.day, name=each.place),
                report=_REPORT.validate_json(each.report),
                is_moved=each.state == "moved",
            )
            for each in self._unsettled(folder)  # read again, as above
            if each.token in held
        )

    def _unsettled(self, folder: str) -> list[ClaimRecord]:
        return [each for each in self._claims.unsettled(self.inbox) if each.folder == folder]

    def open_claims(self) -> tuple[tuple[str, Claim, float, DropReport | None], ...]:
        """Return (folder, claim, claimed at, why it waits) of the claims without an answer.

        The last is a report; None where it does not wait.
        """
        return tuple(
            (
                each.folder,
                Claim(token=each.token, name=each.name),
                each.claimed_at,
                _REPORT.validate_json(each.report) if each.report else None,
            )
            for each in self._claims.open(self.inbox)
        )

    def earlier_report(self, report: DropReport) -> DropReport | None:
        """Return the report of the first drop of the same bytes in that folder, loaded alike."""
        drop = report.drop
        found = self._claims.earlier(
            drop.token,
            inbox=drop.inbox,
            folder=drop.folder,
            digest=report.digest,
            run_id=report.run_id,
            outcomes=_LOADED,
        )
        return None if found is None else _REPORT.validate_json(found)

    def failed(self, *, limit: int) -> tuple[DropReport, ...]:
        """Return the latest files that failed, newest first."""
        found = self._claims.latest(self.inbox, outcome=DropOutcome.FAILED, limit=limit)
        return tuple(map(_REPORT.validate_json, found))

    def report_of_file(self, file: str) -> DropReport | None:
        """Return the report of a finished file by its path; None if the ledger has none."""
        found = self._claims.of_file(file)
        return None if found is None else _REPORT.validate_json(found)

    def last_success(self, folder: str) -> float | None:
        """Return when a file of that folder was last loaded, completely or in part."""
        outcomes = (*_LOADED, DropOutcome.DUPLICATE)
        return self._claims.latest_end(self.inbox, folder=folder, outcomes=outcomes)

    def record_outage(self, trouble: Outage) -> None:
        """Record why a folder waits."""
        report = _OUTAGE.dump_json(trouble).decode()
        self._claims.set_outage(self.inbox, folder=trouble.folder, report=report)

    def end_outage(self, folder: str) -> None:
        """Record that the folder no longer waits."""
        self._claims.end_outage(self.inbox, folder=folder)

    def outages(self) -> tuple[Outage, ...]:
        """Return why folders wait."""
        return tuple(map(_OUTAGE.validate_json, self._claims.outages(self.inbox)))


def _before_format_4(journal: JournalPlace) -> Path | None:
    """Return the ledger that inboxes had before the journal had its tables, if it is there."""
    if not isinstance(journal, Path):
        return None
    ledger = journal.with_name(f"{journal.stem}.inbox.sqlite3")
    return ledger if ledger.exists() else None
