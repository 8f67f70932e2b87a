"""How a column writes its dates: the formats that read all of them.

A format is ruled out by a date that it cannot read; one of two digits that begins with the year,
also by years that are further apart than those of another format. If one format is left it is
certain; if several are left, the user chooses.
"""

import re
from collections.abc import Collection, Mapping, Sequence
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
    *("D-MMM-YYYY", "D MMM YY", "D-MMM-YY", "YY/MM/DD", "YY.MM.DD", "YY-MM-DD"),
)
_TIMES: Final = ("", " HH:mm", " HH:mm:ss", " h:mm AM/PM")  # the simplest that reads the most
_FIRST: Final = {"day": "D", "month": "M", "year": "Y"}
ORDERS: Final = tuple(f"{part}-first" for part in _FIRST)  # instead of a format
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
    first = _FIRST.get(answer.casefold().removesuffix("first").strip(" -"))
    fitting = [text for text in choices if first and text.startswith(first)]
    if len(fitting) == 1:
        return fitting[0]
    if first:
        raise ValueError(f'which comes first does not tell how "{example}" is written')
    require_format(answer)
    if compile_date_format(answer)(example) is None:
        raise ValueError(f'"{answer}" does not read "{example}"')
    return answer


def orders_of(formats: Sequence[str]) -> list[str]:
    """Return what a person may say instead of one of these formats."""
    return [order for order in ORDERS if any(text[0] == order[0].upper() for text in formats)]


def require_format(answer: str) -> None:
    """Raise `ValueError` where a person names neither an order nor a format."""
    if answer in ORDERS:
        return
    try:
        compile_date_format(answer)
    except ValueError as error:
        raise ValueError(f'"{answer}" is not a date format: {error}') from error


def begins_with_short_year(text: str) -> bool:
    """Say whether a format is one such as YY/MM/DD, which also reads most days of two digits."""
    return re.match("YY[^Y]", text) is not None


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
    formats = _with_near_years(fitting or [text for text in read if read[text]], read)
    doubtful = max(sorted(dates), key=lambda date: sum(date in read[text] for text in formats))
    return GuessedFormats(formats=tuple(formats), example=doubtful)


def _with_near_years(formats: Sequence[str], read: _Read) -> list[str]:
    """Leave out formats such as YY/MM/DD where another one reads years that are nearer together."""
    spread = {text: _spread_of_years(text, read[text]) for text in formats}
    least = min(spread.values())
    return [text for text in formats if spread[text] == least or not begins_with_short_year(text)]


def _spread_of_years(text: str, dates: Collection[str]) -> int:
    to_iso = compile_date_format(text)
    years = [int(iso[:4]) for date in dates if (iso := to_iso(date))]
    return max(years) - min(years)


def _all_dates(read: _Read) -> frozenset[str]:
    return frozenset().union(*read.values())


def _read_by(text: str, dates: Sequence[str]) -> frozenset[str]:
    read = compile_date_format(text)
    return frozenset(date for date in dates if read(date) is not None)
