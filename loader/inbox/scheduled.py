"""Look when a schedule is due: the loop of `loader watch --scheduled`.

Rules of this file: what is due while a look is still going on is not made up for, only said; a
clock that steps back makes nothing due twice; every wait is short enough that a clock that steps
forward, or a machine that slept, is noticed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from loader.inbox.schedule import due_times, next_due
from loader.settings.schedule import Schedule

LONGEST_WAIT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How the loop tells the time and waits; `tick` is called at least every half minute."""

    now: Callable[[], float]
    wait: Callable[[float], object]
    tick: Callable[[], None]


def run_scheduled(
    schedules: Sequence[Schedule],
    *,
    look: Callable[[Schedule], None],
    missed: Callable[[Schedule, int], None],
    timing: Timing,
) -> None:
    """Look whenever a schedule is due, until something (a signal) raises."""
    last = dict.fromkeys((schedule.name for schedule in schedules), timing.now())
    while True:
        for schedule in _due(schedules, last, now=timing.now()):
            last[schedule.name] = timing.now()
            look(schedule)
            passed = _passed(schedule, after=last[schedule.name], now=timing.now())
            if passed:
                missed(schedule, passed)
                last[schedule.name] = timing.now()
        soonest = min(next_due(each, after=last[each.name]) for each in schedules)
        timing.tick()
        timing.wait(max(0.0, min(soonest - timing.now(), LONGEST_WAIT_SECONDS)))


def _due(schedules: Sequence[Schedule], last: dict[str, float], *, now: float) -> list[Schedule]:
    return [each for each in schedules if next_due(each, after=last[each.name]) <= now]


def _passed(schedule: Schedule, *, after: float, now: float) -> int:
    """Count how often it was due between two times."""
    return sum(1 for _ in _until(due_times(schedule, after=after), now))


def _until(times: Iterator[float], end: float) -> Iterator[float]:
    for each in times:
        if each > end:
            return
        yield each
