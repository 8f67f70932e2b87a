"""The most calls in any window of a second: the oracle of a client's rate limit."""

from collections import deque


class RateOracle:
    """Fed with times of arrival in seconds, in order."""

    def __init__(self) -> None:
        self.most = 0
        self._recent: deque[float] = deque()

    def add(self, moment: float) -> None:
        """Count an arrival."""
        while self._recent and self._recent[0] <= moment - 1.0:
            self._recent.popleft()
        self._recent.append(moment)
        self.most = max(self.most, len(self._recent))
