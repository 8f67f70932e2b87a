"""When a schedule is due next: cron in a time zone, with the days on which clocks change.

Times are UTC seconds. A run in an hour that the clock skips is made up when the clock resumes; an
hour that it repeats counts once (as in Debian's cron). Intervals go by elapsed time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim

from loader.settings.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A schedule, and when it is due (UTC seconds)."""

    schedule: Schedule
    at: float


def next_due(schedule: Schedule, *, after: float) -> float:
    """Give the first time after `after` at which the schedule is due."""
    return next(due_times(schedule, after=after))


def due_times(schedule: Schedule, *, after: float) -> Iterator[float]:
    """Give the times after `after` at which the schedule is due, each once, in order."""
    last = after
    start = datetime.fromtimestamp(after, tz=ZoneInfo(schedule.zone))
    for moment in CronSim(schedule.cron, start):
        at = moment.timestamp()
        if at > last:  # two entries of one skipped hour fall on the same moment
            yield at
            last = at


def upcoming(schedules: Sequence[Schedule], *, after: float, each: int) -> list[Due]:
    """List the next `each` times of every schedule, soonest first."""
    found = [
        Due(schedule=schedule, at=at)
        for schedule in schedules
        for at in islice(due_times(schedule, after=after), each)
    ]
    return sorted(found, key=lambda due: (due.at, due.schedule.name))


# The loop of `loader watch --scheduled`.
#
# A time that falls due while a listing is still running is logged and skipped. A clock that steps
# back makes nothing due twice, and waits are short, so that a clock that steps forward, or a
# machine that slept, is noticed.


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
    on_due: Callable[[Schedule], None],
    on_missed: Callable[[Schedule, int], None],
    timing: Timing,
) -> None:
    """Call `on_due` whenever a schedule is due, until something (a signal) raises."""
    last = dict.fromkeys((schedule.name for schedule in schedules), timing.now())
    while True:
        for schedule in _due(schedules, last, now=timing.now()):
            last[schedule.name] = timing.now()
            on_due(schedule)
            passed = _count_due(schedule, after=last[schedule.name], now=timing.now())
            if passed:
                on_missed(schedule, passed)
                last[schedule.name] = timing.now()
        soonest = min(next_due(each, after=last[each.name]) for each in schedules)
        timing.tick()
        timing.wait(max(0.0, min(soonest - timing.now(), LONGEST_WAIT_SECONDS)))


def _due(schedules: Sequence[Schedule], last: dict[str, float], *, now: float) -> list[Schedule]:
    return [each for each in schedules if next_due(each, after=last[each.name]) <= now]


def _count_due(schedule: Schedule, *, after: float, now: float) -> int:
    """Return how often it was due between two times."""
    return sum(1 for _ in _times_until(due_times(schedule, after=after), now))


def _times_until(times: Iterator[float], end: float) -> Iterator[float]:
    for each in times:
        if each > end:
            return
        yield each
