"""A table of codes beyond the cells: each with its cause and its cure.

Rules of this file: as in `codes`, a code never changes its meaning, docs/errors.md is made from the
tables, and a test proves that every code that the loader gives is listed in one of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A code, for the person who must act: what it comes from, and what to do."""

    code: str
    cause: str
    cure: str


def table(entries: Iterable[tuple[str, str, str]]) -> Mapping[str, Entry]:
    """Return (code, cause, cure) by code."""
    return MappingProxyType(
        {code: Entry(code=code, cause=cause, cure=cure) for code, cause, cure in entries}
    )
