"""What the server allows, learned from what it took and what it refused: pure arithmetic.

Rules of this file: no clock (every method takes `now`, monotonic seconds). A refusal tells more
than "slower": just before it the server took as much as it allows. So the rate goes to a little
below what was taken in the last second, is held there, and then probes upward, ever faster. Where
what was taken says little (replies under way, a quota that was used up), the rate falls by a bound
and probes soon. The rate that was set is never passed.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

_CALM_SECONDS: Final = 1.0  # one step down per complaint, not per worker that hears it
_SEEN_SECONDS: Final = 1.02  # what was taken in the last second, though replies jitter
_BELOW: Final = 0.98  # of what was taken: arrivals jitter, too
_BELOW_AGAIN: Final = 0.92  # of a rate that drew a complaint as soon as it held
_SETTLED_SECONDS: Final = 5.0
_LEAST: Final = 0.25  # of the rate: one complaint takes no more
_SLOWEST: Final = 0.5  # requests a second, however much the server complains

_HOLD_SECONDS: Final = 30.0  # before a rate that is known is probed
_HOLD_PAUSES: Final = 20.0  # a probe ends in a pause, which is to cost no more than a twentieth
_LONGEST_HOLD_SECONDS: Final = 120.0
_PROBE_SECONDS: Final = 15.0  # until a probe asks `_PROBE` more, eight times that after twice that
_PROBE: Final = 0.02
_GUESS_HOLD_SECONDS: Final = 2.0
_GUESS_PROBE_SECONDS: Final = 1.5


@dataclass(slots=True, kw_only=True)
class Allowance:
    """The soft rate, at most `most` requests a second."""

    most: float
    _base: float = field(init=False)  # what held after the last complaint
    _since: float = field(init=False, default=float("-inf"))  # when sending went on after it
    _probe_at: float = field(init=False, default=float("-inf"))
    _probe_seconds: float = field(init=False, default=_PROBE_SECONDS)
    _heard_at: float = field(init=False, default=float("-inf"))
    _taken: deque[float] = field(init=False)  # moments of the last second

    def __post_init__(self) -> None:
        self._base = self.most
        self._taken = deque(maxlen=max(1, int(self.most * _SEEN_SECONDS)))

    def rate(self, now: float) -> float:
        """Return the rate that holds now, in requests a second."""
        if self._base >= self.most:
            return self.most
        steps = max(0.0, now - self._probe_at) / self._probe_seconds
        return min(self.most, self._base * (1.0 + _PROBE * steps**3))

    def take(self, now: float) -> None:
        """Hear that the server took a request."""
        self._taken.append(now)

    def refuse(self, now: float, *, paused_until: float) -> bool:
        """Hear a complaint; nothing is sent before `paused_until`. Say whether it is a new one."""
        if now - self._heard_at < _CALM_SECONDS:
            return False
        rate = self.rate(now)
        known = self._known(now, rate)
        self._base = max(known, _LEAST * rate, min(_SLOWEST, self.most))
        self._heard_at, self._since = now, max(now, paused_until)
        self._plan_probe(pause_seconds=self._since - now, is_known=known >= self._base)
        return True

    def _known(self, now: float, rate: float) -> float:
        """Return what the server takes, as far as the last second tells."""
        while self._taken and self._taken[0] <= now - _SEEN_SECONDS:
            self._taken.popleft()
        below = _BELOW if now - self._since >= _SETTLED_SECONDS else _BELOW_AGAIN
        return min(below * rate, _BELOW * len(self._taken))

    def _plan_probe(self, *, pause_seconds: float, is_known: bool) -> None:
        hold = _GUESS_HOLD_SECONDS
        if is_known:
            hold = min(max(_HOLD_SECONDS, _HOLD_PAUSES * pause_seconds), _LONGEST_HOLD_SECONDS)
        self._probe_at = self._since + hold
        self._probe_seconds = _PROBE_SECONDS if is_known else _GUESS_PROBE_SECONDS
