"""Workers at a server in virtual time: the rate limiter and the waits of the product, no network.

A server has a limit for a window, or none, and refuses a share of what comes at random. It says
when to come back, or not.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from loader.delivery.rate_limit import RateLimiter, SoftRate
from loader.delivery.retry import backoff_seconds
from loader.model import Outcome, OutcomeKind

WORKERS = 32
NAP_SECONDS = 0.5  # a worker looks so often whether the rate has changed
MakeSoftRate = Callable[[float], SoftRate]


@dataclass(slots=True, kw_only=True)
class Server:
    """`limit` requests in any second, or in windows that begin with their first request."""

    limit: int | None = None
    window_seconds: float = 1.0
    share: float = 0.0  # refused at random
    retry_after: float | None = None
    seed: int = 9
    _chance: random.Random = field(init=False)
    _taken: deque[float] = field(init=False, default_factory=deque)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def ask(self, now: float) -> tuple[bool, float | None]:
        """Return whether a request is taken, and what its refusal says of when to come back."""
        if self._chance.random() < self.share:
            return False, self.retry_after
        if self.limit is None:
            return True, None
        self._forget(now)
        if len(self._taken) < self.limit:
            self._taken.append(now)
            return True, None
        if self.retry_after is None or self.window_seconds == 1.0:
            return False, self.retry_after
        return False, self._taken[0] + self.window_seconds - now

    def _forget(self, now: float) -> None:
        if self.window_seconds != 1.0:
            if self._taken and self._taken[0] <= now - self.window_seconds:
                self._taken.clear()
            return
        while self._taken and self._taken[0] <= now - self.window_seconds:
            self._taken.popleft()


@dataclass(slots=True, kw_only=True)
class Play:
    """A run against a server. `soft` None: the product's."""

    set_rate: float
    server: Server
    soft: MakeSoftRate | None = None
    seed: int = 1
    latency_seconds: float = 0.013
    now: float = field(init=False, default=0.0)
    answers: list[tuple[float, bool]] = field(init=False, default_factory=list)
    limiter: RateLimiter = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        soft = self.soft(self.set_rate) if self.soft is not None else None
        self.limiter = RateLimiter(max_per_second=self.set_rate, soft=soft)
        self._chance = random.Random(self.seed)

    def run(self, seconds: float) -> None:
        """Play so long."""
        numbers = count()
        events = [(0.0, next(numbers), self._worker()) for _ in range(WORKERS)]
        while events[0][0] < seconds:
            self.now, _, worker = heappop(events)
            heappush(events, (next(worker), next(numbers), worker))

    def _worker(self) -> Iterator[float]:
        """Yield the moments at which a worker goes on."""
        chance, limiter = self._chance.random, self.limiter
        while True:
            slot = limiter.reserve(self.now)
            yield max(self.now, slot.at) + 0.005 + 0.004 * chance()
            while (slot := limiter.try_depart(self.now, slot)).at > self.now:
                yield min(slot.at, self.now + NAP_SECONDS) + 0.002 * chance()
            limiter.departed(self.now)
            is_taken, wait = self.server.ask(self.now)
            self.answers.append((self.now, is_taken))
            yield self.now + self.latency_seconds * (0.7 + 0.6 * chance())
            if is_taken:
                limiter.accepted(self.now)
                continue
            limiter.refused(self.now, wait_seconds=wait, chance=chance())
            yield self.now + backoff_seconds(1, chance=chance(), outcome=_refusal(wait))

    def used(self, *, since: float, until: float) -> float:
        """Return which part of what may be used was used in a time of the run."""
        possible = self.set_rate
        if self.server.limit is not None:
            possible = min(possible, self.server.limit / self.server.window_seconds)
        taken = sum(is_taken for at, is_taken in self.answers if since <= at < until)
        return taken / (until - since) / possible

    def refused(self, *, since: float) -> float:
        """Return which part of the requests was refused."""
        after = [is_taken for at, is_taken in self.answers if at >= since]
        return 1.0 - sum(after) / max(1, len(after))


def _refusal(wait: float | None) -> Outcome:
    return Outcome(
        kind=OutcomeKind.NOT_ACCEPTED,
        code="too-many-requests",
        http_status=429,
        retry_after_seconds=wait,
    )
