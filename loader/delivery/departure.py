"""The departure of one request: from the wait for its slot until its bytes are sent.

The rate limit counts the moment at which bytes went to the socket. Until then anything may delay a
request (a new connection, a new token, a machine that was suspended). All that time counts, and no
other request goes in its place.

A request leaves soon after its intent, or not at all: a loader that took the target over meanwhile
waits only for what left until then. So the age of the intent is checked twice: before the request
is made, and when its bytes are about to be written.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from loader.delivery.ports import Clock
from loader.delivery.rate_limit import RateLimiter, Slot
from loader.delivery.stop import StopSignal
from loader.delivery.stoppable_waits import LONGEST_NAP_SECONDS

_ANY_AGE: Final = float("inf")  # a read has no intent
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class DeparturePermit:
    """Lets one request leave at its turn. Made before the intent, whose age it measures."""

    rate_limit: RateLimiter
    clock: Clock
    stop: StopSignal
    slot: Slot
    max_age_seconds: float  # between the intent and the bytes
    _is_leaving: bool = field(init=False, default=False)
    _made_at: float = field(init=False)  # by the monotonic clock
    _made_at_utc: float = field(init=False)  # this clock also counts while a machine sleeps

    def __post_init__(self) -> None:
        self._made_at, self._made_at_utc = self.clock.monotonic(), self.clock.now()

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
        return max(passed, self.clock.now() - self._made_at_utc) <= self.max_age_seconds

    async def wait_to_resend(self) -> bool:
        """Wait for a turn to send the request once more; return False if a stop was requested."""
        self.sent()
        self.slot = self.rate_limit.reserve(self.clock.monotonic())
        return await self.wait_for_turn()

    def sent(self) -> None:
        """Count the request as sent, or as never to be sent; further calls do nothing."""
        if self._is_leaving:
            self._is_leaving = False
            self.rate_limit.departed(self.clock.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class PacedReads:
    """Reads of the target beside the sending: each counts against the rate limit."""

    rate_limit: RateLimiter
    clock: Clock
    stop: StopSignal

    async def pages(self, pages: AsyncIterator[T]) -> AsyncIterator[T]:
        """Yield pages, each read in its turn; after a stop none, which is no empty list."""
        while (page := await self.read(lambda: anext(pages, None))) is not None:
            yield page

    async def read(self, read: Callable[[], Awaitable[T | None]]) -> T | None:
        """Read in turn; None after a stop, which does not mean that nothing is there."""
        slot = self.rate_limit.reserve(self.clock.monotonic())
        permit = DeparturePermit(
            rate_limit=self.rate_limit,
            clock=self.clock,
            stop=self.stop,
            slot=slot,
            max_age_seconds=_ANY_AGE,
        )
        with permit:
            return await read() if await permit.wait_for_turn() else None
