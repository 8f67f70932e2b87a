"""A server that refuses some at random is used nearly as if it did not; a limit is still found."""

import random
from collections.abc import Callable

import pytest

from tests.delivery.test_allowance import Play

SECONDS, LEARNING_SECONDS = 300.0, 10.0


def server(limit: float | None, share: float) -> Callable[[float], bool]:
    """Take all but a share of requests, and no more than the limit in any second."""
    chance, taken = random.Random(9), list[float]()

    def takes(now: float) -> bool:
        while taken and taken[0] <= now - 1.0:
            taken.pop(0)
        if chance.random() < share or (limit is not None and len(taken) >= limit):
            return False
        taken.append(now)
        return True

    return takes


def used(told: float, limit: float | None, share: float, *, since: float, until: float) -> float:
    """Return which part of what may be used was used in a time of the run."""
    play = Play(told, server(limit, share), None, 1)
    play.run(until)
    taken = sum(is_taken for at, is_taken in play.answers if at >= since)
    return taken / (until - since) / min(told, limit or told)


@pytest.mark.parametrize("told", [5.0, 200.0])
@pytest.mark.parametrize(("share", "least"), [(0.0, 0.95), (0.01, 0.9), (0.02, 0.8), (0.05, 0.5)])
def test_random_refusals_cost_little_and_no_more_in_the_long_run(
    told: float, share: float, least: float
) -> None:
    assert used(told, None, share, since=LEARNING_SECONDS, until=SECONDS) >= least
    assert used(told, None, share, since=2 * SECONDS, until=3 * SECONDS) >= least


@pytest.mark.parametrize("limit", [5, 20, 40, 100])
@pytest.mark.parametrize(("share", "least"), [(0.0, 0.95), (0.01, 0.85), (0.02, 0.75), (0.05, 0.5)])
def test_a_limit_is_found_and_used_though_some_are_refused_at_random(
    limit: int, share: float, least: float
) -> None:
    assert used(200.0, limit, share, since=LEARNING_SECONDS, until=SECONDS) >= least
