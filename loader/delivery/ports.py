"""What delivery needs from outside, as Protocols. The journal's is `loader.journal.ports`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from loader.api.departure_hooks import DepartureHooks
from loader.model import Job, Outcome, RemoteOffer


class Sender(Protocol):
    """Performs one operation; raises nothing for an error of the network."""

    async def perform(self, job: Job, hooks: DepartureHooks) -> Outcome: ...


class Library(Protocol):
    """Reads the offers of the target. Raises `TargetError` where it cannot."""

    def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]: ...
    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool: ...

    def contents_of(self, offer: Mapping[str, Any]) -> bytes:
        """Return what a payload, or an offer that was read, holds beside its name, in one form.

        b"" where it holds nothing that distinguishes it from others.
        """
        ...


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float: ...  # UTC seconds since the epoch
    def monotonic(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class OnExisting(StrEnum):
    """What to do with a row whose name is on the server already."""

    ERROR = "error"
    SKIP = "skip"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a run behaves. Every wait is in seconds."""

    max_per_second: float = 5.0
    max_in_flight: int = 5
    max_errors: int | None = None
    max_attempts: int = 8  # in one run, of a row that the server did not take
    settle_seconds: float = 60.0
    max_intent_age_seconds: float = 15.0  # when a request leaves; an older one is not sent
    resend_absent: bool = True
    on_existing: OnExisting = OnExisting.ERROR
    reads_after_update: bool = False
    circuit: int = 20  # failures in a row that open the circuit breaker
    longest_wait_seconds: float = 300.0  # a server that asks for more ends the run


@dataclass(slots=True, kw_only=True)
class Tally:
    """What delivery counted on the way."""

    failed: int = 0
    out_of_attempts: set[int] = field(default_factory=set)  # operations, for this run
