"""What the values of a column say about it, beside its heading."""

import re
from collections.abc import Sequence
from typing import Final

_CODE: Final = re.compile(r"\S*\d\S*")  # 1001, A-17, SKU_0004
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_MARKUP: Final = re.compile(r"<[a-zA-Z/]|://|^\s*[\[{]")
_LONGEST_NAME: Final = 120
_FEWEST: Final = 2  # values; one alone proves nothing


def are_codes(values: Sequence[str]) -> bool:
    """Say whether all values are ids, such as a person would not give to an offer as its name."""
    return bool(values) and all(_CODE.fullmatch(value.strip()) for value in values)


def may_be_names(values: Sequence[str], *, rows: int) -> bool:
    """Say whether the values may be names of `rows` rows: different, short, of words."""
    return len(values) >= max(rows, _FEWEST) and all(
        len(value) <= _LONGEST_NAME and _WORD.search(value) and not _MARKUP.search(value)
        for value in values
    )
