"""Thousands of whole runs on a virtual clock; a failure names its seed."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.simulation import simulate

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "300"))


@pytest.mark.parametrize("block", range(10))
def test_every_row_once_through_troubles_lags_zombies_and_deaths(
    tmp_path: Path, block: int
) -> None:
    for seed in range(block * SEEDS // 10, (block + 1) * SEEDS // 10):
        world, summary = simulate(seed, folder=tmp_path)

        names = world.names()
        assert max(names.values(), default=0) <= 1, f"seed {seed}: created twice: {names}"
        total = (
            summary.invalid + summary.duplicate + summary.created + summary.failed
            + summary.unknown + summary.pending
        )  # fmt: skip
        assert summary.read == total == 12, f"seed {seed}: {summary}"
        assert summary.created == len(names) == 12, f"seed {seed}: lost: {summary}"


@pytest.mark.parametrize("delay", [0.0, 0.4])
@pytest.mark.parametrize("rate", [2.0, 7.0, 50.0])
def test_the_hard_rate_holds_in_every_window_whatever_delays_a_request(
    tmp_path: Path, rate: float, delay: float
) -> None:
    for seed in range(10):
        world, _ = simulate(
            seed,
            folder=tmp_path,
            rows=60,
            max_per_second=rate,
            deaths=0,
            stall_seconds=delay,
            connecting_seconds=delay,
        )

        assert world.most_in_a_second() <= rate, f"seed {seed}"


def test_a_fault_of_our_own_while_a_request_goes_ends_the_run(tmp_path: Path) -> None:
    """Whoever waits at the gate behind it does not wait for ever."""
    for seed in range(10):
        with pytest.raises(ExceptionGroup) as caught:
            simulate(seed, folder=tmp_path, max_per_second=1.0, broken=True)

        assert caught.value.split(ZeroDivisionError)[1] is None


def test_holding_never_sends_twice_whatever_the_server_does(tmp_path: Path) -> None:
    """Without any assumption: lists that lag for an hour, requests applied an hour later."""
    for seed in range(60):
        world, summary = simulate(
            seed,
            folder=tmp_path,
            resend_absent=False,
            lag_seconds=3600.0,
            zombie_seconds=3600.0,
            most_lives=6,
        )

        assert max(world.names().values(), default=0) <= 1, f"seed {seed}"
        assert summary.failed == 0


def test_the_second_look_finds_what_was_made_late_and_listed_later_still(tmp_path: Path) -> None:
    """Late and lag are each shorter than the settle time, their sum is not: one look is too few."""
    for seed in range(60):
        world, summary = simulate(
            seed,
            folder=tmp_path,
            settle_seconds=10.0,
            lag_seconds=9.5,
            zombie_seconds=9.5,
            trouble=0.5,
        )

        assert max(world.names().values(), default=0) <= 1, f"seed {seed}"
        assert summary.created == len(world.names()) == 12, f"seed {seed}: {summary}"


def test_the_assumptions_are_needed(tmp_path: Path) -> None:
    """The simulation can fail: settle less than a request may be late, and there are duplicates."""
    duplicates = 0
    for seed in range(60):
        world, _ = simulate(
            seed, folder=tmp_path, settle_seconds=0.1, lag_seconds=30.0, zombie_seconds=30.0
        )
        duplicates += max(world.names().values(), default=0) > 1

    assert duplicates > 0


@pytest.mark.parametrize(
    "lie",
    [
        {"changes_names": True},
        {"no_list": 0.3},
        {"old_ids": 0.3},
        {"changes_names": True, "no_list": 0.3, "old_ids": 0.3},
    ],
    ids=str,
)
def test_no_lie_of_the_server_makes_an_offer_twice(tmp_path: Path, lie: dict[str, Any]) -> None:
    """Where the server's words cannot be trusted, rows may stay unknown, and none is sent again."""
    for seed in range(SEEDS // 10):
        world, summary = simulate(seed, folder=tmp_path, most_lives=8, **lie)

        assert max(world.names().values(), default=0) <= 1, f"seed {seed}: {world.names()}"
        total = summary.created + summary.failed + summary.unknown + summary.pending
        assert summary.read == total == 12, f"seed {seed}: {summary}"


def test_a_list_that_is_none_now_and_then_loses_nothing(tmp_path: Path) -> None:
    for seed in range(SEEDS // 10):
        world, summary = simulate(seed, folder=tmp_path, most_lives=60, no_list=0.2)

        assert summary.created == len(world.names()) == 12, f"seed {seed}: {summary}"
