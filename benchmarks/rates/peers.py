"""Two well-known rules for the rate, after their published descriptions.

* AIMD (Chiu and Jain 1989): add a constant, here a twentieth of the set rate, each second; halve
  at a refusal, at most once a second.
* Cubic, as AWS's SDKs do it in their "adaptive" retry mode (RFC 8312 with beta 0.7 and a constant
  of 0.4): after a refusal 70 % of the rate that was measured, then along a cubic curve back to it
  and beyond; never more than twice what was measured.

Both let only the refused request wait for a `Retry-After`, as the SDKs do.
"""

from dataclasses import dataclass, field
from math import floor, inf

from loader.delivery.adaptive_rate import Asked

SLOWEST = 0.5
CHANGED = Asked(changes_rate=True)


@dataclass(slots=True, kw_only=True)
class Aimd:
    """Additive increase, multiplicative decrease."""

    most: float
    _rate: float = field(init=False)
    _since: float = field(init=False, default=0.0)
    _cut_at: float = field(init=False, default=-inf)

    def __post_init__(self) -> None:
        self._rate = self.most

    def rate(self, now: float) -> float:
        """Return the rate that holds now."""
        return min(self.most, self._rate + self.most / 20.0 * max(0.0, now - self._since))

    def closed_seconds(self, now: float) -> float:
        """It knows no such thing."""
        return 0.0

    def take(self, now: float) -> bool:
        """It learns nothing from a success: time alone lets it rise."""
        return False

    def refuse(self, now: float, *, wait_seconds: float | None, chance: float) -> Asked:
        """Halve."""
        if now - self._cut_at < 1.0:
            return Asked()
        self._rate = max(SLOWEST, self.rate(now) / 2.0)
        self._since = self._cut_at = now
        return CHANGED


@dataclass(slots=True, kw_only=True)
class Cubic:
    """The token bucket's rate of AWS's adaptive retry mode."""

    most: float
    _rate: float = field(init=False)
    _is_enabled: bool = field(init=False, default=False)
    _last_most: float = field(init=False, default=0.0)
    _failed_at: float = field(init=False, default=0.0)
    _count: int = field(init=False, default=0)
    _bucket: float = field(init=False, default=0.0)
    _measured: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._rate = self.most

    def rate(self, now: float) -> float:
        """Return the rate that holds now."""
        return self._rate

    def closed_seconds(self, now: float) -> float:
        """It knows no such thing."""
        return 0.0

    def take(self, now: float) -> bool:
        """Go along the curve."""
        self._measure(now)
        if self._is_enabled:
            back = (self._last_most * 0.3 / 0.4) ** (1 / 3)
            self._set(0.4 * (now - self._failed_at - back) ** 3 + self._last_most)
        return False

    def refuse(self, now: float, *, wait_seconds: float | None, chance: float) -> Asked:
        """Go down to 70 %."""
        self._measure(now)
        self._last_most = min(self._measured, self._rate) if self._is_enabled else self._measured
        self._is_enabled, self._failed_at = True, now
        self._set(0.7 * self._last_most)
        return CHANGED

    def _set(self, rate: float) -> None:
        self._rate = min(self.most, max(SLOWEST, min(rate, 2.0 * self._measured)))

    def _measure(self, now: float) -> None:
        """Count responses in halves of a second, smoothed."""
        self._count += 1
        bucket = floor(now * 2.0) / 2.0
        if bucket > self._bucket:
            found = self._count / (bucket - self._bucket)
            self._measured = 0.8 * found + 0.2 * self._measured
            self._count, self._bucket = 0, bucket
