"""In which cells two rows differ, in words: the heading, and both texts around the difference."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

_MOST_NAMED: Final = 3
_BEFORE: Final = 12  # characters that are shown before the difference
_LONGEST: Final = 40


def by_heading(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """Return the texts of a row by their headings."""
    return {
        heading.strip(): text.strip()
        for heading, text in zip(header, cells, strict=False)
        if heading.strip()
    }


def differing_cells(
    there: Mapping[str, str], here: Mapping[str, str], *, words: str = "they differ in"
) -> str:
    """Say where the row `here` differs from the one `there`; "" where it does not."""
    found = [*_differing(there, here)]
    more = f", and {len(found) - _MOST_NAMED} more columns" if len(found) > _MOST_NAMED else ""
    named = ", ".join(found[:_MOST_NAMED])
    return f"{words} {named}{more}" if found else ""


def _differing(there: Mapping[str, str], here: Mapping[str, str]) -> Iterator[str]:
    for heading in dict.fromkeys((*here, *there)):
        first, second = there.get(heading, ""), here.get(heading, "")
        if first != second:
            same = (one == other for one, other in zip(first, second, strict=False))
            is_short = max(len(first), len(second)) <= _LONGEST
            start = 0 if is_short else max(0, sum(takewhile(bool, same)) - _BEFORE)
            yield f"{heading} ({_shown(first, start)} there, {_shown(second, start)} here)"


def _shown(text: str, start: int) -> str:
    if not text:
        return "blank"
    end = start + _LONGEST
    return f'"{"…" * bool(start)}{text[start:end]}{"…" * (len(text) > end)}"'
