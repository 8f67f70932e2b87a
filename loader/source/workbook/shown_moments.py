"""Whether a date or a time is shown whole, judged by the text that a program shows for it.

The text may be in any language, order and calendar. So only its numbers count, and whether it has
a word: that may be the name of the month, or say which half of the day it is.
"""

import re
from datetime import datetime

NUMBER = re.compile(r"\d+")
WORD = re.compile(r"[^\W\d_]")
WITHOUT_SEPARATORS = 6  # digits or more: 20260131 and the like
HALF_A_DAY = 43_200
EXACT_TO = 0.0005  # seconds, to which programs round


def shows_date(shown: str, moment: datetime) -> bool:
    """Tell whether the text has the year, the month and the day, and the time if there is one.

    Numbers in the digits of another script (๑๕, 十五) are not compared: what they show is believed.
    """
    if any(each.isnumeric() and not each.isascii() for each in shown):
        return True
    numbers = NUMBER.findall(shown)
    if any(len(number) >= WITHOUT_SEPARATORS for number in numbers):
        return True
    year, has_word = str(moment.year), bool(WORD.search(shown))
    has_year = _take(numbers, {year}) or _take(numbers, {year[-2:]})
    has_day = _take(numbers, _spelled(moment.day))
    has_month = has_word or _take(numbers, _spelled(moment.month))
    hours = _spelled(moment.hour) | _spelled(moment.hour % 12 or 12)
    has_hours = _take(numbers, hours) or not moment.hour
    has_minutes = _take(numbers, _spelled(moment.minute)) or not moment.minute
    has_seconds = _take(numbers, _spelled(moment.second)) or not moment.second
    thousandths = round(moment.microsecond / 1000)
    has_fraction = not thousandths or f"{thousandths:03d}".rstrip("0") in {
        number.rstrip("0") for number in numbers
    }
    has_year = has_year or bool(numbers)  # of another calendar
    return all((has_year, has_month, has_day, has_hours, has_minutes, has_seconds, has_fraction))


def _spelled(number: int) -> set[str]:
    return {str(number), f"{number:02d}"}


def _take(numbers: list[str], wanted: set[str]) -> bool:
    """Take one of the wanted numbers out of those that are shown; tell whether there was one."""
    found = next((number for number in numbers if number in wanted), None)
    if found is not None:
        numbers.remove(found)
    return found is not None


def shows_time(shown: str, seconds: float) -> bool:
    """Tell whether the text is the time, if it is read as a clock or as a duration."""
    numbers = NUMBER.findall(shown)
    readings = _readings([int(number) for number in numbers])
    if len(numbers) == 1 and len(numbers[0]) in {4, 6}:  # 1030 or 103015
        readings |= _readings([int(pair) for pair in re.findall("..", numbers[0])])
    if len(numbers) > 1:
        fraction = int(numbers[-1]) / 10 ** len(numbers[-1])
        readings |= {each + fraction for each in _readings([int(n) for n in numbers[:-1]])}
    if WORD.search(shown):
        readings |= {each + half for each in readings for half in (HALF_A_DAY, -HALF_A_DAY)}
    return any(abs(each - seconds) < EXACT_TO for each in readings)


def _readings(numbers: list[int]) -> set[float]:
    """Return the seconds that these may be: hours, minutes and seconds, or some of them."""
    units = (3600, 60, 1)
    return {
        float(sum(number * unit for number, unit in zip(numbers, units[first:], strict=False)))
        for first in range(len(units) - len(numbers) + 1)
    }
