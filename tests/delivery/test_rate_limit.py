"""The hard rate holds in every window of a second, whatever happens; and it is used."""

import random
from bisect import bisect_left
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.delivery.rate_limit import RateLimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What befalls a worker on the way out, and what the server asks it to wait."""

    wakes_late: float = 0.0
    leaves_late: float = 0.0
    hears_late: float = 0.0  # that the request left
    complaint: float | None = None


def departures(rate: float, turns: Sequence[Turn], *, workers: int = 1) -> list[float]:
    """Play a run, each turn by the next worker that is free; return when requests left."""
    limiter, sent, left = RateLimiter(max_per_second=rate), list[float](), iter(turns)

    def worker() -> Generator[float, float]:
        now = yield 0.0
        for turn in left:
            slot = limiter.reserve(now)
            now = yield max(now, slot.at) + turn.wakes_late
            while (slot := limiter.try_depart(now, slot)).at > now:
                now = yield slot.at
            sent.append((yield now + turn.leaves_late))
            now = yield sent[-1] + turn.hears_late
            limiter.departed(now)
            limiter.accepted(now)
            if turn.complaint is not None:
                limiter.refused(now, wait_seconds=turn.complaint)

    numbers = count()
    events = [(next(each), next(numbers), each) for each in [worker() for _ in range(workers)]]
    while events:
        now, _, each = heappop(events)
        with suppress(StopIteration):
            heappush(events, (each.send(now), next(numbers), each))
    return sorted(sent)


def most_in_a_second(sent: Sequence[float]) -> int:
    return max(bisect_left(sent, at + 1.0) - place for place, at in enumerate(sent))


late = st.just(0.0) | st.floats(0, 0.3) | st.floats(0, 3)
turns = st.builds(
    Turn, wakes_late=late, leaves_late=late, hears_late=late, complaint=st.none() | st.floats(0, 5)
)


@given(st.floats(0.1, 200), st.lists(turns, min_size=1, max_size=80), st.integers(1, 40))
def test_no_window_of_a_second_holds_more_departures_than_the_hard_rate(
    rate: float, run: list[Turn], workers: int
) -> None:
    sent = departures(rate, run, workers=workers)

    assert len(sent) == len(run)
    assert most_in_a_second(sent) <= max(1, int(rate))


def test_requests_that_leave_late_shift_what_follows() -> None:
    late = [Turn(leaves_late=0.25)] * 3

    sent = departures(10.0, [*[Turn()] * 10, *late, *[Turn()] * 40], workers=8)

    assert most_in_a_second(sent) == 10
    assert sent[-1] == pytest.approx(52 / 10.0, rel=0.1)


@pytest.mark.parametrize("rate", [300.0, 1000.0])
def test_no_window_holds_more_where_requests_share_a_wake_up(rate: float) -> None:
    chance = random.Random(1)
    run = [
        Turn(
            wakes_late=chance.expovariate(500.0),
            leaves_late=chance.choice([0.0, 0.0, 0.03]),
            hears_late=chance.expovariate(500.0),
        )
        for _ in range(4 * int(rate))
    ]

    sent = departures(rate, run, workers=64)

    assert most_in_a_second(sent) <= rate


@pytest.mark.parametrize(("rate", "rows_a_moment"), [(50.0, 1), (150.0, 1), (1000.0, 4)])
def test_slots_within_a_few_milliseconds_are_one_moment(rate: float, rows_a_moment: int) -> None:
    limiter = RateLimiter(max_per_second=rate)
    now = 10.0033
    slots = [limiter.reserve(now).at for _ in range(200)]

    assert min(slots) == now
    assert slots == sorted(slots)
    assert len(set(slots)) <= 200 / rows_a_moment
    assert all(-1e-9 < now + n * 1.005 / rate - at < 0.0051 for n, at in enumerate(slots))


@pytest.mark.parametrize("rate", [1.0, 5.0, 50.0, 1000.0])
def test_the_rate_is_used_where_nothing_holds_it_back(rate: float) -> None:
    rows = max(200, 5 * int(rate))

    sent = departures(rate, [Turn(wakes_late=0.001)] * rows, workers=8)

    assert sent[-1] == pytest.approx((rows - 1) / rate, rel=0.01)


def test_there_is_no_burst_at_the_beginning() -> None:
    sent = departures(5.0, [Turn()] * 5)

    assert all(b - a >= 0.19 for a, b in pairwise(sent))


def test_a_complaint_pauses_everyone_and_voids_the_slots_that_were_given() -> None:
    limiter = RateLimiter(max_per_second=10.0)
    given = [limiter.reserve(0.0) for _ in range(8)]
    limiter.refused(0.0, wait_seconds=3.0)

    again = [limiter.try_depart(1.0, slot).at for slot in given]

    assert again[0] == 3.0
    assert all(b - a >= 1 / 10.0 for a, b in pairwise(again))


def test_the_rate_falls_to_what_the_server_took_and_comes_back_when_it_takes_all() -> None:
    limiter = RateLimiter(max_per_second=100.0)
    for moment in range(40):
        limiter.accepted(moment / 40)
    for _ in range(20):
        limiter.refused(1.0, wait_seconds=1.0)

    assert limiter.rate(1.0) == pytest.approx(40.0, rel=0.05)
    assert limiter.rate(20.0) == limiter.rate(1.0)
    assert limiter.rate(170.0) == 100.0


@pytest.mark.parametrize("wait_seconds", [None, 1.0])
def test_one_refusal_among_many_successes_does_not_change_the_rate(
    wait_seconds: float | None,
) -> None:
    limiter = RateLimiter(max_per_second=100.0)
    for moment in range(200):
        limiter.accepted(moment / 100)
    limiter.refused(2.0, wait_seconds=wait_seconds)

    assert limiter.rate(2.0) == 100.0
    assert limiter.pause_left(2.0) == (wait_seconds or 0.0)


def test_where_nothing_is_taken_one_request_at_a_time_tries_again_ever_more_seldom() -> None:
    limiter = RateLimiter(max_per_second=10.0)
    limiter.accepted(0.0)
    for tenth in range(1, 20):
        limiter.refused(tenth / 10, wait_seconds=None)
    assert limiter.rate(2.0) == 2.0

    limiter.refused(60.0, wait_seconds=None)
    assert limiter.rate(60.0) == pytest.approx(1 / 6.0)
    limiter.refused(3_600.0, wait_seconds=None)
    assert limiter.rate(3_600.0) == pytest.approx(1 / 30.0)
    assert limiter.closed_seconds(3_600.0) == 3_600.0


def test_the_pauses_between_them_differ_by_chance() -> None:
    found = set()
    for chance in (0.0, 0.5, 0.99):
        limiter = RateLimiter(max_per_second=10.0)
        for second in (0.0, 1.0, 2.0, 100.0):
            limiter.refused(second, wait_seconds=None, chance=chance)
        found.add(limiter.rate(100.0))

    assert len(found) == 3
    assert max(found) / min(found) < 2.0


def test_a_quota_that_opens_again_becomes_a_rate() -> None:
    limiter = RateLimiter(max_per_second=100.0)
    for tenth in range(60):
        limiter.accepted(tenth / 100)
    for second in range(1, 60):
        limiter.refused(float(second), wait_seconds=None)
    limiter.accepted(60.0)

    assert limiter.rate(60.0) == pytest.approx(1.0, rel=0.03)
    assert limiter.closed_seconds(60.0) == 0.0


def test_many_workers_that_hear_of_one_limit_slow_down_once() -> None:
    limiter = RateLimiter(max_per_second=10.0)
    limiter.accepted(99.9)
    for _ in range(30):
        limiter.refused(100.0, wait_seconds=None)

    assert limiter.rate(100.0) == 2.5
