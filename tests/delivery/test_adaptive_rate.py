"""A server that allows less than was set: soon found out, then used, and seldom annoyed."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from loader.delivery.rate_limit import RateLimiter
from loader.delivery.retry import backoff_seconds
from loader.model import Outcome, OutcomeKind

ALLOWED = 20
LEARNING_SECONDS, SECONDS, WORKERS = 10.0, 70.0, 32


def sliding() -> Callable[[float], bool]:
    """No window of a second holds more."""
    seen: deque[float] = deque()

    def takes(now: float) -> bool:
        while seen and seen[0] <= now - 1.0:
            seen.popleft()
        if len(seen) >= ALLOWED:
            return False
        seen.append(now)
        return True

    return takes


def fixed() -> Callable[[float], bool]:
    """No second of its clock holds more."""
    seconds: dict[int, int] = {}

    def takes(now: float) -> bool:
        seconds[int(now)] = seconds.get(int(now), 0) + 1
        return seconds[int(now)] <= ALLOWED

    return takes


def bucket() -> Callable[[float], bool]:
    """A bucket of tokens that fills steadily."""
    tokens, last = float(ALLOWED), 0.0

    def takes(now: float) -> bool:
        nonlocal tokens, last
        tokens, last = min(float(ALLOWED), tokens + (now - last) * ALLOWED), now
        if tokens < 1.0:
            return False
        tokens -= 1.0
        return True

    return takes


def closed_at_first(seconds: float) -> Callable[[float], bool]:
    """Others have used up the quota when the run begins; then there is no limit."""
    return lambda now: now >= seconds


class Play:
    """Workers at a server, in virtual time."""

    def __init__(
        self, set_rate: float, server: Callable[[float], bool], retry_after: float | None, seed: int
    ) -> None:
        self.limiter, self.server, self.retry_after = (
            RateLimiter(max_per_second=set_rate),
            server,
            retry_after,
        )
        self.chance = random.Random(seed)
        self.answers: list[tuple[float, bool]] = []
        self._events: list[tuple[float, int, Iterator[float]]] = []
        self._numbers = count()

    def run(self, seconds: float = SECONDS) -> None:
        for _ in range(WORKERS):
            self._later(0.0, self._worker())
        while self._events[0][0] < seconds:
            self.now, _, worker = heapq.heappop(self._events)
            self._later(next(worker), worker)

    def _later(self, moment: float, worker: Iterator[float]) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), worker))

    def _worker(self) -> Iterator[float]:
        attempt = 1
        while True:
            slot = self.limiter.reserve(self.now)
            yield max(self.now, slot.at) + self.chance.uniform(0.005, 0.009)
            while (slot := self.limiter.try_depart(self.now, slot)).at > self.now:
                yield slot.at + self.chance.uniform(0.0, 0.002)
            self.limiter.departed(self.now)
            is_taken = self.server(self.now)
            self.answers.append((self.now, is_taken))
            yield self.now + self.chance.uniform(0.009, 0.017)
            if is_taken:
                attempt = 1
                self.limiter.accepted(self.now)
                continue
            self.limiter.refused(self.now, wait_seconds=self.retry_after)
            refused: dict[str, Any] = {"retry_after_seconds": self.retry_after}
            outcome = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="http-429", **refused)
            yield self.now + backoff_seconds(attempt, chance=self.chance.random(), outcome=outcome)
            attempt += 1


@pytest.mark.parametrize("server", [sliding, fixed, bucket])
@pytest.mark.parametrize("set_rate", [50.0, 100.0, 1000.0])
@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_after_ten_seconds_nearly_all_that_is_allowed_is_used(
    server: Callable[[], Callable[[float], bool]], set_rate: float, retry_after: float | None
) -> None:
    used, refused = [], []
    for seed in range(3):
        play = Play(set_rate, server(), retry_after, seed)
        play.run()
        after = [taken for at, taken in play.answers if at >= LEARNING_SECONDS]
        used.append(sum(after) / (SECONDS - LEARNING_SECONDS) / ALLOWED)
        refused.append(len(after) - sum(after))

    assert sorted(used)[1] >= 0.95, used
    assert max(refused) <= WORKERS


@pytest.mark.parametrize("set_rate", [5.0, 50.0, 200.0])
@pytest.mark.parametrize("seconds", [1.0, 5.0, 30.0])
@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_server_that_was_closed_from_the_start_shows_no_limit(
    set_rate: float, seconds: float, retry_after: float | None
) -> None:
    used = []
    for seed in range(3):
        play = Play(set_rate, closed_at_first(seconds), retry_after, seed)
        play.run(seconds + 60.0)
        used.append(
            sum(taken for at, taken in play.answers if at >= seconds + 30.0) / 30.0 / set_rate
        )

    assert min(used) >= 0.95, used
