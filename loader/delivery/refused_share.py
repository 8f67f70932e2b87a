"""Which share of requests is refused lately, and whether that is more than usual: arithmetic."""

from collections import deque
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

_LATELY_SECONDS: Final = 3.0
_FEWEST_ANSWERS: Final = 12  # that are looked at, however old they are
_FEWEST_REFUSED: Final = 3
_DEVIATIONS: Final = 4.0  # above what is usual, and one more
_ALWAYS_UNUSUAL: Final = 0.3  # a share that no server refuses at random
_FIRST_USUAL: Final = 0.05  # until it is known
_MOST_USUAL: Final = 0.08
_LEAST_USUAL: Final = 0.005
_LEARNING_ANSWERS: Final = 600


@dataclass(slots=True, kw_only=True)
class RefusedShare:
    """The latest answers, and the share that is refused where no limit is passed."""

    _answers: deque[tuple[float, bool]] = field(init=False, default_factory=deque)
    _refused: int = field(init=False, default=0)
    _expected: float = field(init=False, default=_FIRST_USUAL)  # judged by
    _measured: float = field(init=False, default=0.0)  # without a first guess

    @property
    def usual(self) -> float:
        """Return the share that was seen to be refused at random."""
        return min(self._measured, _MOST_USUAL)

    def add(self, now: float, *, is_refused: bool, quiet_until: float) -> None:
        """Note an answer. Before `quiet_until` no limit is passed: then refusals are random."""
        self._answers.append((now, is_refused))
        self._refused += is_refused
        oldest = now - _LATELY_SECONDS
        while len(self._answers) > _FEWEST_ANSWERS and self._answers[0][0] <= oldest:
            at, was_refused = self._answers.popleft()
            self._refused -= was_refused
            if at < quiet_until:
                self._expected += (was_refused - self._expected) / _LEARNING_ANSWERS
                self._measured += (was_refused - self._measured) / _LEARNING_ANSWERS

    def clear(self) -> None:
        """Forget the latest answers; what is usual stays."""
        self._answers.clear()
        self._refused = 0

    def is_unusual(self) -> bool:
        """Whether more was refused lately than chance explains."""
        answers = len(self._answers)
        usual = answers * min(max(self._expected, _LEAST_USUAL), _MOST_USUAL)
        chance_explains = usual + _DEVIATIONS * sqrt(usual) + 1.0
        always = _ALWAYS_UNUSUAL * max(answers, _FEWEST_ANSWERS)
        return self._refused >= max(_FEWEST_REFUSED, min(chance_explains, always))

    def is_more_than_measured(self) -> bool:
        """Whether more was refused lately than usual, be it by chance."""
        return self._refused >= len(self._answers) * self.usual + 0.5
