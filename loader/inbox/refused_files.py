"""The files of a folder that could not be claimed: why, and when that is tried again.

Each waits alone, with a pause of its own that doubles; its folder goes on with the others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from loader.inbox.drops import Candidate


class FileRefused(Exception):
    """A file could not be claimed; others perhaps can."""

    def __init__(self, candidate: Candidate, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.candidate = candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    reason: str
    until: float
    pauses: int


@dataclass(slots=True, kw_only=True)
class RefusedFiles:
    """Those of one folder. Times are those of a monotonic clock."""

    retry_pause: Callable[[int], float]  # by the number of earlier pauses
    _found: dict[Candidate, _Refusal] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._found)

    def add(self, refused: FileRefused, *, now: float) -> None:
        """Let a file wait, longer than the last time."""
        known = self._found.get(refused.candidate)
        pauses = known.pauses if known else 0
        self._found[refused.candidate] = _Refusal(
            reason=str(refused), until=now + self.retry_pause(pauses), pauses=pauses + 1
        )

    def forget(self, candidate: Candidate) -> None:
        """Forget a file that could be claimed."""
        self._found.pop(candidate, None)

    def keep(self, listed: Iterable[Candidate]) -> None:
        """Forget what does not lie there any more, or was changed."""
        self._found = {each: self._found[each] for each in listed if each in self._found}

    def waits(self, candidate: Candidate, *, now: float) -> bool:
        """Whether it is not tried yet."""
        known = self._found.get(candidate)
        return known is not None and known.until > now

    def times(self) -> list[float]:
        """Return when each is tried again."""
        return [each.until for each in self._found.values()]

    def describe(self) -> str:
        """Say which cannot be taken, and why."""
        first = min(self._found, key=lambda each: each.name)
        others = f" (and {len(self._found) - 1} more)" if len(self._found) > 1 else ""
        reason = self._found[first].reason
        return f"{first.name}{others} cannot be taken, other files are loaded: {reason}"
