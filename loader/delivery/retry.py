"""When to try again, and when the whole run must stop: pure decisions.

The clock and the random number come from the caller. The circuit breaker opens on what the API does
to every request, never on what it says about one row.
"""

from dataclasses import dataclass
from typing import Final

from loader.durations import in_words
from loader.model import ACCEPTED, IN_PART, SENT_TWICE, Outcome, OutcomeKind

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
_FAILURES: Final = frozenset({OutcomeKind.NOT_ACCEPTED, OutcomeKind.LOST, OutcomeKind.HALTED})
_TAKEN: Final = frozenset({IN_PART, ACCEPTED, SENT_TWICE})


def backoff_seconds(attempt: int, *, chance: float, outcome: Outcome) -> float:
    """Return the wait before attempt `attempt` + 1: full jitter, and never less than asked for.

    `chance` is a random number in [0, 1).
    """
    ceiling = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(attempt, 16))
    return max(chance * ceiling, outcome.retry_after_seconds or 0.0)


@dataclass(slots=True, kw_only=True)
class RetryBudget:
    """What a run may spend on trying again: when it is spent, nothing is tried again.

    A retry costs five, a request that the server processed gives one back (botocore's figures). A
    429 costs nothing: the rate limit reacts to it.
    """

    tokens: float = 500.0
    _most: float = 500.0

    def record(self, outcome: Outcome) -> None:
        """Count an outcome."""
        if outcome.kind is OutcomeKind.NOT_ACCEPTED:
            self.tokens -= 0.0 if outcome.asks_to_slow_down else 5.0
        elif outcome.was_processed:
            self.tokens = min(self._most, self.tokens + 1.0)

    @property
    def is_spent(self) -> bool:
        """Whether no retry is left."""
        return self.tokens <= 0.0


@dataclass(slots=True, kw_only=True)
class CircuitBreaker:
    """Opens after `limit` failures in a row over the whole run, or a long time of refusals alone.

    A 429 does not count as one: a quota that is used up answers so to everything until its window
    is over. It opens the circuit when nothing else was answered for `longest_seconds`. What was
    taken, and is to be looked up, is no failure.
    """

    limit: int
    longest_seconds: float = 300.0
    consecutive_failures: int = 0
    last: str = ""
    refused_seconds: float = 0.0  # since the first of the refusals in a row
    _refused_since: float | None = None

    def record(self, outcome: Outcome, now: float) -> None:
        """Count an outcome. `now` is monotonic."""
        if outcome.kind not in _FAILURES or outcome.code in _TAKEN:
            self.consecutive_failures, self.refused_seconds, self._refused_since = 0, 0.0, None
            return
        self.last = outcome.message or outcome.code
        if not outcome.asks_to_slow_down:
            self.consecutive_failures += 1
            return
        if self._refused_since is None:
            self._refused_since = now
        self.refused_seconds = now - self._refused_since

    @property
    def is_open(self) -> bool:
        """Whether no request must go to the API for now."""
        return (
            self.consecutive_failures >= self.limit or self.refused_seconds >= self.longest_seconds
        )

    def explain(self) -> str:
        """Say why it is open."""
        if self.consecutive_failures >= self.limit:
            return (
                f"{self.consecutive_failures} requests in a row failed, the last with: {self.last}"
            )
        return (
            f"the server has refused everything for {in_words(self.refused_seconds)}, the"
            f" last with: {self.last}"
        )
