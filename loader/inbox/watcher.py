"""The loop over the folders of an inbox: list, claim, load, repeat.

One file at a time, from each folder in turn; claimed files go before new ones. A folder that cannot
be used is reported and tried again after a pause that doubles; other folders do not wait for it.
Pauses are measured by a monotonic clock.
"""

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
from loader.inbox.folder import DropFolder
from loader.inbox.ledger import Ledger
from loader.inbox.load_file import Handled, Loading, Watched
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
    """A load was asked to stop, and did: the watcher ends, the file stays claimed."""


@dataclass(slots=True, kw_only=True)
class _State:
    """What the watcher remembers of one folder."""

    watched: Watched
    stability: Stability
    settled: bool = False  # what an earlier watcher left is in its place
    trouble: Outage | None = None
    pauses: int = 0
    again_at: float = 0.0
    waits: dict[str, tuple[float, int]] = field(default_factory=dict)  # token -> (until, pauses)
    said: set[tuple[str, str]] = field(default_factory=set)
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
        watched: Sequence[Watched],
        *,
        inbox: str,
        settings: InboxSettings,
        ledger: Ledger,
        loading: Loading,
        listener: InboxListener,
        clocks: Clocks,
        wake: Wake,
    ) -> None:
        self._inbox = inbox
        self._settings = settings
        self._ledger = ledger
        self._loading = loading
        self._listener = listener
        self._clocks = clocks
        self._wake = wake
        self._ended: set[ExitCode] = set()
        self._states = [
            _State(watched=each, stability=Stability(settle_seconds=each.rules.settle_seconds))
            for each in watched
        ]

    def run(self) -> None:
        """Watch until interrupted."""
        while True:
            if not self.round():
                self._listener(Idle(folders=self._statuses()))
                self._wake.wait(self._pause())

    def run_once(self) -> ExitCode:
        """Load what is claimed and what is whole, and say how that went."""
        self._rounds()
        if any(state.stability.next_at() is not None for state in self._states):
            self._wake_when_settled()
            self._rounds()
        self._listener(Idle(folders=self._statuses()))
        for code in (ExitCode.JOURNAL, ExitCode.TARGET, ExitCode.USAGE):
            if code in self._ended:
                return code
        return max(self._ended, default=ExitCode.OK)

    def round(self) -> bool:
        """Visit every folder once; say whether any file was worked on."""
        worked = [self._visit(state) for state in self._states]
        return any(worked)

    def _rounds(self) -> None:
        while self.round():
            pass

    def _wake_when_settled(self) -> None:
        settle = max(state.watched.rules.settle_seconds for state in self._states)
        until = self._clocks.monotonic() + settle
        while (rest := until - self._clocks.monotonic()) > 0:
            self._wake.wait(rest)

    def _visit(self, state: _State) -> bool:
        """Look at a folder, and work on one of its files unless the folder waits."""
        paused = self._clocks.monotonic() < state.again_at
        try:
            if not state.settled or self._ledger.is_shared:
                self._take_up(state)
            claims, look = self._look(state)
            return not paused and self._work(state, claims, look)
        except (OSError, LoaderError) as error:
            if self._ledger.is_lost:
                raise
            if not paused:
                self._wait_for(state, trouble_of(error) or TroubleKind.FOLDER, str(error))
            return False

    def _take_up(self, state: _State) -> None:
        """Bring to its end what an earlier watcher left."""
        folder = state.watched.folder
        self._loading.settle(folder)
        if state.settled:
            return
        troubles = (each for each in self._ledger.troubles() if each.folder == folder.name)
        state.trouble = next(troubles, None)
        state.settled = True

    def _look(self, state: _State) -> tuple[Sequence[Claim], Listing]:
        folder = state.watched.folder
        claims, look = self._ledger.claims_in(folder), folder.look()
        for each in look.ignored:
            if (each.name, each.reason) not in state.said:
                state.said.add((each.name, each.reason))
                self._listener(FileIgnored(folder=folder.name, what=each))
        state.stability.see(look.candidates, now=self._clocks.monotonic())
        state.status = self._status(state, claims, look)
        return claims, look

    def _work(self, state: _State, claims: Sequence[Claim], look: Listing) -> bool:
        """Work on one file: a claimed one that is due, else a new one that is whole."""
        now = self._clocks.monotonic()
        due = [
            each
            for each in claims
            if state.waits.get(each.token, (0.0, 0))[0] <= now
            and self._ledger.hold(state.watched.folder.name, _name_of(each.name))
        ]
        claim = due[0] if due else self._claim(state, look, now)
        if claim is None:
            if not claims:
                self._recover(state)
            return False
        self._handle(state, claim)
        return True

    def _claim(self, state: _State, look: Listing, now: float) -> Claim | None:
        for candidate in _ordered(look.candidates, by=state.watched.rules.order):
            if self._is_whole(state, candidate, now):
                claim = self._claimed(state.watched.folder, candidate)
                if claim is not None:
                    return claim
        return None

    def _claimed(self, folder: DropFolder, candidate: Candidate) -> Claim | None:
        """Claim a file, under the claim that a dead watcher may have left; None for another's."""
        ledger, name = self._ledger, _name_of(candidate.name)
        if not ledger.hold(folder.name, name):
            return None
        left = ledger.left_open(folder.name, name=candidate.name) if ledger.is_shared else []
        token = left[0].token if left else new_token(self._clocks.now())
        claim = None
        try:
            if ledger.hold(folder.name, token):
                claim = folder.claim(candidate, token=token)
        finally:
            if claim is None:
                ledger.let_go(folder.name, token, name)
        return claim

    def _is_whole(self, state: _State, candidate: Candidate, now: float) -> bool:
        match state.watched.rules.taken_when:
            case "settled" if not state.stability.is_stable(candidate, now=now):
                return False
            case "marker" if not candidate.is_marked:
                return False
        return not state.watched.folder.is_being_written(candidate)

    def _handle(self, state: _State, claim: Claim) -> None:
        handled = self._loading.handle(state.watched, claim)
        verdict = handled.verdict
        self._ended.add(_code_of(handled))
        if verdict.interrupted:
            raise Interrupted
        if verdict.trouble is not None:
            self._wait_for(state, verdict.trouble, verdict.reason)
            return
        self._recover(state)
        if verdict.outcome is not DropOutcome.WAITING:
            state.waits.pop(claim.token, None)
            self._ledger.let_go(state.watched.folder.name, claim.token, _name_of(claim.name))
            return
        pauses = state.waits.get(claim.token, (0.0, 0))[1]
        until = self._clocks.monotonic() + self._retry_pause(pauses)
        state.waits[claim.token] = (until, pauses + 1)

    def _wait_for(self, state: _State, kind: TroubleKind, message: str) -> None:
        pause = self._retry_pause(state.pauses)
        state.pauses += 1
        state.again_at = self._clocks.monotonic() + pause
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
            self._ledger.trouble(state.trouble)

    def _recover(self, state: _State) -> None:
        if state.trouble is not None:
            self._ledger.trouble_is_over(state.watched.folder.name)
            self._listener(FolderRecovered(outage=state.trouble))
        state.trouble, state.pauses = None, 0

    def _retry_pause(self, pauses: int) -> float:
        longest = self._settings.longest_retry_seconds
        return min(longest, self._settings.retry_seconds * 2.0 ** min(pauses, 30))

    def _pause(self) -> float:
        """How long until something may be due."""
        now = self._clocks.monotonic()
        times = [state.again_at for state in self._states if state.again_at > now]
        for state in self._states:
            times += [until for until, _ in state.waits.values() if until > now]
            settled_at = state.stability.next_at()
            times += [settled_at] if settled_at is not None and settled_at > now else []
        soonest = min(times, default=now + self._settings.scan_seconds)
        return max(_SHORTEST_PAUSE, min(self._settings.scan_seconds, soonest - now))

    def _status(self, state: _State, claims: Sequence[Claim], look: Listing) -> FolderStatus:
        tokens = {claim.token for claim in claims}
        since = [each.dropped_at for each in look.candidates]
        if tokens:
            since += [at for _, claim, at, _ in self._ledger.open_claims() if claim.token in tokens]
        return FolderStatus(
            inbox=self._inbox,
            folder=state.watched.folder.name,
            waiting=len(look.candidates) + len(claims),
            oldest_at=min(since, default=None),
            looked_at=self._clocks.now(),
        )

    def _statuses(self) -> tuple[FolderStatus, ...]:
        return tuple(state.status for state in self._states if state.status is not None)


def _name_of(file: str) -> str:
    """Return what is held of the name of a file, so that two of one name go one after the other."""
    return f"name {file}"


def _ordered(candidates: Sequence[Candidate], *, by: str) -> list[Candidate]:
    if by == "time":
        return sorted(candidates, key=lambda each: (each.dropped_at, each.name))
    return sorted(candidates, key=lambda each: each.name)


def _code_of(handled: Handled) -> ExitCode:
    match handled.report.outcome:
        case DropOutcome.LOADED | DropOutcome.DUPLICATE:
            return ExitCode.OK
        case DropOutcome.WAITING:
            return ExitCode.UNFINISHED
        case _:
            return ExitCode.ROWS_FAILED
