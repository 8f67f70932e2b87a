"""One thing that can be wrong, for the person who must mend it.

Rules of this file: `message` is what our own checks say; `{value}`, `{expected}` and `{column}` are
filled in. Codes without a message come from a part that writes its own (the readers, the journal).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from loader.model import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code, its cause and its cure."""

    code: str
    cause: str
    cure: str
    message: str = ""
    severity: Severity = Severity.ERROR


def of_cell(code: str, message: str, *, cause: str, cure: str) -> Code:
    """Return the code of an error of a cell."""
    return Code(code=code, message=message, cause=cause, cure=cure)


def of_warning(code: str, message: str, *, cause: str, cure: str) -> Code:
    """Return the code of a warning."""
    return Code(code=code, message=message, cause=cause, cure=cure, severity=Severity.WARNING)


def of_row(code: str, *, cause: str, cure: str) -> Code:
    """Return the code of an error whose words come from elsewhere."""
    return Code(code=code, cause=cause, cure=cure)


# A table of codes beyond the cells: each with its cause and its cure.
#
# Rules of this file: as in `codes`, a code never changes its meaning, docs/errors.md is made from
# the tables, and a test proves that every code that the loader gives is listed in one of them.


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
