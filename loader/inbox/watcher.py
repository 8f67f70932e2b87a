"""The loop over the folders of an inbox: list, claim, load, repeat.

One file at a time, from each folder in turn; claimed files go before new ones. A folder that cannot
be used is reported and tried again after a pause that doubles; other folders do not wait for it.
Pauses are measured by a monotonic clock.
"""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from loader.errors import ExitCode, LoaderError
from loader.inbox.drops import (
    Candidate,
    Claim,
    DropOutcome,
    FolderStatus,
    Listing,
    Outage,
    TroubleKind,
)
from loader.inbox.events import FileIgnored, FolderRecovered, FolderWaits, Idle, InboxListener
from loader.inbox.file_names import new_token
from loader.inbox.file_outcome import trouble_of
from loader.inbox.folder import OF_ONE_FILE, DropFolder
from loader.inbox.ledger import Ledger
from loader.inbox.load_file import FileLoader, HandledClaim, WatchedFolder, may_claim_again
from loader.inbox.refused_files import RefusedFiles
from loader.inbox.stability import Stability
from loader.inbox.wake import Wake
from loader.settings.inbox import InboxSettings

_SHORTEST_PAUSE: Final = 0.02
_EXIT_CODES: Final = {
    TroubleKind.JOURNAL: ExitCode.JOURNAL,
    TroubleKind.API: ExitCode.TARGET,
    TroubleKind.FOLDER: ExitCode.USAGE,
    TroubleKind.SETTINGS: ExitCode.USAGE,
}


class Interrupted(Exception):
    """A load was stopped: the watcher ends, the file stays claimed."""


