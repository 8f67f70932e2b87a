"""Laws of dates and times as they are shown: what is whole is known, in any order and language."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.source.workbook.shown_moments import shows_date, shows_time

WHOLE_DATES = (
    "{0:%d/%m/%Y}", "{0:%m/%d/%y}", "{0.day}.{0.month}.{0:%y}", "{0:%Y-%m-%d}", "{0:%d-%b-%y}",
    "{0:%A, %B} {0.day}, {0.year}", "{0.day} février {0.year}", "{0:%Y}年{0.month}月{0.day}日",
    "{0:%Y%m%d}",
)  # fmt: skip
WHOLE_CLOCKS = ("{0:%H:%M:%S}", "{0.hour}.{0:%M.%S}", "{0:%I:%M:%S %p}", "{0:%H}h{0:%M}m{0:%S}")
MOMENTS = st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001  # naive, as in a sheet
    lambda moment: moment.replace(microsecond=0)
)


@given(moment=MOMENTS, date=st.sampled_from(WHOLE_DATES), clock=st.sampled_from(WHOLE_CLOCKS))
def test_a_whole_date_is_never_called_hidden(moment: datetime, date: str, clock: str) -> None:
    day = moment.replace(hour=0, minute=0, second=0)

    assert shows_date(date.format(moment), day)
    assert shows_date(f"{date} {clock}".format(moment), moment)


@pytest.mark.parametrize("shown", ["令和8年2月1日", "1 กุมภาพันธ์ 2569", "R8.2.1"])
def test_a_year_of_another_calendar_is_a_year(shown: str) -> None:
    assert shows_date(shown, datetime(2026, 2, 1))  # noqa: DTZ001  # naive, as in a sheet


@pytest.mark.parametrize("shown", ["๑/๐๒/๒๐๒๖", "一一五年二月一日", "٠١/٠٢/٢٠٢٦"])
def test_a_date_in_the_digits_of_another_script_is_not_called_hidden(shown: str) -> None:
    assert shows_date(shown, datetime(2026, 2, 1))  # noqa: DTZ001  # naive, as in a sheet


@pytest.mark.parametrize("shown", ["Feb-26", "1-Feb", "2026", "02/2026", "Sunday", "1/2"])
def test_a_part_of_a_date_is_no_date(shown: str) -> None:
    assert not shows_date(shown, datetime(2026, 2, 1))  # noqa: DTZ001  # naive, as in a sheet


@given(moment=MOMENTS, clock=st.sampled_from(WHOLE_CLOCKS))
def test_a_whole_time_is_never_called_hidden(moment: datetime, clock: str) -> None:
    midnight = moment.replace(hour=0, minute=0, second=0)

    assert shows_time(clock.format(moment), (moment - midnight).total_seconds())


@pytest.mark.parametrize("shown", ["36:00", "36:00:00", "2160", "2160:00", "129600,0", "129600"])
def test_a_duration_may_be_shown_in_any_unit(shown: str) -> None:
    assert shows_time(shown, timedelta(hours=36).total_seconds())


@pytest.mark.parametrize("shown", ["12:00", "00:00", "12:00 PM"])
def test_a_part_of_a_duration_is_not_the_duration(shown: str) -> None:
    assert not shows_time(shown, timedelta(hours=36).total_seconds())
