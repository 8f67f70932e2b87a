"""Dates in the user's own writing, to ISO 8601 text.

A format has one meaning or is refused. Its letters are those of a spreadsheet's own formats: m
after hours means minutes. A text that does not fit gives None, never a guess. Whether a day is in
the calendar is left to the check of the row.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

MONTHS: Final = (
    ("january", "jan", "janvier", "janv", "januar", "janner"),
    ("february", "feb", "fevrier", "fevr", "februar", "feber"),
    ("march", "mar", "mars", "marz", "maerz", "mrz"),
    ("april", "apr", "avril", "avr"),
    ("may", "mai"),
    ("june", "jun", "juin", "juni"),
    ("july", "jul", "juillet", "juil", "juli"),
    ("august", "aug", "aout"),
    ("september", "sep", "sept", "septembre"),
    ("october", "oct", "octobre", "oktober", "okt"),
    ("november", "nov", "novembre"),
    ("december", "dec", "decembre", "dezember", "dez"),
)
_MONTH_OF: Final = {name: at for at, names in enumerate(MONTHS, start=1) for name in names}
_DIRECTIVES: Final = {
    "%d": "DD", "%m": "MM", "%Y": "YYYY", "%y": "YY", "%b": "MMM", "%B": "MMMM", "%H": "HH",
    "%I": "HH", "%M": "mm", "%S": "ss", "%p": "AM/PM", "%z": "Z", "%%": "'%'", "%T": "HH:mm:ss",
    "%F": "YYYY-MM-DD", "%e": "D", "%f": "fff",
}  # fmt: skip
_PARTS: Final = re.compile(
    r"(?i:(?P<year>y+)|(?P<am>am/pm|a/p)|(?P<day>d+)|(?P<hour>h+)|(?P<m>m+)|(?P<second>s+)"
    r"|(?P<fraction>f+)|(?P<offset>z+))|'(?P<quoted>[^']*)'|(?P<other>.)",
    re.DOTALL,
)
_PATTERNS: Final = {
    "year4": r"(?P<year>[0-9]{4})",
    "year2": r"(?P<year>[0-9]{2})",
    "day": r"(?P<day>0?[1-9]|[12][0-9]|3[01])",
    "month": r"(?P<month>0?[1-9]|1[0-2])",
    "name": r"(?P<name>[^\W\d_]+)\.?",
    "hour": r"(?P<hour>[01]?[0-9]|2[0-3])",
    "minute": r"(?P<minute>[0-5]?[0-9])",
    "second": r"(?P<second>[0-5]?[0-9])",
    "fraction": r"(?P<fraction>[0-9]{1,9})",
    "am": r"(?P<am>[AaPp])\.?(?:[Mm]\.?)?",
    "offset": r"(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)",
}
_LONGEST: Final = 200
_DATE_KINDS: Final = ("year4", "year2", "month", "name", "day")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:.*)?")
_WITHOUT_ACCENTS: Final = str.maketrans("éèûüäô", "eeuuao")
ToIso = Callable[[str], str | None]


@lru_cache(maxsize=256)  # more than are tried where one is to be found
def compile_date_format(text: str) -> ToIso:
    """Return a function from a text in the format `text` to ISO 8601 or None. ValueError."""
    if len(text) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    parts = list(_parts(_translate_directives(text)))
    kinds = [kind for kind, _ in parts if kind]
    names = [kind.rstrip("24").replace("name", "month") for kind in kinds]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"it has the {twice[0]} twice")
    missing = [name for name in ("year", "month", "day") if name not in names]
    if missing:
        raise ValueError(
            f"it has no {' and no '.join(missing)}; something like DD/MM/YYYY is expected"
        )
    if "am" in names and "hour" not in names:
        raise ValueError("it has AM/PM, but no hour")
    pattern = _pattern(parts)
    accepts_iso = names.index("month") < names.index("day") or names[0] != "year"
    whole = re.compile(pattern)
    return lambda cell: _to_iso(cell.strip(), whole, accepts_iso=accepts_iso)


def is_iso(text: str) -> bool:
    """Tell whether a text is a date as we write it, perhaps with its time."""
    return _ISO.fullmatch(text) is not None


def _pattern(parts: Sequence[tuple[str, str]]) -> str:
    """Return the expression of a format; a time behind the date may be left out."""
    written = [_PATTERNS[kind] if kind else _literal(other) for kind, other in parts]
    kinds = [kind for kind, _ in parts]
    last_of_date = max(at for at, kind in enumerate(kinds) if kind in _DATE_KINDS)
    if "hour" not in kinds[last_of_date:]:
        return "".join(written)
    date, time = written[: last_of_date + 1], written[last_of_date + 1 :]
    return f"{''.join(date)}(?:{''.join(time)})?"


def _translate_directives(text: str) -> str:
    if "%" not in text:
        return text
    found = re.split(r"(%.?)", text)
    translated = []
    for at, part in enumerate(found):
        if at % 2 and part not in _DIRECTIVES:
            raise ValueError(f"{part} is not known here; known: {' '.join(_DIRECTIVES)}")
        translated.append(_DIRECTIVES[part] if at % 2 else re.sub(r"([A-Za-z]+)", r"'\1'", part))
    return "".join(translated)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, "") of each part, and ("", text) of what is between."""
    found = list(_PARTS.finditer(text))
    for at, match in enumerate(found):
        kind, letters = str(match.lastgroup), match.group()
        match kind:
            case "year" if len(letters) in {2, 4}:
                yield f"year{len(letters)}", ""
            case "m":
                yield _month_or_minute(found, at), ""
            case "quoted":
                yield "", match["quoted"]
            case "other" if not letters.isalnum():
                yield "", letters
            case "other" if letters == "T":
                yield "", letters
            case "other" | "year":
                raise ValueError(
                    f"{letters!r} is not known in it; known: YYYY YY MMMM MMM MM M DD D HH H mm ss"
                    " AM/PM Z, and other words in single quotes"
                )
            case "hour" | "day" | "second" if len(letters) > 2:
                raise ValueError(f"{letters!r} is not known in it; one or two letters are expected")
            case _:
                yield kind, ""


