"""Regular expressions of a user, in RE2: linear time, whatever the expression and the text.

What RE2 does not know (look-around, back-references) is refused when the mapping is read.
"""

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from loader.tables.arrow import Text

_LONGEST: Final = 1_000
_TOKEN: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?P?<[^=!][^>]*>|(?!\?))", re.DOTALL
)


def checked_pattern(pattern: str) -> str:
    """Return `pattern`; raise ValueError, in words, if it cannot be used."""
    if len(pattern) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    try:
        pc.match_substring_regex(_nothing(), pattern=pattern)
        pc.extract_regex(_nothing(), pattern=with_value_group(pattern))
    except pa.ArrowInvalid as error:
        why = str(error).partition(": ")[2] or str(error)
        raise ValueError(f"{why} (RE2 expressions are expected)") from error
    return pattern


def extract(texts: Text, pattern: str) -> Text:
    """Return the first group of `pattern`, or all that it matches; null where it does not fit."""
    found = pc.extract_regex(texts, pattern=with_value_group(pattern))
    value = pc.struct_field(found, "value").cast(pa.large_string())
    return pc.if_else(found.is_valid(), value, pa.scalar(None, pa.large_string()))


def with_value_group(pattern: str) -> str:
    """Name the first group `value` and make the others plain; without a group, all is `value`."""
    seen = 0

    def rename_group(match: re.Match[str]) -> str:
        nonlocal seen
        if not match.group().startswith("("):
            return match.group()
        seen += 1
        return "(?P<value>" if seen == 1 else "(?:"

    named = _TOKEN.sub(rename_group, pattern)
    return named if seen else f"(?P<value>{pattern})"


def _nothing() -> Text:
    return pa.array([""], pa.large_string())
