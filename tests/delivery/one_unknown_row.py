"""One unknown row, and the library in which it is looked for: an empty one, or of one offer."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loader.delivery.ports import Policy
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.shared import Shared
from loader.delivery.stop import StopSignal
from loader.events import silent
from loader.model import Job, OperationEvent, Receipt, RemoteOffer, UnknownRow
from tests.support.waiting_clock import WaitingClock

SETTLE = 60.0
NOW = 1_700_000_000.0


@dataclass(slots=True)
class Ledger:
    """One unknown row."""

    row: UnknownRow
    concluded: list[OperationEvent] = field(default_factory=list)

    async def unknown(self, *, after: int, limit: int) -> Sequence[UnknownRow]:
        return [self.row] if after < self.row.job.operation_id and not self.concluded else []

    async def latest_done(self, *, before: float) -> str | None:
        return None

    async def newest_not_undone(self) -> str | None:
        return None

    async def claimed(self, ids: Sequence[str]) -> Mapping[str, str]:
        return {}

    async def names_of_rows(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset()

    async def due(self, *, after: int, limit: int) -> Sequence[Job]:
        return [self.row.job]

    async def conclude(
        self, operation_id: int, event: OperationEvent, *, receipt: Receipt | None, evidence: str
    ) -> None:
        self.concluded.append(event)


@dataclass(slots=True)
class Library:
    """An empty one, which remembers when it was looked at."""

    clock: WaitingClock
    looks: list[float] = field(default_factory=list)

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        self.looks.append(self.clock.passed)
        yield []

    async def lookup(self, remote_id: str) -> RemoteOffer | None:
        self.looks.append(self.clock.passed)
        return None

    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool:
        return False

    def contents_of(self, offer: Mapping[str, Any]) -> bytes:
        return b""


@dataclass(slots=True)
class LibraryOfOne(Library):
    """One offer, with the contents of every row."""

    name: str = ""

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        receipt = Receipt(instance_id="dps:fallback-offer:1", at_id="dps:fallback-offer:1")
        yield [RemoteOffer(receipt=receipt, name=self.name, offer={})]

    def contents_of(self, offer: Mapping[str, Any]) -> bytes:
        return b"the same"


def shared_of(ledger: Ledger, clock: WaitingClock) -> Shared:
    return Shared(
        ledger=ledger,  # type: ignore[arg-type]  # what is not asked for is not there
        clock=clock,
        policy=Policy(settle_seconds=SETTLE),
        listener=silent,
        stop=StopSignal(),
        rate_limit=RateLimiter(max_per_second=1e6),
    )
