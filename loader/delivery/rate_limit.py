"""How fast a whole run may go, in requests a second and requests at once, as pure arithmetic.

No clock (every method takes `now`, monotonic seconds) and no waiting (what comes back is how long
to wait). The hard rate is exact: a request counts from when it is let go until one second after it
left, however long it took to leave. At most `max_per_second` requests count at a time, so no window
of one second holds more departures. Slots are a little further apart than that: a request that is
slightly late then does not delay the one that is due a second later. Slots within a few
milliseconds are moved to the first of them, so that one wake-up serves them all. The soft rate
(`AdaptiveRate`) is below the hard rate while the server allows less.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from loader.delivery.adaptive_rate import AdaptiveRate, Asked

WINDOW_SECONDS: Final = 1.0
_MARGIN_SECONDS: Final = 0.003  # networks jitter: a request counts a little longer
_LATE_SECONDS: Final = 0.002  # a timer is late by so much as a rule
_SHARED_SECONDS: Final = 0.005  # slots closer than this leave together, and share a commit
_CALM_SECONDS_CONTENTION: Final = 1.0  # one halving per contention, not per worker that meets it


@dataclass(slots=True, kw_only=True)
class ConcurrencyLimit:
    """How many requests may be in flight at once: additive increase, multiplicative decrease.

    Parallel creates contend with each other on the server (409): fewer at once, fewer conflicts.
    """

    most: int
    _open: float = field(init=False)
    _halved_at: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self._open = float(self.most)

    @property
    def open(self) -> int:
        """How many requests may be in flight now, at least one."""
        return max(1, int(self._open))

    def record_contention(self, now: float) -> None:
        """Allow half as many at once, at most once a second."""
        if now - self._halved_at >= _CALM_SECONDS_CONTENTION:
            self._halved_at = now
            self._open = max(1.0, self._open / 2)

    def record_success(self) -> None:
        """Allow one more at once for each round of successes."""
        self._open = min(float(self.most), self._open + 1.0 / self._open)


class SoftRate(Protocol):
    """What is learned of the server: `AdaptiveRate`, and what it is compared with."""

    def rate(self, now: float) -> float:
        """Return the rate that holds now."""

    def closed_seconds(self, now: float) -> float:
        """Return for how long the server has taken nothing."""

    def take(self, now: float) -> bool:
        """Note that the server took a request; return whether the rate changes at once."""

    def refuse(self, now: float, *, wait_seconds: float | None, chance: float) -> Asked:
        """Note a refusal."""


class Slot(NamedTuple):
    """When a request may leave; `steps` counts the steps down of the rate before it was given."""

    at: float
    steps: int


@dataclass(slots=True, kw_only=True)
class RateLimiter:
    """How fast a run may go. `max_per_second` is the hard rate."""

    max_per_second: float
    soft: SoftRate | None = None  # None: an AdaptiveRate
    _soft: SoftRate = field(init=False)
    _next: float = field(init=False, default=0.0)
    _paused_until: float = field(init=False, default=0.0)
    asked_seconds: float | None = field(init=False, default=None)  # by the last refusal that pauses
    _steps: int = field(init=False, default=0)
    _most: int = field(init=False)  # that count at a time
    _counts_seconds: float = field(init=False)  # from when a request left
    _leaving: int = field(init=False, default=0)  # let go, and not yet reported as sent
    _left: deque[float] = field(init=False, default_factory=deque)  # when those left that count

    def __post_init__(self) -> None:
        self._soft = self.soft or AdaptiveRate(most=self.max_per_second)
        self._most = max(1, int(self.max_per_second))
        self._counts_seconds = max(WINDOW_SECONDS, 1.0 / self.max_per_second) + _MARGIN_SECONDS

    def rate(self, now: float) -> float:
        """Return the rate that holds now, in requests a second."""
        return self._soft.rate(now)

    def pause_left(self, now: float) -> float:
        """Return for how many seconds the server still wants no request."""
        return max(0.0, self._paused_until - now)

    def closed_seconds(self, now: float) -> float:
        """Return for how long the server has taken nothing at all; 0 where it takes some."""
        return self._soft.closed_seconds(now)

    def is_taken(self, now: float) -> bool:
        """Whether whoever asks for a slot now must wait for it."""
        return self._next > now

    def reserve(self, now: float) -> Slot:
        """Take the next slot."""
        at = max(self._next, now, self._paused_until)
        closest = (self._counts_seconds + _LATE_SECONDS) / self._most
        apart = max(closest, 1.0 / self.rate(now))
        self._next = at + apart
        if apart < _SHARED_SECONDS:
            at = max(at - at % _SHARED_SECONDS, now, self._paused_until)
        return Slot(at, self._steps)

    def try_depart(self, now: float, slot: Slot) -> Slot:
        """Return the slot to wait for; if it is due now, the request is let go.

        Whoever is let go says so when it `departed`. A slot in a pause, or from before a step down,
        is void, and another is taken: those who waited do not leave as one, nor at the old rate.
        """
        if slot.steps != self._steps or slot.at < self._paused_until:
            slot = self.reserve(now)
        at = max(slot.at, self._free_at(now))
        if at <= now:
            self._leaving += 1
        return Slot(at, slot.steps)

    def departed(self, now: float) -> None:
        """Note that a request that was let go has left, or never will."""
        self._leaving -= 1
        self._left.append(now)

    def _free_at(self, now: float) -> float:
        """Return the earliest moment at which one less than the most can count."""
        while self._left and self._left[0] + self._counts_seconds <= now:
            self._left.popleft()
        if self._leaving + len(self._left) < self._most:
            return now
        return (self._left[0] if self._left else now) + self._counts_seconds

    def accepted(self, now: float) -> None:
        """Note that the server took a request."""
        if self._soft.take(now):
            self._void_slots(now)

    def refused(self, now: float, *, wait_seconds: float | None, chance: float = 0.5) -> None:
        """Note a refusal, which may say when to come back. `chance` is random, in [0, 1)."""
        asked = self._soft.refuse(now, wait_seconds=wait_seconds, chance=chance)
        if asked.pauses and wait_seconds is not None:
            self.asked_seconds = wait_seconds
            self._paused_until = max(self._paused_until, now + wait_seconds)
        if asked.changes_rate:
            self._void_slots(now)

    def _void_slots(self, now: float) -> None:
        """Make every slot from before void."""
        self._steps += 1
        self._next = now
