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


def describe_differences(
    other: Mapping[str, str], own: Mapping[str, str], *, words: str = "they differ in"
) -> str:
    """Say in which cells a row differs from the `other`; "" where in none."""
    found = [*_differences(other, own)]
    more = f", and {len(found) - _MOST_NAMED} more columns" if len(found) > _MOST_NAMED else ""
    listed = ", ".join(found[:_MOST_NAMED])
    return f"{words} {listed}{more}" if found else ""


def _differences(theirs: Mapping[str, str], own: Mapping[str, str]) -> Iterator[str]:
    for heading in dict.fromkeys((*own, *theirs)):
        first, second = theirs.get(heading, ""), own.get(heading, "")
        if first != second:
            same = (one == another for one, another in zip(first, second, strict=False))
            is_short = max(len(first), len(second)) <= _LONGEST
            start = 0 if is_short else max(0, sum(takewhile(bool, same)) - _BEFORE)
            yield f"{heading} ({_shown(first, start)} there, {_shown(second, start)} here)"


def _shown(text: str, start: int) -> str:
    if not text:
        return "blank"
    end = start + _LONGEST
    return f'"{"…" * bool(start)}{text[start:end]}{"…" * (len(text) > end)}"'
