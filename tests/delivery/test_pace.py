"""The hard rate holds in every window of a second, whatever happens; and it is used."""

from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.delivery.rate import Pace


def departures(
    rate: float, steps: list[tuple[float, float | None]], *, workers: int = 1
) -> list[float]:
    """Play a run: each step is (how late a worker wakes, what the server asks to wait)."""
    pace, now, sent = Pace(max_per_second=rate), 0.0, []
    for late, complaint in steps:
        slot = pace.reserve(now)
        now = max(now, slot.at) + late
        while (slot := pace.hold(now, slot)).at > now:
            now = slot.at
        sent.append(now)
        pace.taken(now)
        if complaint is not None:
            pace.slow(now, wait_seconds=complaint)
    return sent


steps = st.lists(st.tuples(st.floats(0, 3), st.none() | st.floats(0, 5)), min_size=1, max_size=80)


@given(st.floats(0.1, 200), steps)
def test_no_window_of_a_second_holds_more_than_the_hard_rate(
    rate: float, run: list[tuple[float, float | None]]
) -> None:
    sent = departures(rate, run)

    for place, moment in enumerate(sent):
        in_window = bisect_left(sent, moment + 1.0) - place
        assert in_window <= max(1, int(rate))


@pytest.mark.parametrize("rate", [1.0, 5.0, 50.0])
def test_the_rate_is_used_where_nothing_holds_it_back(rate: float) -> None:
    sent = departures(rate, [(0.0, None)] * 200)

    assert sent[-1] == pytest.approx(199 / rate, rel=0.05)


def test_there_is_no_burst_at_the_beginning() -> None:
    sent = departures(5.0, [(0.0, None)] * 5)

    assert all(b - a >= 0.19 for a, b in pairwise(sent))


def test_a_complaint_pauses_everyone_and_voids_the_slots_that_were_given() -> None:
    pace = Pace(max_per_second=10.0)
    given = [pace.reserve(0.0) for _ in range(8)]
    pace.slow(0.0, wait_seconds=3.0)

    again = [pace.hold(1.0, slot).at for slot in given]

    assert again[0] == 3.0
    assert all(b - a >= 1 / 10.0 for a, b in pairwise(again))


def test_the_rate_falls_to_what_the_server_took_and_comes_back_when_it_takes_all() -> None:
    pace = Pace(max_per_second=100.0)
    for moment in range(40):
        pace.taken(moment / 40)
    pace.slow(1.0, wait_seconds=1.0)

    assert pace.rate(1.0) == pytest.approx(40.0, rel=0.05)
    assert pace.rate(20.0) == pace.rate(1.0)
    assert pace.rate(150.0) == 100.0


def test_where_nothing_was_taken_the_rate_falls_by_a_bound_and_is_tried_again_soon() -> None:
    pace = Pace(max_per_second=10.0)
    pace.slow(0.0, wait_seconds=None)

    assert pace.rate(0.0) == 2.5
    assert pace.rate(20.0) == 10.0
    for second in range(100, 140):
        pace.slow(float(second), wait_seconds=None)
    assert pace.rate(140.0) == 0.5


def test_many_workers_that_hear_one_complaint_slow_down_once() -> None:
    pace = Pace(max_per_second=10.0)
    for _ in range(8):
        pace.slow(100.0, wait_seconds=None)

    assert pace.rate(100.0) == 2.5
