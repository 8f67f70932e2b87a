"""When a schedule is due: clocks that skip and repeat an hour, and laws over many expressions."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.inbox.schedule import due_times, next_due, upcoming
from loader.settings.schedule import Schedule

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Santiago")


def schedule(cron: str, zone: str = "UTC", name: str = "one") -> Schedule:
    return Schedule(name=name, cron=cron, zone=zone)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def times(cron: str, zone: str, after: str, count: int) -> list[str]:
    found = islice(due_times(schedule(cron, zone), after=at(after)), count)
    return [f"{datetime.fromtimestamp(each, tz=UTC):%d %H:%M}" for each in found]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        ("30 2 * * *", "Europe/Paris", "2026-03-28T00:00", ["28 01:30", "29 01:00", "30 00:30"]),
        ("30 2 * * *", "Europe/Paris", "2026-10-24T00:00", ["24 00:30", "25 00:30", "26 01:30"]),
        ("0,30 2 * * *", "Europe/Paris", "2026-03-29T00:00", ["29 01:00", "30 00:00", "30 00:30"]),
        ("30 2 * * *", "Europe/Paris", "2026-10-25T01:10", ["26 01:30"]),
        ("*/30 * * * *", "Europe/Paris", "2026-10-25T00:10", ["25 00:30", "25 01:00", "25 01:30"]),
        ("0 6 * * 1-5", "America/New_York", "2026-03-06T12:00", ["09 10:00", "10 10:00"]),
        ("0 0 L * *", "UTC", "2026-02-01T00:00", ["28 00:00", "31 00:00"]),
    ],
)
def test_clocks_that_change_skip_nothing_and_repeat_nothing(
    cron: str, zone: str, after: str, expected: list[str]
) -> None:
    assert times(cron, zone, after, len(expected)) == expected


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_a_daily_schedule_is_due_once_on_every_day_of_its_zone(
    minute: int, hour: int, zone: str, start: datetime
) -> None:
    after = start.replace(tzinfo=UTC).timestamp()

    found = list(islice(due_times(schedule(f"{minute} {hour} * * *", zone), after=after), 5))

    days = [datetime.fromtimestamp(each, tz=ZoneInfo(zone)).date() for each in found]
    assert found[0] > after
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))


@given(
    zone=st.sampled_from(ZONES),
    step=st.sampled_from(["*/7 * * * *", "15 */3 * * *", "0 1-3 * * *", "5,35 2 * * 0"]),
    start=st.integers(int(at("2024-01-01T00:00")), int(at("2030-01-01T00:00"))),
)
def test_asking_again_after_each_time_gives_the_same_times(
    zone: str, step: str, start: int
) -> None:
    one = schedule(step, zone)
    found = list(islice(due_times(one, after=start), 6))

    again = [next_due(one, after=earlier) for earlier in (start, *found[:-1])]

    assert found == again
    assert found == sorted(set(found))
    assert found[0] > start


def test_several_schedules_stand_in_the_order_of_their_times() -> None:
    daily = schedule("0 6 * * *", "Asia/Kathmandu", "daily")
    hourly = schedule("0 * * * *", "UTC", "hourly")

    found = upcoming((daily, hourly), after=at("2026-06-01T00:00"), each=2)

    assert [due.schedule.name for due in found] == ["daily", "hourly", "hourly", "daily"]
