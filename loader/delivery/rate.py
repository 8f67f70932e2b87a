"""The pace of a whole run, requests a second and requests at once, as pure arithmetic.

Rules of this file: no clock (every method takes `now`, monotonic seconds) and no waiting (what
comes back is how long to wait). The hard rate is exact: no window of one second ever holds more
than `max_per_second` requests, because the last ones are remembered. The soft rate is below it:
it halves when the server says "too many", and climbs back while the server says nothing.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

WINDOW_SECONDS: Final = 1.0
_MARGIN_SECONDS: Final = 0.005  # clocks and networks jitter: a window is a little longer
_SHORTEST_SECONDS: Final = 0.0001  # a wait that a clock can show
_SLOWEST: Final = 0.2  # requests a second, however much the server complains
_CALM_SECONDS: Final = 1.0  # one halving per complaint, not per worker that hears it
_CLIMB: Final = 0.1  # of the hard rate, per second without a complaint


@dataclass(slots=True, kw_only=True)
class Lanes:
    """How many requests may be under way at once: additive increase, multiplicative decrease.

    Parallel creates contend with each other on the server (409): fewer lanes, fewer conflicts.
    """

    most: int
    _open: float = field(init=False)
    _narrowed_at: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self._open = float(self.most)

    @property
    def open(self) -> int:
        """How many lanes are open now, at least one."""
        return max(1, int(self._open))

    def narrow(self, now: float) -> None:
        """Hear of a contention: half as many, once per second."""
        if now - self._narrowed_at >= _CALM_SECONDS:
            self._narrowed_at = now
            self._open = max(1.0, self._open / 2)

    def widen(self) -> None:
        """Hear of a success: one more lane for a round of successes."""
        self._open = min(float(self.most), self._open + 1.0 / self._open)


@dataclass(slots=True, kw_only=True)
class Pace:
    """How fast a run may go. `max_per_second` is the hard rate."""

    max_per_second: float
    _rate: float = field(init=False)
    _next: float = field(init=False, default=0.0)
    _paused_until: float = field(init=False, default=0.0)
    asked_seconds: float | None = field(init=False, default=None)  # by the last complaint
    _slowed_at: float = field(init=False, default=float("-inf"))
    _climbed_at: float = field(init=False, default=0.0)
    _sent: deque[float] = field(init=False)

    def __post_init__(self) -> None:
        self._rate = self.max_per_second
        self._sent = deque(maxlen=max(1, int(self.max_per_second)))

    @property
    def rate(self) -> float:
        """The rate that holds now, in requests a second."""
        return self._rate

    def pause_left(self, now: float) -> float:
        """Return how long the server still wants to be left alone."""
        return max(0.0, self._paused_until - now)

    def is_taken(self, now: float) -> bool:
        """Whether whoever asks for a slot now must wait for it."""
        return self._next > now

    def reserve(self, now: float) -> float:
        """Take the next slot and return how long to wait for it, in seconds."""
        self._climb(now)
        slot = max(self._next, now, self._paused_until)
        self._next = slot + 1.0 / self._rate
        return slot - now

    def hold(self, now: float) -> float:
        """Return how much longer to wait before a request may leave; 0 and it counts as sent."""
        if now < self._paused_until:
            return self._paused_until - now
        window = max(WINDOW_SECONDS, 1.0 / self.max_per_second) + _MARGIN_SECONDS
        if len(self._sent) == self._sent.maxlen and now - self._sent[0] < window:
            return max(window - (now - self._sent[0]), _SHORTEST_SECONDS)
        self._sent.append(now)
        return 0.0

    def slow(self, now: float, *, wait_seconds: float | None) -> None:
        """Hear a complaint: pause everyone as long as the server asks, and halve the rate."""
        self.asked_seconds = wait_seconds
        if wait_seconds is not None:
            self._paused_until = max(self._paused_until, now + wait_seconds)
        if now - self._slowed_at >= _CALM_SECONDS:
            self._slowed_at = now
            self._climbed_at = now
            self._rate = max(min(_SLOWEST, self.max_per_second), self._rate / 2)

    def _climb(self, now: float) -> None:
        calm = now - max(self._climbed_at, self._slowed_at + _CALM_SECONDS)
        if calm > 0 and self._rate < self.max_per_second:
            self._rate = min(self.max_per_second, self._rate + calm * _CLIMB * self.max_per_second)
        self._climbed_at = max(self._climbed_at, now)
