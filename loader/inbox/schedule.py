"""When a schedule is due next: cron in a time zone, with the days on which clocks change.

Rules of this file: pure; times are UTC seconds. An hour that a clock skips is made up for when it
resumes, an hour that it repeats counts once (as Debian's cron does it); what is due every so many
minutes goes by the time that passes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
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
