"""Count the errors of rows by their code, with a few examples, whatever the number of rows.

Counts are exact, examples are the first few. The whole list is in the results.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from loader.model import FoundError, Severity

_MOST_EXAMPLES: Final = 3  # of one code
_MOST_COUNTS: Final = 200
_OTHER: Final = "(other codes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    """How often one code occurred, with a few examples."""

    code: str
    severity: Severity
    count: int
    example: FoundError
    more_examples: tuple[FoundError, ...] = ()

    @property
    def examples(self) -> tuple[FoundError, ...]:
        """The first few, in the order of the rows."""
        return (self.example, *self.more_examples)


class ErrorDigest:
    """Takes in errors as they come, and keeps `most_first` of them in full."""

    def __init__(self, *, most_first: int = 0) -> None:
        self.first: list[FoundError] = []
        self._most_first = most_first
        self._counts: dict[tuple[str, Severity], int] = {}
        self._examples: dict[tuple[str, Severity], list[FoundError]] = {}

    def add(self, errors: Iterable[FoundError]) -> None:
        """Take in some errors, in the order of their rows."""
        for found in errors:
            if len(self.first) < self._most_first:
                self.first.append(found)
            key = (found.error.code, found.error.severity)
            if key not in self._counts and len(self._counts) >= _MOST_COUNTS:
                key = (_OTHER, found.error.severity)
            self._counts[key] = self._counts.get(key, 0) + 1
            examples = self._examples.setdefault(key, [])
            if len(examples) < _MOST_EXAMPLES:
                examples.append(found)

    def counts(self) -> tuple[CodeCount, ...]:
        """Return the counts, the commonest code first."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            CodeCount(
                code=code,
                severity=severity,
                count=count,
                example=self._examples[code, severity][0],
                more_examples=tuple(self._examples[code, severity][1:]),
            )
            for (code, severity), count in ordered
        )
