"""The soft rate: how fast to send, learned from what the server takes and refuses. No clock.

Theory. A refusal is evidence of a limit, not proof: some servers refuse a few percent at random,
however slowly they are asked. So three things are distinguished:

* **Alone**: few of the latest answers are refusals. Only that request waits. The share that is
  refused at random is measured while no limit is passed, and is not taken for a limit.
* **In company**: more of the latest answers are refusals than chance explains (four standard
  deviations above the usual share, or 30 %). Then the limit is passed, and it is known: it is what
  the server took in the second before. The rate goes just below that, holds, and then probes
  upward, ever faster; a probe that meets the limit goes back to the rate that held.
* **Closed**: nothing at all was taken for a while. A quota is used up: one request at a time tries
  again, with pauses that grow. Once the server takes one, the limit is what it took from the last
  such opening to this one, per second: a quota of 60 a minute becomes a rate of 1 a second. What
  was closed from the start, perhaps by others, shows no limit.

A refusal that says when to come back (`Retry-After`) also pauses everyone, until the server itself
shows that it means one request only: when it takes nearly all that arrive in the meantime. Such
pauses leave few answers to count, so here a limit also shows in four pauses in a row after about as
many requests each, and a probe ends with the first refusal.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import takewhile
from math import inf
from typing import Final, NamedTuple

from loader.delivery.refused_share import RefusedShare

_CALM_SECONDS: Final = 1.0  # one step down for all requests that meet one limit
_WINDOW_SECONDS: Final = 1.015  # in which a server counts, and how much replies jitter
_TAKEN_SECONDS: Final = 5.0  # for an average, where that is more
_BELOW: Final = 0.985  # of what was taken
_BELOW_AGAIN: Final = 0.92  # of a rate that met the limit before it was settled
_SETTLED_SECONDS: Final = 5.0
_LEAST: Final = 0.25  # of the rate: one step takes no more
_LEAST_OF_KNOWN: Final = 0.75  # where only a part of a second was seen of a rate that held before
_SLOWEST: Final = 0.5  # requests a second, before the server is closed

_HOLD_SECONDS: Final = 40.0  # before a rate that is known is probed
_PROBE_SECONDS: Final = 20.0  # until a probe asks `_PROBE` more, eight times that after twice that
_PROBE: Final = 0.02
_GUESS_HOLD_SECONDS: Final = 2.0
_GUESS_PROBE_SECONDS: Final = 1.5

_CLOSED_REFUSALS: Final = 3.0  # in a row, at least
_SHORTEST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0
_PAUSE_SHARE: Final = 0.1  # of the time that the server has been closed

_FEWEST_IN_PAUSE: Final = 20  # answers that came in a pause
_LATEST_IN_PAUSE: Final = 6
_MOSTLY_TAKEN: Final = 0.8  # of them taken: the pause was meant for one request
_ALIKE: Final = 4  # pauses in a row after about as many requests
_SPREAD: Final = 0.35
_NEARLY_ALL: Final = 0.9  # of the rate was taken: no limit below it


class Asked(NamedTuple):
    """What a refusal asks for."""

    pauses: bool = False  # everyone waits as long as the server asks
    changes_rate: bool = False  # at once: slots from before are void


class Limit(NamedTuple):
    """What the server takes in a second, and whether that needs no bound."""

    per_second: float
    is_certain: bool = False


@dataclass(slots=True, kw_only=True)
class AdaptiveRate:
    """The soft rate, at most `most` requests a second."""

    most: float
    _base: float = field(init=False)  # what held after the last step
    _is_known: bool = field(init=False, default=False)  # as against a guess
    _since: float = field(init=False, default=-inf)  # when sending went on after the last step
    _stepped_at: float = field(init=False, default=-inf)
    _probe_at: float = field(init=False, default=-inf)
    _share: RefusedShare = field(init=False, default_factory=RefusedShare)
    _taken: deque[float] = field(init=False)  # moments of the last seconds
    _paused_until: float = field(init=False, default=-inf)
    _in_pause: list[bool] = field(init=False, default_factory=list)  # was an answer a success?
    _counts: list[float] = field(init=False, default_factory=list)  # taken before early refusals
    _in_a_row: int = field(init=False, default=0)  # refusals
    _opened_at: float = field(init=False, default=inf)  # when the server first took one again
    _taken_since_opened: int = field(init=False, default=0)
    _closed_since: float | None = field(init=False, default=None)
    _closed_pause: float = field(init=False, default=_SHORTEST_PAUSE_SECONDS)

    def __post_init__(self) -> None:
        self._base = self.most
        self._taken = deque(maxlen=max(1, int(self.most * _TAKEN_SECONDS)))

    def rate(self, now: float) -> float:
        """Return the rate that holds now, in requests a second."""
        if self._closed_since is not None:
            return min(self.most, 1.0 / self._closed_pause)
        if self._base >= self.most:
            return self.most
        seconds = _PROBE_SECONDS if self._is_known else _GUESS_PROBE_SECONDS
        steps = max(0.0, now - self._probe_at) / seconds
        return min(self.most, self._base * (1.0 + _PROBE * steps**3))

    def closed_seconds(self, now: float) -> float:
        """Return for how long the server has taken nothing at all; 0 where it takes some."""
        return 0.0 if self._closed_since is None else now - self._closed_since

    def take(self, now: float) -> bool:
        """Note that the server took a request; return whether that changes the rate at once."""
        self._note_in_pause(now, is_taken=True)
        self._opened_at = min(self._opened_at, now)
        self._in_a_row = 0
        opens = self._closed_since is not None
        if opens:
            self._open(now)
        self._taken_since_opened += 1
        self._taken.append(now)
        self._count_answer(now, is_refused=False)
        return opens

    def refuse(self, now: float, *, wait_seconds: float | None, chance: float) -> Asked:
        """Note a refusal, which may say when to come back. `chance` is random, in [0, 1)."""
        pauses_all = wait_seconds is not None and self._pauses_are_for_all()
        self._note_in_pause(now, is_taken=False)
        resumed_at, until = self._paused_until, now + (wait_seconds or 0.0)
        if pauses_all:
            self._paused_until = max(self._paused_until, until)
        self._opened_at = min(self._opened_at, now)
        self._in_a_row += 1
        self._count_answer(now, is_refused=True)
        if self._closed_since is not None or self._seems_closed(now):
            return self._close(now, chance=chance, pauses=wait_seconds is not None)
        if now - self._stepped_at < _CALM_SECONDS:
            return Asked(pauses=pauses_all)
        limit = self._limit(now, resumed_at=resumed_at, pauses_all=pauses_all)
        if limit is None:
            return Asked(pauses=pauses_all)
        if wait_seconds is not None:
            self._paused_until = max(self._paused_until, until)
        self._step_down(now, limit, resumed_at=resumed_at)
        return Asked(pauses=wait_seconds is not None, changes_rate=True)

    def _count_answer(self, now: float, *, is_refused: bool) -> None:
        if now - self._stepped_at >= _CALM_SECONDS:  # until then, what was sent before the step
            quiet_until = inf if self._base >= self.most else self._probe_at
            self._share.add(now, is_refused=is_refused, quiet_until=quiet_until)

    # --- Retry-After ---------------------------------------------------------------------------

    def _note_in_pause(self, now: float, *, is_taken: bool) -> None:
        if now < self._paused_until:
            self._in_pause = [*self._in_pause[-2 * _FEWEST_IN_PAUSE :], is_taken]

    def _pauses_are_for_all(self) -> bool:
        """Whether a pause is meant for everyone, as far as the server showed."""
        seen = self._in_pause
        return len(seen) < _FEWEST_IN_PAUSE or sum(seen) < _MOSTLY_TAKEN * len(seen)

    def _is_contradicted(self) -> bool:
        """Whether the latest requests that arrived in a pause were taken, nearly all of them."""
        latest = self._in_pause[-_LATEST_IN_PAUSE:]
        return len(latest) >= 5 and sum(latest) >= _MOSTLY_TAKEN * len(latest)

    def _is_confirmed(self) -> bool:
        """Whether the latest requests that arrived in a pause were refused, most of them."""
        latest = self._in_pause[-_LATEST_IN_PAUSE:]
        return 2 * sum(latest) < len(latest)

    # --- A limit -------------------------------------------------------------------------------

    def _limit(self, now: float, *, resumed_at: float, pauses_all: bool) -> Limit | None:
        """Return the limit that this refusal shows, or None."""
        in_company = self._share.is_unusual()
        if not in_company and not pauses_all:
            return None
        began_at = max(resumed_at, self._opened_at)
        taken = self._taken_lately(now, began_at=began_at, pauses_all=pauses_all)
        if in_company:
            if pauses_all:
                return Limit(taken, is_certain=taken > 0 and self._is_confirmed())
            return Limit(taken / (1.0 - self._share.usual))
        return self._limit_by_pauses(now, taken=taken, began_at=began_at)

    def _limit_by_pauses(self, now: float, *, taken: float, began_at: float) -> Limit | None:
        """Return the limit that is shown by when, and after how many requests, pauses are asked."""
        if taken >= _NEARLY_ALL * self.rate(now):
            self._counts.clear()
            is_met = self._is_probing(now) and self._share.is_more_than_measured()
            return Limit(taken) if is_met else None
        is_early = now - began_at <= _WINDOW_SECONDS + 0.1
        if not is_early or self._is_contradicted():
            self._counts.clear()
            return None
        self._counts = [*self._counts[-_ALIKE + 1 :], taken]
        spread = max(self._counts) - min(self._counts)
        is_alike = spread <= max(1.0, _SPREAD * max(self._counts))
        if not is_alike or len(self._counts) < _ALIKE:
            return None
        return Limit(sorted(self._counts)[_ALIKE // 2], is_certain=True)

    def _taken_lately(self, now: float, *, began_at: float, pauses_all: bool) -> float:
        """Return what was taken in a second: in the last one, or on average, where that is more.

        Exactly, where no single refusal would correct what is a little too much.
        """
        last = self._taken_since(now - _WINDOW_SECONDS)
        found = last if pauses_all else last / _WINDOW_SECONDS
        since = max(self._since, self._stepped_at + _CALM_SECONDS, began_at, now - _TAKEN_SECONDS)
        if now - since <= _WINDOW_SECONDS:
            return found
        return max(found, self._taken_since(since) / (now - since))

    def _taken_since(self, moment: float) -> int:
        return sum(1 for _ in takewhile(lambda at: at > moment, reversed(self._taken)))

    def _is_probing(self, now: float) -> bool:
        return self._is_known and now > self._probe_at and self._base < self.most

    def _step_down(self, now: float, limit: Limit, *, resumed_at: float) -> None:
        rate, is_settled = self.rate(now), now - self._since >= _SETTLED_SECONDS
        known = min((_BELOW if is_settled else _BELOW_AGAIN) * rate, _BELOW * limit.per_second)
        if self._is_probing(now):
            known = max(known, self._base)
        is_part = self._is_known and now - resumed_at < _WINDOW_SECONDS
        share = _LEAST_OF_KNOWN if is_part else 0.0 if limit.is_certain else _LEAST
        least = share * rate
        self._stepped_at = now
        self._hold(max(known, least), since=max(now, self._paused_until), is_known=known >= least)

    def _hold(self, rate: float, *, since: float, is_known: bool) -> None:
        """Hold a rate from a moment on, then probe."""
        self._base, self._since, self._is_known = (
            min(self.most, max(rate, _SLOWEST)),
            since,
            is_known,
        )
        self._probe_at = since + (_HOLD_SECONDS if is_known else _GUESS_HOLD_SECONDS)
        self._share.clear()
        self._counts.clear()

    # --- A quota that is used up ---------------------------------------------------------------

    def _seems_closed(self, now: float) -> bool:
        since = max(self._taken[-1] if self._taken else self._opened_at, self._since)
        seconds = max(_WINDOW_SECONDS, _CLOSED_REFUSALS / self.rate(now))
        return self._in_a_row >= _CLOSED_REFUSALS and now - since >= seconds

    def _close(self, now: float, *, chance: float, pauses: bool) -> Asked:
        """Let the pauses between single requests grow, with some jitter."""
        begins = self._closed_since is None
        if self._closed_since is None:
            self._closed_since = self._taken[-1] if self._taken else self._opened_at
        pause = _PAUSE_SHARE * (now - self._closed_since) * (0.75 + chance / 2)
        self._closed_pause = min(max(pause, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
        return Asked(pauses=pauses, changes_rate=begins)

    def _open(self, now: float) -> None:
        """Go on at the rate that was taken from the last opening to this one."""
        taken, seconds = self._taken_since_opened, now - self._opened_at
        self._closed_since, self._opened_at, self._taken_since_opened = None, now, 0
        if taken:
            self._hold(_BELOW * taken / seconds, since=now, is_known=True)
        else:  # closed from the start
            self._hold(self._base, since=now, is_known=False)
