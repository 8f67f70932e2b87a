"""What the engine, and what looks up the unknown operations, share while one kind is delivered."""

from dataclasses import dataclass, field

from loader.delivery.departure import PacedReads
from loader.delivery.ports import Clock, Policy
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.stop import StopSignal
from loader.delivery.withheld_by_unknown import UnknownOperations
from loader.events import Listener
from loader.journal.ports import Operations


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The journal, the clock, the rules, who listens and who stops, for one kind of operation.

    The kinds of a run share one rate limit, so that it also holds where one follows another.
    """

    ledger: Operations
    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal
    rate_limit: RateLimiter
    unknown: UnknownOperations = field(default_factory=UnknownOperations)

    @property
    def reads(self) -> PacedReads:
        """Reads of the target, each of which is one of the requests of a second."""
        return PacedReads(rate_limit=self.rate_limit, clock=self.clock, stop=self.stop)
