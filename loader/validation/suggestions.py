"""What was probably meant: a near word of a closed set, a code for a name, the readings of a date.

A suggestion is never applied by itself; where nothing is near, there is none. It keeps all that the
person wrote: where it would drop a part, there is none either. Ids are not guessed: a wrong id that
looks right would be worse than none.
"""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from loader.tables.written_dates import compile_date_format
from loader.validation.cell_checks import NOT_ALLOWED
from loader.validation.fields import Facts

WRITE_ID: Final = "write the id: "
MEANT: Final = "did you mean "
_OF_LIST: Final = re.compile(r'"([^"]*)": (.*?)(?=; "[^"]*": |\Z)', re.DOTALL)
_LONGEST: Final = 300
_ITEMS: Final = re.compile(r"\s*(?:[;,/|&+\n]|\b(?:and|et|und)\b)\s*")
_TIME: Final = re.compile(r"[T ] *([0-9]{1,2}):([0-9]{2}(?::[0-9]{2})?)")
_DAY_MONTH: Final = re.compile(
    r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(.*)", re.DOTALL
)
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


_RECALCULATE: Final = "open the file in Excel or LibreOffice and save it: that stores the values"
ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {"formula-no-value": _RECALCULATE}
)  # by code, where nothing can have been meant


def suggestion(code: str, value: str, facts: Facts) -> str:
    """Return what to tell about a wrong `value` of a column, "" where nothing is near."""
    guess, text = _GUESSES.get(code), value.strip()
    meant = guess(text, facts) if guess and len(text) <= _LONGEST else ()
    return f"{MEANT}{' or '.join(meant)}?" if meant else ADVICE.get(code, "")


def items(text: str) -> tuple[str, ...]:
    """Return what a text lists, however it is separated."""
    return tuple(filter(None, _ITEMS.split(text)))


def replacements(suggestion: str, cell: str = "") -> tuple[str, ...]:
    """Return the texts that a suggestion offers in place of a cell; () where it only advises.

    Of a `cell` that lists several things, those that are wrong are replaced.
    """
    if suggestion.startswith(MEANT) and suggestion.endswith("?"):
        rest = suggestion.removeprefix(MEANT).removesuffix("?")
        if rest.startswith('"') and rest.endswith('"'):
            return tuple(rest[1:-1].split('" or "'))
        return tuple(each.partition(" (")[0] for each in rest.split(" or "))
    if suggestion.startswith(WRITE_ID):
        ids = suggestion.removeprefix(WRITE_ID).split(" or ")
        return tuple(each.partition(" (")[0] for each in ids)
    parts = [part.strip() for part in cell.split(";")]
    by_part = {part: replacements(hint) for part, hint in _OF_LIST.findall(suggestion)}
    of_cell = {part: offers for part, offers in by_part.items() if offers and part in parts}
    if not of_cell:
        return ()
    most = max(map(len, of_cell.values())) if len(of_cell) == 1 else 1
    return tuple(
        "; ".join(of_cell[part][at] if part in of_cell else part for part in parts)
        for at in range(most)
    )


def _allowed_word(value: str, facts: Facts) -> tuple[str, ...]:
    folded = value.lower()
    by_part = [word for word in facts.words if folded and word.partition("/")[2] == folded]
    parts = folded.rpartition("content-component-")[2].split("/")
    by_part += [word for word in reversed(parts[:2]) if len(parts) <= 2 and word in facts.words]
    listed = items(folded)
    is_list = len(listed) > 1 and sum(bool(_nearest_word(each, facts)) for each in listed) > 1
    near = by_part or (() if is_list else _nearest_word(folded, facts))
    return tuple(f'"{word}"' for word in near[:1])


def _nearest_word(word: str, facts: Facts) -> Sequence[str]:
    return get_close_matches(word, facts.words, n=1)


def _language_tags(value: str, _facts: Facts) -> tuple[str, ...]:
    codes = [_language_codes(each.split()) for each in items(value.casefold())]
    known = dict.fromkeys(code for each in codes for code in each)
    return (f'"{";".join(known)}"',) if known and all(codes) else ()


def _language_codes(names: Sequence[str]) -> Sequence[str]:
    """Return the codes of languages; of a phrase, only what is the name of one counts."""
    codes = [_LANGUAGES.get(name) or (name if _CODE.fullmatch(name) else "") for name in names]
    return codes if all(codes) else [_LANGUAGES[name] for name in names if name in _LANGUAGES]


def _day_month_readings(value: str, _facts: Facts) -> tuple[str, ...]:
    found = _DAY_MONTH.fullmatch(value)
    if found is None:
        return ()
    first, _, second, year, rest = found.groups()
    time = _TIME.fullmatch(rest)
    if rest and not time:
        return ()
    century = "" if len(year) > 2 else "20"
    readings = {
        "day first": f"{century}{year}-{int(second):02}-{int(first):02}",
        "month first": f"{century}{year}-{int(first):02}-{int(second):02}",
    }
    if century and len(first) > 1:
        readings["year first"] = f"{century}{first}-{int(second):02}-{year}"
    later = f"T{int(time[1]):02}:{time[2]}" if time else ""
    return tuple(f"{date}{later} ({order})" for order, date in readings.items() if _is_date(date))


def _only_reading(value: str, facts: Facts) -> tuple[str, ...]:
    """Return the one date that a text can mean."""
    read = (compile_date_format(form)(value) for form in _ONE_MEANING)
    found = [date for date in read if date and date != value and _is_date(date)]
    return tuple(found[:1]) or _day_month_readings(value, facts)


def _is_date(date: str) -> bool:
    try:
        datetime.date.fromisoformat(date[:10])
    except ValueError:
        return False
    return True


def _full_address(value: str, _facts: Facts) -> tuple[str, ...]:
    return (f'"https://{value}"',) if _BARE_HOST.fullmatch(value) else ()


_GUESSES: Final[Mapping[str, Callable[[str, Facts], tuple[str, ...]]]] = MappingProxyType(
    {
        NOT_ALLOWED: _allowed_word,
        "bad-channel": _allowed_word,
        "bad-format": _allowed_word,
        "bad-language": _language_tags,
        "date-ambiguous": _day_month_readings,
        "bad-date": _only_reading,
        "bad-url": _full_address,
    }
)
