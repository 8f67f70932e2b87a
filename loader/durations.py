"""A length of time in words, for messages: 40 seconds, 5 minutes, 31 years. Pure."""

from typing import Final

_UNITS: Final = (
    ("year", 365.25 * 86_400),
    ("day", 86_400.0),
    ("hour", 3_600.0),
    ("minute", 60.0),
    ("second", 1.0),
)


def in_words(seconds: float) -> str:
    """Return a time in the largest unit of which it has two at least; seconds, if it has none."""
    unit, length = next((each for each in _UNITS if seconds >= 2 * each[1]), _UNITS[-1])
    count = round(seconds / length)
    return f"{count:,} {unit}{'' if count == 1 else 's'}"
