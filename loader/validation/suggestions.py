"""What was probably meant: a near word of a closed set, a code for a name, the readings of a date.

A suggestion is never applied by itself; where nothing is near, there is none. Ids are not guessed:
a wrong id that looks right would be worse than none.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from loader.tables.written_dates import compiled
from loader.validation.fields import Facts

WRITE_ID: Final = "write the id: "
MEANT: Final = "did you mean "
_OF_LIST: Final = re.compile(r'"([^"]*)": (.*)', re.DOTALL)
_LONGEST: Final = 100
_DAY_MONTH: Final = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})(.*)", re.DOTALL)
_BARE_HOST: Final = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?:[/?#]\S*)?")
_CODE: Final = re.compile(r"[a-z]{2}(?:-[a-z]{2})?")
_ONE_MEANING: Final = (
    "YYYY/M/D",
    "YYYY.M.D",
    "YYYYMMDD",
    "D MMMM YYYY",
    "D. MMMM YYYY",
    "MMMM D, YYYY",
)

_LANGUAGES: Final = {
    "english": "en",
    "anglais": "en",
    "englisch": "en",
    "french": "fr",
    "français": "fr",
    "francais": "fr",
    "französisch": "fr",
    "german": "de",
    "deutsch": "de",
    "allemand": "de",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
    "espagnol": "es",
    "spanisch": "es",
    "italian": "it",
    "italiano": "it",
    "italien": "it",
    "italienisch": "it",
    "dutch": "nl",
    "nederlands": "nl",
    "portuguese": "pt",
    "português": "pt",
    "polish": "pl",
    "japanese": "ja",
    "chinese": "zh",
    "korean": "ko",
    "arabic": "ar",
    "russian": "ru",
}  # what people write for a language tag; only ever suggested


def suggestion(code: str, value: str, facts: Facts) -> str:
    """Return what to tell about a wrong `value` of a column, "" where nothing is near."""
    guess = _GUESSES.get(code)
    meant = guess(value.strip()[:_LONGEST], facts) if guess else ()
    return f"{MEANT}{' or '.join(meant)}?" if meant else ""


def offered(suggestion: str, cell: str = "") -> tuple[str, ...]:
    """Return the texts that a suggestion offers in place of a cell; () where it only advises.

    Of a `cell` that lists several things, the one that is wrong is replaced.
    """
    if suggestion.startswith(MEANT) and suggestion.endswith("?"):
        rest = suggestion.removeprefix(MEANT).removesuffix("?")
        if rest.startswith('"') and rest.endswith('"'):
            return tuple(rest[1:-1].split('" or "'))
        return tuple(each.partition(" (")[0] for each in rest.split(" or "))
    if suggestion.startswith(WRITE_ID):
        ids = suggestion.removeprefix(WRITE_ID).split(" or ")
        return tuple(each.partition(" (")[0] for each in ids)
    found = _OF_LIST.fullmatch(suggestion)
    parts = [part.strip() for part in cell.split(";")]
    if found is None or found[1] not in parts:
        return ()
    return tuple(
        "; ".join(offer if part == found[1] else part for part in parts)
        for offer in offered(found[2])
    )


def _word(value: str, facts: Facts) -> tuple[str, ...]:
    folded = value.lower()
    by_part = [word for word in facts.words if folded and word.partition("/")[2] == folded]
    parts = folded.rpartition("content-component-")[2].split("/")
    by_part += [word for word in reversed(parts[:2]) if len(parts) <= 2 and word in facts.words]
    near = by_part or get_close_matches(folded, facts.words, n=1)
    return tuple(f'"{word}"' for word in near[:1])


def _languages(value: str, _facts: Facts) -> tuple[str, ...]:
    names = [name for name in re.split(r"[\s;,/]+", value.casefold()) if name]
    codes = [_LANGUAGES.get(name) or (name if _CODE.fullmatch(name) else "") for name in names]
    if not all(codes):  # a phrase: only what is the name of a language counts
        codes = [_LANGUAGES.get(name, "") for name in names]
    known = dict.fromkeys(filter(None, codes))
    return (f'"{";".join(known)}"',) if known else ()


def _readings(value: str, _facts: Facts) -> tuple[str, ...]:
    found = _DAY_MONTH.fullmatch(value)
    if found is None:
        return ()
    first, _, second, year, _ = found.groups()
    readings = {
        "day first": f"{year}-{int(second):02}-{int(first):02}",
        "month first": f"{year}-{int(first):02}-{int(second):02}",
    }
    return tuple(f"{date} ({order})" for order, date in readings.items() if _exists(date))


def _date(value: str, facts: Facts) -> tuple[str, ...]:
    """Return the one date that a text can mean."""
    read = (compiled(form)(value) for form in _ONE_MEANING)
    found = [date for date in read if date and date != value and _exists(date)]
    return tuple(found[:1]) or _readings(value, facts)


def _exists(date: str) -> bool:
    try:
        datetime.date.fromisoformat(date[:10])
    except ValueError:
        return False
    return True


def _address(value: str, _facts: Facts) -> tuple[str, ...]:
    return (f'"https://{value}"',) if _BARE_HOST.fullmatch(value) else ()


_GUESSES: Final[Mapping[str, Callable[[str, Facts], tuple[str, ...]]]] = MappingProxyType(
    {
        "not-allowed": _word,
        "bad-channel": _word,
        "bad-format": _word,
        "bad-language": _languages,
        "date-ambiguous": _readings,
        "bad-date": _date,
        "bad-url": _address,
    }
)
