"""The files of a folder that could not be claimed: why, and when that is tried again.

Each waits alone, with a pause of its own that doubles; its folder goes on with the others. Where
one after another is refused, the folder itself cannot be used, and all of its files wait; not where
each is tried once only, and one behind them would not be tried at all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from loader.inbox.drops import Candidate

_MOST_IN_A_ROW: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    reason: str
    until: float
    pauses: int


@dataclass(slots=True, kw_only=True)
class RefusedFiles:
    """Those of one folder. Times are those of a monotonic clock."""

    retry_pause: Callable[[int], float]  # by the number of earlier pauses
    has_news: bool = False  # a file was refused that was not described since
    _found: dict[Candidate, _Refusal] = field(default_factory=dict)
    _in_a_row: int = 0

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._found)

    def begin_look(self, listed: Iterable[Candidate]) -> None:
        """Forget what does not lie there any more, or was changed."""
        self._found = {each: self._found[each] for each in listed if each in self._found}
        self.has_news = self.has_news and bool(self._found)
        self._in_a_row = 0

    def move_back(self, ordered: Iterable[Candidate]) -> list[Candidate]:
        """Return files with those behind the others that were refused, the most often last."""
        return sorted(ordered, key=self._pauses)

    def add(self, candidate: Candidate, error: OSError, *, now: float, is_once: bool) -> None:
        """Let a refused file wait, longer than the last time.

        Raises `OSError`, which is about the folder, where too many were refused in this look,
        unless each is tried once only.
        """
        pauses = self._pauses(candidate)
        reason = error.strerror or str(error)
        self._found[candidate] = _Refusal(
            reason=reason, until=now + self.retry_pause(pauses), pauses=pauses + 1
        )
        self.has_news = True
        self._in_a_row += 1
        if self._in_a_row >= _MOST_IN_A_ROW and not is_once:
            raise OSError(
                f"{self._in_a_row} files, one after another, cannot be taken, the last of them"
                f" {candidate.name}: {reason}; files here wait until the loader may rename and"
                " read them"
            ) from error

    def forget(self, candidate: Candidate) -> None:
        """Forget a file that could be claimed."""
        self._found.pop(candidate, None)
        self._in_a_row = 0

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

    def _pauses(self, candidate: Candidate) -> int:
        known = self._found.get(candidate)
        return known.pauses if known else 0
