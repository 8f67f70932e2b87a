"""Numbers as people write them, `1.234,56` or `1 234,50`, in the form that every program reads.

Which character is the decimal one is said by the mapping and never guessed. Thousands may be
separated, by the other one of point and comma, by blanks or by apostrophes, but then throughout.
"""

import re
from functools import lru_cache
from typing import Final

_SPACES: Final = str.maketrans(
    dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " ")
)


def number_of(text: str, decimal: str) -> str | None:
    """Return "1234.56" of "1.234,56", with the digits as written; None for what is no number."""
    written = text.translate(_SPACES).strip().replace("\N{MINUS SIGN}", "-")
    found = _pattern(decimal).fullmatch(written)
    if found is None:
        return None
    sign, whole, fraction = found["sign"], re.sub(r"[^0-9]", "", found["whole"]), found["fraction"]
    return f"{'-' if sign == '-' else ''}{whole}{f'.{fraction}' if fraction else ''}"


@lru_cache
def _pattern(decimal: str) -> re.Pattern[str]:
    other = "." if decimal == "," else ","
    marks = re.escape(f"{other} '’")
    grouped = rf"[0-9]{{1,3}}(?P<mark>[{marks}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
    fraction = rf"(?:{re.escape(decimal)}(?P<fraction>[0-9]+))?"
    return re.compile(rf"(?P<sign>[+-]?) ?(?P<whole>{grouped}|[0-9]+){fraction}")