@dataclass(slots=True, kw_only=True)
class _State:
    """The state of one folder."""

    watched: WatchedFolder
    stability: Stability
    refused: RefusedFiles
    settled: bool = False  # what an earlier watcher left is finished
    trouble: Outage | None = None
    pauses: int = 0
    again_at: float = 0.0
    waits: dict[str, tuple[float, int]] = field(default_factory=dict)  # token -> (until, pauses)
    reported: set[tuple[str, str]] = field(default_factory=set)
    status: FolderStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The two clocks: UTC seconds since the epoch, and seconds that only grow."""

    now: Callable[[], float]
    monotonic: Callable[[], float]


class Watcher:
    """Watches the folders of one inbox; the caller holds its lock."""

    def __init__(
        self,
        watched: Sequence[WatchedFolder],
        *,
        inbox: str,
        settings: InboxSettings,
        ledger: Ledger,
        file_loader: FileLoader,
        listener: InboxListener,
        clocks: Clocks,
        wake: Wake,
    ) -> None:
        self._inbox = inbox
        self._settings = settings
        self._ledger = ledger
        self._file_loader = file_loader
        self._listener = listener
        self._clocks = clocks
        self._wake = wake
        self._ended: set[ExitCode] = set()
        self._is_once = False  # no file is tried again
        self._states = [
            _State(
                watched=each,
                stability=Stability(settle_seconds=each.rules.settle_seconds),
                refused=RefusedFiles(retry_pause=self._retry_pause),
            )
            for each in watched
        ]

    def run(self) -> None:
        """Watch until interrupted."""
        while True:
            if not self.round():
                self._listener(Idle(folders=self._statuses()))
                self._wake.wait(self._pause())

    def run_once(self) -> ExitCode:
        """Load all claimed and all complete files; return the exit code."""
        self._is_once = True
        self._run_until_idle()
        if any(state.stability.next_settled_at() is not None for state in self._states):
            self._wait_until_settled()
            self._run_until_idle()
        self._listener(Idle(folders=self._statuses()))
        for code in (ExitCode.JOURNAL, ExitCode.TARGET, ExitCode.USAGE):
            if code in self._ended:
                return code
        return max(self._ended, default=ExitCode.OK)

    def round(self) -> bool:
        """Visit every folder once; return whether any file was worked on."""
        worked = [self._visit(state) for state in self._states]
        return any(worked)

    def _run_until_idle(self) -> None:
        while self.round():
            pass

    def _wait_until_settled(self) -> None:
        settle = max(state.watched.rules.settle_seconds for state in self._states)
        until = self._clocks.monotonic() + settle
        while (rest := until - self._clocks.monotonic()) > 0:
            self._wake.wait(rest)

    def _visit(self, state: _State) -> bool:
        """List a folder, and load one of its files unless the folder waits."""
        paused = self._clocks.monotonic() < state.again_at
        try:
            if not state.settled or self._ledger.is_shared:
                self._settle_earlier(state)
            claims, listing = self._list_folder(state)
            return not paused and self._load_one(state, claims, listing)
        except (OSError, LoaderError) as error:
            if self._ledger.is_lost:
                raise
            if not paused:
                self._suspend(state, trouble_of(error) or TroubleKind.FOLDER, str(error))
            return False

    def _settle_earlier(self, state: _State) -> None:
        """Finish what an earlier watcher left, and read why the folder waits."""
        folder = state.watched.folder
        self._file_loader.settle(folder)
        if state.settled:
            return
        troubles = (each for each in self._ledger.outages() if each.folder == folder.name)
        state.trouble = next(troubles, None)
        state.settled = True

    def _list_folder(self, state: _State) -> tuple[Sequence[Claim], Listing]:
        folder = state.watched.folder
        claims, listing = self._ledger.claims_in(folder), folder.list_files()
        for each in listing.ignored:
            if (each.name, each.reason) not in state.reported:
                state.reported.add((each.name, each.reason))
                self._listener(FileIgnored(folder=folder.name, what=each))
        state.refused.begin_look(listing.candidates)
        state.stability.record(listing.candidates, now=self._clocks.monotonic())
        state.status = self._status(state, claims, listing)
        return claims, listing

    def _load_one(self, state: _State, claims: Sequence[Claim], listing: Listing) -> bool:
        """Load one file: a claimed one that is due, else a new one that is complete."""
        now = -math.inf if self._is_once else self._clocks.monotonic()
        due = [
            each
            for each in claims
            if state.waits.get(each.token, (-math.inf, 0))[0] <= now
            and self._ledger.hold(state.watched.folder.name, _name_hold(each.name))
        ]
        claim = due[0] if due else self._claim(state, claims, listing, now)
        if claim is None:
            if not claims or state.refused.has_news:
                self._recover(state)
            return False
        self._handle(state, claim)
        return True

    def _claim(
        self, state: _State, claims: Sequence[Claim], listing: Listing, now: float
    ) -> Claim | None:
        ordered = _ordered(listing.candidates, by=state.watched.rules.order)
        for candidate in state.refused.move_back(ordered):
            if not state.refused.waits(candidate, now=now) and self._is_whole(state, candidate):
                try:
                    claim = self._try_claim(state.watched.folder, candidate, claims)
                except OF_ONE_FILE as error:
                    at = self._clocks.monotonic()
                    state.refused.add(candidate, error, now=at, is_once=self._is_once)
                    continue
                state.refused.forget(candidate)
                if claim is not None:
                    return claim
        return None

    def _try_claim(
        self, folder: DropFolder, candidate: Candidate, claims: Sequence[Claim]
    ) -> Claim | None:
        """Claim a file, or take over the claim of a dead watcher; None if another holds it."""
        ledger, name = self._ledger, _name_hold(candidate.name)
        if not ledger.hold(folder.name, name):
            return None
        left = [
            each
            for each in ledger.hold_abandoned(folder.name, name=candidate.name)
            if each not in claims and may_claim_again(folder, each, is_shared=ledger.is_shared)
        ]
        token = left[0].token if left else new_token(self._clocks.now())
        claim = None
        try:
            if ledger.hold(folder.name, token):
                claim = folder.claim(candidate, token=token)
        finally:
            if claim is None:
                ledger.release(folder.name, token, name)
        return claim

    def _is_whole(self, state: _State, candidate: Candidate) -> bool:
        now = self._clocks.monotonic()
        match state.watched.rules.taken_when:
            case "settled" if not state.stability.is_stable(candidate, now=now):
                return False
            case "marker" if not candidate.is_marked:
                return False
        return not state.watched.folder.is_being_written(candidate)

    def _handle(self, state: _State, claim: Claim) -> None:
        handled = self._file_loader.handle(state.watched, claim)
        verdict = handled.verdict
        self._ended.add(_exit_code(handled))
        if verdict.interrupted:
            raise Interrupted
        if verdict.trouble is not None:
            self._suspend(state, verdict.trouble, verdict.reason)
            return
        self._recover(state)
        if verdict.outcome is not DropOutcome.WAITING:
            state.waits.pop(claim.token, None)
            self._ledger.release(state.watched.folder.name, claim.token, _name_hold(claim.name))
            return
        pauses = state.waits.get(claim.token, (0.0, 0))[1]
        until = self._clocks.monotonic() + self._retry_pause(pauses)
        state.waits[claim.token] = (until, pauses + 1)

    def _suspend(self, state: _State, kind: TroubleKind, message: str) -> None:
        pause = self._retry_pause(state.pauses)
        state.pauses += 1
        state.again_at = self._clocks.monotonic() + pause
        self._report_trouble(state, kind, message, pause=pause)

    def _report_trouble(
        self, state: _State, kind: TroubleKind, message: str, *, pause: float
    ) -> None:
        self._ended.add(_EXIT_CODES[kind])
        now = self._clocks.now()
        same = state.trouble is not None and state.trouble.kind is kind
        state.trouble = Outage(
            inbox=self._inbox,
            folder=state.watched.folder.name,
            kind=kind,
            message=message,
            since=state.trouble.since if same and state.trouble else now,
            again_at=now + pause,
        )
        self._listener(FolderWaits(outage=state.trouble))
        with suppress(LoaderError):  # the ledger itself may be what cannot be used
            self._ledger.record_outage(state.trouble)

    def _recover(self, state: _State) -> None:
        state.pauses = 0
        if state.refused:
            reason = state.refused.describe()
            if state.refused.has_news or state.trouble is None or state.trouble.message != reason:
                state.refused.has_news = False
                pause = max(0.0, min(state.refused.times()) - self._clocks.monotonic())
                self._report_trouble(state, TroubleKind.FOLDER, reason, pause=pause)
        elif state.trouble is not None:
            self._ledger.end_outage(state.watched.folder.name)
            self._listener(FolderRecovered(outage=state.trouble))
            state.trouble = None

    def _retry_pause(self, pauses: int) -> float:
        longest = self._settings.longest_retry_seconds
        return min(longest, self._settings.retry_seconds * 2.0 ** min(pauses, 30))

    def _pause(self) -> float:
        """Return the seconds until something may be due."""
        now = self._clocks.monotonic()
        times = [state.again_at for state in self._states if state.again_at > now]
        for state in self._states:
            times += [until for until, _ in state.waits.values() if until > now]
            times += [until for until in state.refused.times() if until > now]
            settled_at = state.stability.next_settled_at()
            times += [settled_at] if settled_at is not None and settled_at > now else []
        soonest = min(times, default=now + self._settings.scan_seconds)
        return max(_SHORTEST_PAUSE, min(self._settings.scan_seconds, soonest - now))

    def _status(self, state: _State, claims: Sequence[Claim], listing: Listing) -> FolderStatus:
        tokens = {claim.token for claim in claims}
        since = [each.dropped_at for each in listing.candidates]
        if tokens:
            since += [at for _, claim, at, _ in self._ledger.open_claims() if claim.token in tokens]
        return FolderStatus(
            inbox=self._inbox,
            folder=state.watched.folder.name,
            waiting=len(listing.candidates) + len(claims),
            oldest_at=min(since, default=None),
            looked_at=self._clocks.now(),
        )

    def _statuses(self) -> tuple[FolderStatus, ...]:
        return tuple(state.status for state in self._states if state.status is not None)


def _name_hold(file: str) -> str:
    """Return the key to hold for a file name, so that two of one name are not loaded at once."""
    return f"name {file}"


def _ordered(candidates: Sequence[Candidate], *, by: str) -> list[Candidate]:
    if by == "time":
        return sorted(candidates, key=lambda each: (each.dropped_at, each.name))
    return sorted(candidates, key=lambda each: each.name)


def _exit_code(handled: HandledClaim) -> ExitCode:
    match handled.report.outcome:
        case DropOutcome.LOADED | DropOutcome.DUPLICATE:
            return ExitCode.OK
        case DropOutcome.WAITING:
            return ExitCode.UNFINISHED
        case _:
            return ExitCode.ROWS_FAILED
