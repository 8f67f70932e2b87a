"""How a column writes its dates: the formats that read all of them.

A format is ruled out by a date that it cannot read. If one is left it is certain; if several are
left, the user chooses.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from loader.profile.inference.sample import MOST_DISTINCT
from loader.tables.fold_headings import fold
from loader.tables.iso_dates import ISO, ZONED
from loader.tables.written_dates import MONTHS, compiled
from loader.validation.fields import Facts

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
class Written:
    """How the dates of a column are written: `formats` is all that may be meant.

    Nothing is to be said where there is neither a format nor an `example`.
    """

    formats: tuple[str, ...] = ()
    example: str = ""  # of the dates in doubt


@lru_cache(maxsize=64)
def how_written(values: tuple[str, ...]) -> Written:
    """Return how dates are written that are not ISO 8601."""
    dates = [text for value in values if (text := value.strip())]
    foreign = [date for date in dates if not re.search(ISO, date)]
    reads = [
        {f"{text}{time}": _read_by(f"{text}{time}", foreign) for text in _DATES} for time in _TIMES
    ]
    best = max(reads, key=lambda read: len(_all_of(read)))
    if _all_of(best):
        return _chosen(best)
    is_strange = bool(foreign) and len(foreign) == len(dates)
    return Written(example=foreign[0]) if is_strange else Written()


def chosen_format(said: str, choices: Sequence[str], *, example: str) -> str:
    """Return the format that a person means: by its order, or as written. Raises `ValueError`."""
    first = {"day": "D", "month": "M"}.get(said.casefold().removesuffix("first").strip(" -"))
    meant = [text for text in choices if first and text.startswith(first)]
    if len(meant) == 1:
        return meant[0]
    if first:
        raise ValueError(f'which comes first does not tell how "{example}" is written')
    require_format(said)
    if compiled(said)(example) is None:
        raise ValueError(f'"{said}" does not read "{example}"')
    return said


def require_format(said: str) -> None:
    """Raise `ValueError` where a person names neither an order nor a format."""
    if said in ORDERS:
        return
    try:
        compiled(said)
    except ValueError as error:
        raise ValueError(f'"{said}" is not a date format: {error}') from error


def has_no_offset(values: Sequence[str]) -> bool:
    """Say whether there is a date that does not name its offset."""
    return any(value.strip() and not re.search(ZONED, value.strip()) for value in values)


def in_words(text: str, date: str) -> str:
    """Return a date as a person says it: "1 February 2026"; "" where the format does not fit."""
    iso = compiled(text)(date)
    if iso is None:
        return ""
    year, month, day = iso[:10].split("-")
    return f"{int(day)} {MONTHS[int(month) - 1][0].title()} {year}"


def _chosen(read: _Read) -> Written:
    dates = _all_of(read)
    fitting = [text for text in read if read[text] == dates]
    formats = fitting or [text for text in read if read[text]]
    doubtful = max(sorted(dates), key=lambda date: sum(date in read[text] for text in formats))
    return Written(formats=tuple(formats), example=doubtful)


def _all_of(read: _Read) -> frozenset[str]:
    return frozenset().union(*read.values())


def _read_by(text: str, dates: Sequence[str]) -> frozenset[str]:
    read = compiled(text)
    return frozenset(date for date in dates if read(date) is not None)


# What the words of a closed column (status, type) plainly mean.
# Only words that mean the same in every sheet. Being similar to a known word is not enough:
# "Inactif" is similar to "Actif".


_MOST_UNKNOWN: Final = 12  # words that mean nothing to us; with more, the column is no closed set
_MEANINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "status": {
        "approved": (
            *("active", "actif", "approuve", "valide", "publie", "en ligne"),
            *("aktiv", "freigegeben", "genehmigt", "live", "online", "yes", "oui", "ja"),
        ),
        "draft": (
            *("inactive", "inactif", "brouillon", "en attente", "hors ligne"),
            *("inaktiv", "entwurf", "offline", "no", "non", "nein"),
        ),
    },
    "type": {
        "image": ("bild", "picture", "visuel", "grafik", "photo", "foto"),
        "text": ("texte", "plain text", "texte brut"),
    },
}  # our word -> theirs


def strange_words(field: str, facts: Facts, values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the words that are none of ours, each once whatever its case, with what they mean."""
    own = facts.closed_words
    stem = field if field in _MEANINGS else field.rpartition("_")[0]
    known = _MEANINGS.get(stem, {})
    meanings = {fold(word): ours for ours, words in known.items() for word in words}
    strange = {text.strip().casefold(): text.strip() for text in values}
    found = [
        (text, meanings.get(fold(text), ""))
        for key, text in sorted(strange.items())
        if key and key not in own
    ]
    unknown = sum(not meaning for _, meaning in found)
    is_closed = len(values) < MOST_DISTINCT and unknown <= _MOST_UNKNOWN
    yield from (each for each in found if each[1] or is_closed)