def _month_or_minute(found: list[re.Match[str]], at: int) -> str:
    """Decide as spreadsheets do: minutes come after hours or before seconds."""
    if len(found[at].group()) > 2:
        return "name"
    before = [m.lastgroup for m in found[:at] if m.lastgroup not in {"other", "quoted"}]
    after = [m.lastgroup for m in found[at + 1 :] if m.lastgroup not in {"other", "quoted"}]
    is_minute = before[-1:] == ["hour"] or after[:1] == ["second"]
    return "minute" if is_minute else "month"


def _literal(text: str) -> str:
    return r"\s+" if text.isspace() else re.escape(text)


def _to_iso(cell: str, whole: re.Pattern[str], *, accepts_iso: bool) -> str | None:
    found = whole.fullmatch(cell)
    if found is None:
        return cell if accepts_iso and is_iso(cell) else None
    part = found.groupdict()
    month = part.get("month") or _month_number(part["name"])
    if month is None:
        return None
    year = part["year"] if len(part["year"]) == 4 else f"20{part['year']}"
    date = f"{year}-{int(month):02d}-{int(part['day']):02d}"
    if part.get("hour") is None:
        return date
    hour = _hour(int(part["hour"]), part.get("am"))
    if hour is None:
        return None
    fraction = f".{part['fraction']}" if part.get("fraction") else ""
    clock = f"{hour:02d}:{int(part.get('minute') or 0):02d}:{int(part.get('second') or 0):02d}"
    return f"{date}T{clock}{fraction}{part.get('offset') or ''}"


def _month_number(name: str) -> str | None:
    number = _MONTH_OF.get(name.casefold().translate(_WITHOUT_ACCENTS))
    return None if number is None else str(number)


def _hour(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half in "Pp" else 0)
