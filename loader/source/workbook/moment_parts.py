"""The parts of a date or a time, and which of them a number format shows.

A time that is longer than a day has whole days, which only a format of durations shows.
"""

import re
from collections.abc import Mapping
from datetime import datetime

DATE = ("year", "month", "day")
FRACTION = (".0", ".00", ".000")  # tenths, hundredths and thousandths of a second
TIME = ("hours", "minutes", "seconds", *FRACTION)
DATE_AND_TIME = frozenset((*DATE, *TIME))
UNIT = re.compile(r"\[[hms]+\]|am/pm|a/p|([ymdhsegb])\1*|[.,]0+")
OF_LETTER = {"y": "year", "e": "year", "b": "year", "h": "hours", "s": "seconds"}
OF_DURATION = {"h": ("days", "hours"), "m": ("days", *TIME[:2]), "s": ("days", *TIME[:3])}


def parts_shown(code: str) -> frozenset[str] | None:
    """Return the parts that a format shows, from its letters; None: there are others among them."""
    if any(character.isalpha() for character in UNIT.sub("", code)):
        return None
    units = [found[0] for found in UNIT.finditer(code) if found[0] not in {"am/pm", "a/p"}]
    shown: set[str] = set()
    for before, unit, after in zip(["", *units], units, [*units[1:], ""], strict=False):
        if unit.startswith("["):
            shown.update(OF_DURATION[unit[1]])
        elif unit.startswith((".", ",")):
            shown.update(FRACTION[: len(unit) - 1])
        elif unit.startswith("d") and len(unit) < 3:  # ddd is the day of the week
            shown.add("day")
        elif unit.startswith("m"):
            is_minute = len(unit) < 3 and (before.strip("[").startswith("h") or after[:1] == "s")
            shown.add("minutes" if is_minute else "month")
        elif unit[0] in OF_LETTER:
            shown.add(OF_LETTER[unit[0]])
    return frozenset(shown)


def moment_parts(moment: datetime) -> dict[str, int]:
    """Return the parts of a date with its time."""
    return {
        **dict(zip(DATE, (moment.year, moment.month, moment.day), strict=True)),
        **_clock(moment.hour, moment.minute, moment.second, moment.microsecond // 1000),
    }


def duration_parts(millis: int) -> dict[str, int]:
    """Return the parts of a time."""
    seconds, milli = divmod(millis, 1000)
    days, rest = divmod(seconds, 86_400)
    return {"days": days, **_clock(rest // 3600, rest // 60 % 60, rest % 60, milli)}


def _clock(hours: int, minutes: int, seconds: int, millis: int) -> dict[str, int]:
    digits = map(int, f"{millis:03d}")
    return dict(zip(TIME, (hours, minutes, seconds, *digits), strict=True))


def hidden_parts(parts: Mapping[str, int], shown: frozenset[str]) -> list[str]:
    """Return the words for what is not shown, and is not zero."""
    hidden = [part for part, value in parts.items() if value and part not in shown]
    for word, several in (("date", DATE), ("time", TIME)):
        of_these = [part for part in hidden if part in several]
        if of_these and not shown & set(several):
            hidden = [word, *(part for part in hidden if part not in several)]
    words = ("fractions of a second" if part in FRACTION else part for part in hidden)
    return list(dict.fromkeys(words))
