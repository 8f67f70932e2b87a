"""The cells of the table: what a server allows, what it refuses at random, what it says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.rates.peers import Aimd, Cubic
from benchmarks.rates.simulation import MakeSoftRate, Play, Server

SHARES: Final = (0.0, 0.01, 0.02, 0.05)
RATES: Final = (5.0, 200.0)
LIMITS: Final = (None, 2, 5, 20, 40, 100)
QUOTAS: Final = ((60, 60.0), (100, 30.0))
RETRY_AFTER_SECONDS: Final = 1.0
LEARNING_SECONDS, SECONDS, QUOTA_SECONDS = 10.0, 300.0, 600.0
RULES: Final[dict[str, MakeSoftRate | None]] = {
    "ours": None,
    "AIMD": lambda most: Aimd(most=most),
    "cubic": lambda most: Cubic(most=most),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One server at one set rate, but for what it refuses at random."""

    set_rate: float
    limit: int | None = None
    window_seconds: float = 1.0
    says_retry_after: bool = False  # each refusal of the server

    def __str__(self) -> str:
        """Say it for the table."""
        if self.limit is None:
            return f"{self.set_rate:g}/s, none"
        if self.window_seconds == 1.0:
            return f"{self.set_rate:g}/s, {self.limit}/s"
        return f"{self.set_rate:g}/s, {self.limit} in {self.window_seconds:g} s"

    def cell(
        self, share: float, rule: MakeSoftRate | None, *, seed: int = 9
    ) -> tuple[float, float]:
        """Return the part that is used, and the part of requests that is refused."""
        is_quota = self.window_seconds != 1.0
        since, until = (0.0, QUOTA_SECONDS) if is_quota else (LEARNING_SECONDS, SECONDS)
        server = Server(
            limit=self.limit,
            window_seconds=self.window_seconds,
            share=share,
            retry_after=RETRY_AFTER_SECONDS if self.says_retry_after else None,
            seed=seed,
        )
        play = Play(set_rate=self.set_rate, server=server, soft=rule)
        play.run(until)
        return play.used(since=since, until=until), play.refused(since=since)


def rows() -> Iterator[Row]:
    """Yield every row of the grid."""
    for says_retry_after in (False, True):
        for rate in RATES:
            for limit in LIMITS:
                if limit is None or limit < rate:
                    yield Row(set_rate=rate, limit=limit, says_retry_after=says_retry_after)
            for limit, seconds in QUOTAS:
                yield Row(
                    set_rate=rate,
                    limit=limit,
                    window_seconds=seconds,
                    says_retry_after=says_retry_after,
                )
