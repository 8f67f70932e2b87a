"""Collect the errors of a check: counts by code and a few examples, whatever the number of rows.

Each error is also sent to the listener as an event.
"""

from collections.abc import Iterable

from loader.events import Listener, RowErrorFound
from loader.model import Notice, RowError, Severity
from loader.run.reports import MOST_EXAMPLES, CodeCount, Findings, FoundError, mistakes_first


class Collector:
    """Counts every error, keeps the first, emits each as an event."""

    def __init__(self, *, most_shown: int, listener: Listener) -> None:
        self.notices: list[Notice] = []
        self._most_shown = most_shown
        self._listener = listener
        self._first: list[FoundError] = []
        self._counts: dict[tuple[str, Severity], tuple[int, tuple[FoundError, ...]]] = {}

    def add(self, source: str, errors: Iterable[RowError]) -> None:
        """Count the errors of a row."""
        for error in errors:
            key = (error.code, error.severity)
            found = FoundError(source=source, error=error)
            count, examples = self._counts.get(key, (0, ()))
            if len(examples) < MOST_EXAMPLES:
                examples = (*examples, found)
            self._counts[key] = (count + 1, examples)
            if len(self._first) < self._most_shown:
                self._first.append(found)
            self._listener(RowErrorFound(source=source, error=error))

    def findings(self) -> Findings:
        """Return what was collected, the commonest code first."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1][0], item[0]))
        return Findings(
            counts=mistakes_first(
                CodeCount(
                    code=code,
                    severity=severity,
                    count=count,
                    example=examples[0],
                    more_examples=examples[1:],
                )
                for (code, severity), (count, examples) in ordered
            ),
            first=tuple(self._first),
            notices=tuple(self.notices),
        )
