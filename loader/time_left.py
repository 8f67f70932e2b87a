"""The rate of a phase and the time that it still needs, as pure arithmetic.

Every method takes `now`, seconds of a clock that never steps back. The rate is the median of the
last seconds, each averaged over several, so that a chunk of 20,000 rows at once, a pause that the
server asked for or one good second hardly change it. What is not known is None
or "", never a guess.
"""

from collections import deque
from statistics import median
from typing import Final

FIRST_SECONDS: Final = 5.0  # before that, nothing is known
_RECENT_SECONDS: Final = 10.0  # the moments whose rates are compared
_SPAN_SECONDS: Final = 10.0  # over which each of them is taken
_MARK_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 99 * 86_400.0  # a longer time left is of no use


class Speed:
    """Remembers how much was done when, for the last seconds."""

    def __init__(self, now: float) -> None:
        self._started = now
        self._marks = deque([(now, 0)])

    def add(self, now: float, done: int) -> None:
        """Add how much is done now; call it as often as you like."""
        if now - self._marks[-1][0] < _MARK_SECONDS:
            return
        self._marks.append((now, done))
        oldest = now - _RECENT_SECONDS - _SPAN_SECONDS
        while len(self._marks) > 2 and self._marks[1][0] <= oldest:
            self._marks.popleft()

    def rate(self) -> float | None:
        """Return how much is done in a second; None where that is not known."""
        now = self._marks[-1][0]
        if now - self._started < FIRST_SECONDS:
            return None
        recent = [mark for mark in self._marks if mark[0] >= now - _RECENT_SECONDS]
        return median(self._rate_at(*mark) for mark in recent if mark[0] > self._started) or None

    def _rate_at(self, at: float, done: int) -> float:
        """Return the rate of the span that ends with a mark."""
        behind = [mark for mark in self._marks if mark[0] <= at - _SPAN_SECONDS]
        since, before = behind[-1] if behind else self._marks[0]
        return (done - before) / (at - since)


def time_left(done: int, total: int | None, rate: float | None) -> str:
    """Return the time left in words; "" where it cannot be known."""
    if total is None or not rate or done >= total:
        return ""
    seconds = (total - done) / rate
    return f"{span(seconds)} left" if seconds <= _LONGEST_SECONDS else ""


def span(seconds: float) -> str:
    """Return a time as a person says it: 0:45, 1:02:00, 3 days 4 h."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def per_second(rate: float | None) -> str:
    """Return a rate in words: 4.9/s, 1,200/s; below one a second, by the minute."""
    if not rate:
        return ""
    if rate < 1:
        return f"{rate * 60:.1f}/min"
    return f"{rate:,.1f}/s" if rate < 100 else f"{rate:,.0f}/s"
