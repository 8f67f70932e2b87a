"""When a dropped file is complete: when it has looked the same for long enough.

That is measured with a clock that never steps back, and times of files are only compared for
equality, so neither a wrong clock nor an old file time keeps a file waiting.
"""

from collections.abc import Sequence

from loader.inbox.values import Candidate


class Stability:
    """What earlier looks at one folder saw, and since when it has been the same."""

    def __init__(self, *, settle_seconds: float) -> None:
        self._settle_seconds = settle_seconds
        self._since: dict[str, tuple[str, float]] = {}

    def see(self, candidates: Sequence[Candidate], *, now: float) -> None:
        """Take in a look at the monotonic time `now`; what is gone is forgotten."""
        self._since = {
            each.name: (each.identity, self._same_since(each, now)) for each in candidates
        }

    def is_stable(self, candidate: Candidate, *, now: float) -> bool:
        """Say whether the file has been the same for the settle time."""
        since = self._same_since(candidate, now)
        return now - since >= self._settle_seconds

    def next_at(self) -> float | None:
        """Return when the next of them will have settled if it stays as it is."""
        return min(
            (since + self._settle_seconds for _, since in self._since.values()), default=None
        )

    def _same_since(self, candidate: Candidate, now: float) -> float:
        identity, since = self._since.get(candidate.name, ("", now))
        return since if identity == candidate.identity else now
