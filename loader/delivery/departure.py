"""The departure of one request: from the wait for its slot until its bytes have left.

The rate limit counts the moment at which bytes went to the socket. Until then anything may delay a
request (a new connection, a new token, a machine that was suspended). It counts all that time, and
no other request goes in its place.

A request leaves soon after its intent, or not at all: whoever took the target over meanwhile waits
only for what left until then. So the age of the intent is looked at twice: before the request is
made, and when its bytes are about to be written.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from loader.delivery.pauses import LONGEST_NAP_SECONDS
from loader.delivery.ports import Clock
from loader.delivery.rate_limit import RateLimiter, Slot
from loader.delivery.stop import StopSignal

_NO_AGE: Final = float("inf")  # a read has no intent
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class DeparturePermit:
    """The way out of one request. It is made before the intent is: the age counts from then."""

    rate_limit: RateLimiter
    clock: Clock
    stop: StopSignal
    slot: Slot
    most_seconds: float  # between the intent and the bytes
    _is_leaving: bool = field(init=False, default=False)
    _made_at: float = field(init=False)  # by the monotonic clock
    _made_on: float = field(init=False)  # by the wall clock, which counts while a machine sleeps

    def __post_init__(self) -> None:
        self._made_at, self._made_on = self.clock.monotonic(), self.clock.now()

    def __enter__(self) -> None:
        """On exit, normal or not, the request counts as departed."""

    def __exit__(self, *_: object) -> None:
        self.sent()

    async def wait_for_turn(self) -> bool:
        """Wait until the rate limit lets the request go; return False if a stop was requested."""
        while not self.stop.requested():
            now = self.clock.monotonic()
            self.slot = self.rate_limit.try_depart(now, self.slot)
            if self.slot.at <= now:
                self._is_leaving = True
                return True
            await self.clock.sleep(min(self.slot.at - now, LONGEST_NAP_SECONDS))
        return False

    def may_send(self) -> bool:
        """Say whether the intent is young enough, by both clocks."""
        passed = self.clock.monotonic() - self._made_at
        return max(passed, self.clock.now() - self._made_on) <= self.most_seconds

    async def wait_to_resend(self) -> bool:
        """The same for a request that is made once more."""
        self.sent()
        self.slot = self.rate_limit.reserve(self.clock.monotonic())
        return await self.wait_for_turn()

    def sent(self) -> None:
        """Note that the request has left, or never will; more than once is once."""
        if self._is_leaving:
            self._is_leaving = False
            self.rate_limit.departed(self.clock.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class PacedReads:
    """Reads of the target beside the sending: each is one of the requests of a second."""

    rate_limit: RateLimiter
    clock: Clock
    stop: StopSignal

    async def pages(self, pages: AsyncIterator[T]) -> AsyncIterator[T]:
        """Yield pages, each read in its turn; after a stop nothing more, which means nothing."""
        while (page := await self.read(lambda: anext(pages, None))) is not None:
            yield page

    async def read(self, read: Callable[[], Awaitable[T | None]]) -> T | None:
        """Read in turn; None after a stop, which means nothing."""
        slot = self.rate_limit.reserve(self.clock.monotonic())
        permit = DeparturePermit(
            rate_limit=self.rate_limit,
            clock=self.clock,
            stop=self.stop,
            slot=slot,
            most_seconds=_NO_AGE,
        )
        with permit:
            return await read() if await permit.wait_for_turn() else None
