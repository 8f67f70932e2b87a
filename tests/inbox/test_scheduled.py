"""The loop over schedules, with a clock of its own: nothing is missed unsaid, nothing due twice."""

from datetime import UTC, datetime

import pytest

from loader.inbox.schedule import LONGEST_WAIT_SECONDS, Timing, run_scheduled
from loader.settings.schedule import Schedule


class Enough(Exception):
    """The test has seen what it wanted."""


class World:
    """A clock that only waiting and looking move."""

    def __init__(self, start: str, *, looks: int, look_seconds: float = 0.0) -> None:
        self.time = datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()
        self.looked: list[tuple[str, str]] = []
        self.missed: list[tuple[str, int]] = []
        self.ticks = 0
        self.longest_wait = 0.0
        self.steps: list[tuple[float, float]] = []  # at this time, step by so much
        self._looks = looks
        self._look_seconds = look_seconds

    def run(self, *schedules: Schedule) -> None:
        timing = Timing(now=lambda: self.time, wait=self._wait, tick=self._tick)
        with pytest.raises(Enough):
            run_scheduled(schedules, on_due=self._look, on_missed=self._miss, timing=timing)

    def _wait(self, seconds: float) -> None:
        self.longest_wait = max(self.longest_wait, seconds)
        self.time += seconds
        if self.steps and self.time >= self.steps[0][0]:
            self.time += self.steps.pop(0)[1]

    def _tick(self) -> None:
        self.ticks += 1

    def _look(self, schedule: Schedule) -> None:
        stamp = datetime.fromtimestamp(self.time, tz=UTC)
        self.looked.append((schedule.name, f"{stamp:%d %H:%M}"))
        self.time += self._look_seconds
        if len(self.looked) == self._looks:
            raise Enough

    def _miss(self, schedule: Schedule, times: int) -> None:
        self.missed.append((schedule.name, times))


def schedule(name: str, cron: str) -> Schedule:
    return Schedule(name=name, cron=cron)


def test_each_schedule_is_looked_at_in_its_time() -> None:
    world = World("2026-06-01T00:30", looks=4)

    world.run(schedule("hourly", "0 * * * *"), schedule("two", "0 2 * * *"))

    assert world.looked == [
        ("hourly", "01 01:00"), ("hourly", "01 02:00"), ("two", "01 02:00"), ("hourly", "01 03:00"),
    ]  # fmt: skip
    assert world.missed == []
    assert world.longest_wait <= LONGEST_WAIT_SECONDS
    assert world.ticks > 100


def test_what_is_due_while_a_look_goes_on_is_said_and_not_made_up_for() -> None:
    world = World("2026-06-01T00:00", looks=2, look_seconds=1000)

    world.run(schedule("often", "*/5 * * * *"))

    assert world.looked == [("often", "01 00:05"), ("often", "01 00:25")]
    assert world.missed == [("often", 3)]


def test_a_machine_that_slept_looks_once_and_a_clock_that_steps_back_repeats_nothing() -> None:
    world = World("2026-06-01T00:00", looks=3)
    start = world.time
    world.steps = [(start + 60, 3 * 3600.0), (start + 3 * 3600 + 600, -1800.0)]

    world.run(schedule("hourly", "0 * * * *"))

    assert world.looked == [("hourly", "01 03:01"), ("hourly", "01 04:00"), ("hourly", "01 05:00")]
