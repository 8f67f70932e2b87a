"""In which cells two rows differ, in words: the heading, and both texts around the difference."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import Final, TypeAlias

_MOST_NAMED: Final = 3
_BEFORE: Final = 12  # characters that are shown before the difference
_LONGEST: Final = 40

Row: TypeAlias = tuple[Sequence[str], Sequence[str]]  # header, cells


def by_heading(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """Return the texts of a row by their headings."""
    return {
        heading.strip(): text.strip()
        for heading, text in zip(header, cells, strict=False)
        if heading.strip()
    }


def by_column(
    header: Sequence[str], cells: Sequence[str], name_of: Callable[[str], str]
) -> Mapping[str, str] | None:
    """Return the texts of a row by the names that `name_of` gives to headings, but for "".

    None where two columns have one name: nobody can say which of the two was read.
    """
    texts: dict[str, str] = {}
    for heading, text in zip(header, cells, strict=False):
        name = name_of(heading)
        if name in texts:
            return None
        if name:
            texts[name] = text.strip()
    return texts


def describe_column_differences(
    other: Row, own: Row, name_of: Callable[[str], str], *, unread: Collection[int] = ()
) -> str | None:
    """Say in which columns a row differs from the `other`, whatever their headings are.

    A row is its header and its cells; `unread` are the positions of own columns that do not count.
    "" where it differs in none; None where nobody can tell which column is which.
    """
    header = [heading if at not in unread else "" for at, heading in enumerate(own[0])]
    here, there = by_column(header, own[1], name_of), by_column(*other, name_of)
    if here is None or there is None:
        return None
    not_read = {name_of(heading) for at, heading in enumerate(own[0]) if at in unread}
    there = {name: text for name, text in there.items() if name in here or name not in not_read}
    headings = {name_of(heading): heading.strip() for heading in header}
    return describe_differences(there, here, headings=headings)


def describe_differences(
    other: Mapping[str, str],
    own: Mapping[str, str],
    *,
    words: str = "they differ in",
    headings: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Say in which cells a row differs from the `other`; "" where in none.

    `headings` says how columns are called where not by their names in the two.
    """
    found = [
        f"{headings.get(name, name)} {difference}" for name, difference in _differences(other, own)
    ]
    more = f", and {len(found) - _MOST_NAMED} more columns" if len(found) > _MOST_NAMED else ""
    listed = ", ".join(found[:_MOST_NAMED])
    return f"{words} {listed}{more}" if found else ""


def _differences(theirs: Mapping[str, str], own: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for heading in dict.fromkeys((*own, *theirs)):
        first, second = theirs.get(heading, ""), own.get(heading, "")
        if first != second:
            same = (one == another for one, another in zip(first, second, strict=False))
            is_short = max(len(first), len(second)) <= _LONGEST
            start = 0 if is_short else max(0, sum(takewhile(bool, same)) - _BEFORE)
            yield heading, f"({_shown(first, start)} there, {_shown(second, start)} here)"


def _shown(text: str, start: int) -> str:
    if not text:
        return "blank"
    end = start + _LONGEST
    return f'"{"…" * bool(start)}{text[start:end]}{"…" * (len(text) > end)}"'
