"""Reads that come so soon after a plan that they may show an older copy than the plan saw.

An etag does not say which of two copies is newer. But what the plan saw was there; so from the
settle time after it on, every read shows that, or what came later. Until then not even the
etag that this journal wrote last says more: others may have edited the offer before the plan.
"""

from dataclasses import dataclass

from loader.delivery.ports import Clock
from loader.model import Outcome, OutcomeKind, RemoteOffer

NOT_SETTLED = "not-settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyReads:
    """Tells which reads prove nothing.

    `seen_at` (UTC) is when the plan had seen the offers, and other runs had written them.
    """

    clock: Clock
    seen_at: float
    settle_seconds: float

    def judge(self, there: RemoteOffer | None) -> Outcome | None:
        """Return the outcome of a change whose offer was read so early; None from then on.

        `there` is what was read, and not what the plan saw.
        """
        left = self._seconds_left()
        if left <= 0.0:
            return None
        found = "nothing is found by its id" if there is None else "its id finds another revision"
        return Outcome(
            kind=OutcomeKind.NOT_ACCEPTED,
            code=NOT_SETTLED,
            message=(
                f"not sent: {found}, so soon after the plan, or after another run's change, that"
                " this may be an older copy"
            ),
            retry_after_seconds=min(left, self.settle_seconds),
            began=False,
        )

    def is_over(self) -> bool:
        """Say whether every read from now on shows what the plan saw, or what came later."""
        return self._seconds_left() <= 0.0

    def _seconds_left(self) -> float:
        return self.seen_at + self.settle_seconds - self.clock.now()
