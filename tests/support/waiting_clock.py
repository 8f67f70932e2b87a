"""A clock that only moves when someone waits."""

from dataclasses import dataclass


@dataclass(slots=True)
class WaitingClock:
    """Seconds that `sleep` lets pass at once; `shift` is how far the wall clock is ahead."""

    passed: float = 1000.0
    shift: float = 0.0

    def now(self) -> float:
        return self.passed + self.shift

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
