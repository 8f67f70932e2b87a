"""How a column writes its dates: the formats that read all of them.

A format is ruled out by a date that it cannot read. If one is left it is certain; if several are
left, the user chooses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from loader.tables.iso_dates import ISO, ZONED
from loader.tables.written_dates import MONTHS, compile_date_format

_DATES: Final = (
    *(
        f"{first}{between}{second}{between}{year}"
        for between in "/.-"
        for year in ("YYYY", "YY")
        for first, second in (("DD", "MM"), ("MM", "DD"))
    ),
    *("YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "D MMMM YYYY", "D. MMMM YYYY", "MMMM D, YYYY"),
    *("D-MMM-YYYY", "D MMM YY", "D-MMM-YY"),
)
_TIMES: Final = ("", " HH:mm", " HH:mm:ss", " h:mm AM/PM")  # the simplest that reads the most
ORDERS: Final = ("day-first", "month-first")  # what a person may say instead of a format
_Read = Mapping[str, frozenset[str]]  # format -> the dates that it reads


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedFormats:
    """The formats that the dates of a column may have.

    Without a format and an `example`, there is nothing to ask or to write.
    """

    formats: tuple[str, ...] = ()
    example: str = ""  # of the dates in doubt


@lru_cache(maxsize=64)
def guess_date_formats(values: tuple[str, ...]) -> GuessedFormats:
    """Return the formats that read all dates, but those in ISO 8601."""
    dates = [text for value in values if (text := value.strip())]
    foreign = [date for date in dates if not re.search(ISO, date)]
    reads = [
        {f"{text}{time}": _read_by(f"{text}{time}", foreign) for text in _DATES} for time in _TIMES
    ]
    best = max(reads, key=lambda read: len(_all_dates(read)))
    if _all_dates(best):
        return _narrow_down(best)
    is_strange = bool(foreign) and len(foreign) == len(dates)
    return GuessedFormats(example=foreign[0]) if is_strange else GuessedFormats()


def choose_format(answer: str, choices: Sequence[str], *, example: str) -> str:
    """Return the format that a person means: by its order, or as written. Raises `ValueError`."""
    first = {"day": "D", "month": "M"}.get(answer.casefold().removesuffix("first").strip(" -"))
    fitting = [text for text in choices if first and text.startswith(first)]
    if len(fitting) == 1:
        return fitting[0]
    if first:
        raise ValueError(f'which comes first does not tell how "{example}" is written')
    require_format(answer)
    if compile_date_format(answer)(example) is None:
        raise ValueError(f'"{answer}" does not read "{example}"')
    return answer


def require_format(answer: str) -> None:
    """Raise `ValueError` where a person names neither an order nor a format."""
    if answer in ORDERS:
        return
    try:
        compile_date_format(answer)
    except ValueError as error:
        raise ValueError(f'"{answer}" is not a date format: {error}') from error


def has_no_offset(values: Sequence[str]) -> bool:
    """Say whether there is a date that does not name its offset."""
    return any(value.strip() and not re.search(ZONED, value.strip()) for value in values)


def spell_date(text: str, date: str) -> str:
    """Return a date as a person says it: "1 February 2026"; "" where the format does not fit."""
    iso = compile_date_format(text)(date)
    if iso is None:
        return ""
    year, month, day = iso[:10].split("-")
    return f"{int(day)} {MONTHS[int(month) - 1][0].title()} {year}"


def _narrow_down(read: _Read) -> GuessedFormats:
    dates = _all_dates(read)
    fitting = [text for text in read if read[text] == dates]
    formats = fitting or [text for text in read if read[text]]
    doubtful = max(sorted(dates), key=lambda date: sum(date in read[text] for text in formats))
    return GuessedFormats(formats=tuple(formats), example=doubtful)


def _all_dates(read: _Read) -> frozenset[str]:
    return frozenset().union(*read.values())


def _read_by(text: str, dates: Sequence[str]) -> frozenset[str]:
    read = compile_date_format(text)
    return frozenset(date for date in dates if read(date) is not None)
