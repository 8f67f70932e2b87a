"""Waits that end soon after a stop is requested."""

from collections.abc import Callable
from typing import Final

from loader.delivery.ports import Clock
from loader.delivery.stop import StopSignal
from loader.events import Limited, Listener

LONGEST_NAP_SECONDS: Final = 0.5  # so that a stop is noticed soon


async def pause(
    seconds: float,
    *,
    clock: Clock,
    stop: StopSignal,
    report: Callable[[float], None] | None = None,
) -> bool:
    """Wait, passing the seconds left to `report`; return False where a stop ended the wait."""
    until = clock.monotonic() + seconds
    while not stop.requested():
        rest = until - clock.monotonic()
        if rest <= 0:
            return True
        if report is not None:
            report(rest)
        await clock.sleep(min(rest, LONGEST_NAP_SECONDS))
    return False


def countdown(listener: Listener, what: str) -> Callable[[float], None]:
    """Return the report of a pause that tells a listener `what` comes in how many seconds."""

    def report(rest: float) -> None:
        listener(Limited(by=f"{what} in {rest:.0f} s"))

    return report


def settle_seconds_left(
    settle_seconds: float, *, clock: Clock, since: float | None, last_sent_at: float
) -> float:
    """Return how many seconds of the settle time are left before the first look.

    `since` is when this process last learned of an unknown outcome, by the monotonic clock; where
    it is None, the journal's `last_sent_at` (UTC) counts, and a time in the future counts as now.
    """
    if since is not None:
        return since + settle_seconds - clock.monotonic()
    return settle_seconds - max(0.0, clock.now() - last_sent_at)
