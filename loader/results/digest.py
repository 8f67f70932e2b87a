"""The errors of a run, grouped by code: what a person reads first, in bounded memory.

Counts are exact, examples are the first few. The whole list is in the results.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from loader.model import RowError, Severity

EXAMPLES: Final = 3
_MAX_GROUPS: Final = 200
_OTHER: Final = "(other codes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An error and the file it was found in."""

    source: str
    error: RowError


@dataclass(slots=True, kw_only=True)
class ErrorGroup:
    """All errors of one code: how many, and the first few."""

    code: str
    severity: Severity
    count: int = 0
    examples: list[Found] = field(default_factory=list)


class ErrorDigest:
    """Collects errors as they come; keeps counts by code and a few examples."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Severity, str], ErrorGroup] = {}

    def add(self, source: str, errors: Iterable[RowError]) -> None:
        """Take in the errors of some rows of `source`, in row order."""
        for error in errors:
            group = self._group(error)
            group.count += 1
            if len(group.examples) < EXAMPLES:
                group.examples.append(Found(source=source, error=error))

    def groups(self) -> list[ErrorGroup]:
        """Return the groups: errors before warnings, the most frequent first."""
        return sorted(
            self._groups.values(),
            key=lambda group: (group.severity is Severity.WARNING, -group.count, group.code),
        )

    def _group(self, error: RowError) -> ErrorGroup:
        code = error.code
        if (error.severity, code) not in self._groups and len(self._groups) >= _MAX_GROUPS:
            code = _OTHER
        return self._groups.setdefault(
            (error.severity, code), ErrorGroup(code=code, severity=error.severity)
        )
