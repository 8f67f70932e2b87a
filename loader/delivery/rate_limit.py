"""How fast a whole run may go, in requests a second and requests at once, as pure arithmetic.

No clock (every method takes `now`, monotonic seconds) and no waiting (what comes back is how long
to wait). The hard rate is exact: a request counts from when it is let go until a second after it
left, however long it took to leave, and no more than `max_per_second` count at a time; so no window
of one second ever holds more departures. Slots lie a little wider than that, so that a request that
is late by little does not make the one a second later late; those within a few milliseconds are
moved to the first of them, so that they share a wake-up. The soft rate (`AdaptiveRate`) is below it
while the server allows less.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

# What the server allows, learned from what it took and what it refused: pure arithmetic. No clock:
# every method takes `now`, monotonic seconds.
#
# A refusal tells more than "slower": just before it the server took as much as it allows. So the
# rate goes to a little below what was taken in the last second, is held there, and then probes
# upward, ever faster. Where what was taken says little (replies under way, a quota that was used
# up), the rate falls by a bound and probes soon. The rate that was set is never passed.
#
# One refusal is evidence of a limit, not proof. Some servers refuse a few percent at random,
# however slowly they are asked; whoever steps down for each of those ends at 1 / (hold x share)
# requests a second, whatever was set. So a refusal that names no time counts only with its company:
# at least three of the latest answers, and a share that is more than random refusals explain. The
# share that is refused at random is measured while the rate is held, when no limit is passed. A
# limit that is passed by little refuses little, and costs little; one that is passed by much is
# seen at once. Alone counts a refusal where nothing was taken lately, and one that says when to
# come back.


_CALM_SECONDS: Final = 1.0  # one step down per complaint, not per worker that hears it
_SEEN_SECONDS: Final = 1.02  # what was taken in the last second, though replies jitter
_BELOW: Final = 0.98  # of what was taken: arrivals jitter, too
_BELOW_AGAIN: Final = 0.92  # of a rate that drew a complaint as soon as it held
_SETTLED_SECONDS: Final = 5.0
_LEAST: Final = 0.25  # of the rate: one complaint takes no more
_SLOWEST: Final = 0.5  # requests a second, however much the server complains

_ANSWERS_SECONDS: Final = 3.0  # so long an answer counts as one of the latest
_FEWEST_ANSWERS: Final = 12  # that are looked at, however old they are
_FEWEST_REFUSED: Final = 3
_SHARE_REFUSED: Final = 0.05  # more than random refusals explain, which are counted twice
_BACKGROUNDS: Final = 2.0
_FIRST_BACKGROUND: Final = 0.03  # the share that is refused at random, until it is known
_MOST_BACKGROUND: Final = 0.08
_BACKGROUND_ANSWERS: Final = 300  # from so many answers, which were no sign of a limit

_HOLD_SECONDS: Final = 30.0  # before a rate that is known is probed
_HOLD_PAUSES: Final = 20.0  # a probe ends in a pause, which is to cost no more than a twentieth
_LONGEST_HOLD_SECONDS: Final = 120.0
_PROBE_SECONDS: Final = 15.0  # until a probe asks `_PROBE` more, eight times that after twice that
_PROBE: Final = 0.02
_GUESS_HOLD_SECONDS: Final = 2.0
_GUESS_PROBE_SECONDS: Final = 1.5


@dataclass(slots=True, kw_only=True)
class AdaptiveRate:
    """The soft rate, at most `most` requests a second."""

    most: float
    _base: float = field(init=False)  # what held after the last complaint
    _since: float = field(init=False, default=float("-inf"))  # when sending went on after it
    _probe_at: float = field(init=False, default=float("-inf"))
    _probe_seconds: float = field(init=False, default=_PROBE_SECONDS)
    _heard_at: float = field(init=False, default=float("-inf"))
    _taken: deque[float] = field(init=False)  # moments of the last second
    _answers: deque[tuple[float, bool]] = field(init=False, default_factory=deque)  # is it refused?
    _background: float = field(init=False, default=_FIRST_BACKGROUND)

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
        self._answer(now, is_refused=False)

    def refuse(self, now: float, *, paused_until: float, is_told: bool = True) -> bool:
        """Hear a complaint; nothing is sent before `paused_until`. Say whether it is a new one.

        `is_told`: it says when to come back.
        """
        self._answer(now, is_refused=True)
        if now - self._heard_at < _CALM_SECONDS or not (is_told or self._shows_a_limit(now)):
            return False
        self._answers.clear()
        rate = self.rate(now)
        known = self._known(now, rate, is_told=is_told)
        self._base = max(known, _LEAST * rate, min(_SLOWEST, self.most))
        self._heard_at, self._since = now, max(now, paused_until)
        self._plan_probe(pause_seconds=self._since - now, is_known=known >= self._base)
        return True

    def _answer(self, now: float, *, is_refused: bool) -> None:
        """Keep the latest answers; what was no sign of a limit tells what is refused at random."""
        self._answers.append((now, is_refused))
        oldest = now - _ANSWERS_SECONDS
        while len(self._answers) > _FEWEST_ANSWERS and self._answers[0][0] <= oldest:
            at, was_refused = self._answers.popleft()
            if at < self._probe_at or self._base >= self.most:
                self._background += (was_refused - self._background) / _BACKGROUND_ANSWERS

    def _shows_a_limit(self, now: float) -> bool:
        """Whether nothing was taken lately, or more is refused than servers refuse at random."""
        if not self._taken or self._taken[-1] <= now - _SEEN_SECONDS:
            return True
        refused = sum(is_refused for _, is_refused in self._answers)
        share = _SHARE_REFUSED + _BACKGROUNDS * min(self._background, _MOST_BACKGROUND)
        return refused >= _FEWEST_REFUSED and refused >= share * len(self._answers)

    def _known(self, now: float, rate: float, *, is_told: bool) -> float:
        """Return what the server takes, as far as the last second tells.

        Exactly, where no single refusal will correct what is a little too much.
        """
        while self._taken and self._taken[0] <= now - _SEEN_SECONDS:
            self._taken.popleft()
        below = _BELOW if now - self._since >= _SETTLED_SECONDS else _BELOW_AGAIN
        taken = len(self._taken) if is_told else len(self._taken) / _SEEN_SECONDS
        return min(below * rate, _BELOW * taken)

    def _plan_probe(self, *, pause_seconds: float, is_known: bool) -> None:
        hold = _GUESS_HOLD_SECONDS
        if is_known:
            hold = min(max(_HOLD_SECONDS, _HOLD_PAUSES * pause_seconds), _LONGEST_HOLD_SECONDS)
        self._probe_at = self._since + hold
        self._probe_seconds = _PROBE_SECONDS if is_known else _GUESS_PROBE_SECONDS


WINDOW_SECONDS: Final = 1.0
_MARGIN_SECONDS: Final = 0.003  # networks jitter: a request counts a little longer
_LATE_SECONDS: Final = 0.002  # a timer is late by so much as a rule
_SHARED_SECONDS: Final = 0.005  # as long as the journal gathers a commit
_CALM_SECONDS_CONTENTION: Final = 1.0  # one halving per contention, not per worker that hears it


@dataclass(slots=True, kw_only=True)
class ConcurrencyLimit:
    """How many requests may be under way at once: additive increase, multiplicative decrease.

    Parallel creates contend with each other on the server (409): fewer at once, fewer conflicts.
    """

    most: int
    _open: float = field(init=False)
    _narrowed_at: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self._open = float(self.most)

    @property
    def open(self) -> int:
        """How many requests may be in flight now, at least one."""
        return max(1, int(self._open))

    def narrow(self, now: float) -> None:
        """Hear of a contention: half as many, once per second."""
        if now - self._narrowed_at >= _CALM_SECONDS_CONTENTION:
            self._narrowed_at = now
            self._open = max(1.0, self._open / 2)

    def widen(self) -> None:
        """Hear of a success: one more lane for a round of successes."""
        self._open = min(float(self.most), self._open + 1.0 / self._open)


class Slot(NamedTuple):
    """When a request may leave, and after how many steps down of the rate that was said."""

    at: float
    steps: int


@dataclass(slots=True, kw_only=True)
class RateLimiter:
    """How fast a run may go. `max_per_second` is the hard rate."""

    max_per_second: float
    _allowance: AdaptiveRate = field(init=False)
    _next: float = field(init=False, default=0.0)
    _paused_until: float = field(init=False, default=0.0)
    asked_seconds: float | None = field(init=False, default=None)  # by the last complaint
    _steps: int = field(init=False, default=0)
    _most: int = field(init=False)  # that count at a time
    _counts_seconds: float = field(init=False)  # from when a request left
    _leaving: int = field(init=False, default=0)  # let go, and not heard to have left
    _left: deque[float] = field(init=False, default_factory=deque)  # when those left that count

    def __post_init__(self) -> None:
        self._allowance = AdaptiveRate(most=self.max_per_second)
        self._most = max(1, int(self.max_per_second))
        self._counts_seconds = max(WINDOW_SECONDS, 1.0 / self.max_per_second) + _MARGIN_SECONDS

    def rate(self, now: float) -> float:
        """Return the rate that holds now, in requests a second."""
        return self._allowance.rate(now)

    def pause_left(self, now: float) -> float:
        """Return for how many seconds the server still wants no request."""
        return max(0.0, self._paused_until - now)

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

    def hold(self, now: float, slot: Slot) -> Slot:
        """Return the slot to wait for; if it is due now, the request is let go.

        Whoever is let go says so when it `left`. A slot in a pause, or from before a step down, is
        void, and another is taken: those who waited do not leave as one, nor at the rate that was
        complained of.
        """
        if slot.steps != self._steps or slot.at < self._paused_until:
            slot = self.reserve(now)
        at = max(slot.at, self._free_at(now))
        if at <= now:
            self._leaving += 1
        return Slot(at, slot.steps)

    def left(self, now: float) -> None:
        """Hear that a request that was let go has left, or never will."""
        self._leaving -= 1
        self._left.append(now)

    def _free_at(self, now: float) -> float:
        """Return the earliest moment at which one less than the most can count."""
        while self._left and self._left[0] + self._counts_seconds <= now:
            self._left.popleft()
        if self._leaving + len(self._left) < self._most:
            return now
        return (self._left[0] if self._left else now) + self._counts_seconds

    def taken(self, now: float) -> None:
        """Hear that the server took a request."""
        self._allowance.take(now)

    def slow(self, now: float, *, wait_seconds: float | None) -> None:
        """Hear a complaint: pause everyone as long as the server asks, and go on slower."""
        self.asked_seconds = wait_seconds
        if wait_seconds is not None:
            self._paused_until = max(self._paused_until, now + wait_seconds)
        is_told = wait_seconds is not None
        if self._allowance.refuse(now, paused_until=self._paused_until, is_told=is_told):
            self._steps += 1
            self._next = now
