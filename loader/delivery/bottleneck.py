"""Why a delivery is not faster, in the words of its user: a pure function of its status."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from loader.durations import in_words

_SEVERAL: Final = 3  # failures in a row, which are more than a bad moment
_MOSTLY: Final = 0.75  # of those that may be in flight


@dataclass(frozen=True, slots=True, kw_only=True)
class RateStatus:
    """What bounds the rate of a delivery at a moment."""

    max_per_second: float  # what was set
    rate: float  # what holds now
    pause_seconds: float  # still to wait, because the server asked
    asked_seconds: float | None  # the whole of that wait
    refused_seconds: float  # without anything that was taken; 0 where some is
    consecutive_failures: int  # requests in a row that failed
    waits_for_slot: bool  # the next request must wait for a slot
    max_in_flight: int  # what was set
    allowed_in_flight: int  # what holds now
    under_way: int  # requests without a reply


def explain_rate(now: RateStatus) -> str:
    """Return the main reason; "" where nothing holds it up."""
    in_a_row = f"{now.consecutive_failures} requests in a row failed"
    if now.pause_seconds > 0 or now.refused_seconds > 0 or now.rate < now.max_per_second:
        return _explain_server_limit(now, in_a_row)
    if now.consecutive_failures >= _SEVERAL:
        return f"waiting for the server ({in_a_row})"
    if now.under_way >= _MOSTLY * now.allowed_in_flight:
        why = (
            "max_in_flight"
            if now.allowed_in_flight >= now.max_in_flight
            else "more came into conflict"
        )
        return f"waiting for the server ({now.allowed_in_flight} at once: {why})"
    if now.waits_for_slot:
        return f"limited by max_per_second {now.max_per_second:g}"
    return ""


def _explain_server_limit(now: RateStatus, in_a_row: str) -> str:
    """Return why the server holds it up."""
    if now.pause_seconds > 0:
        asked = f"Retry-After {now.asked_seconds or now.pause_seconds:.0f} s"
        return f"server allows {now.rate:.2g}/s, {asked}: goes on in {ceil(now.pause_seconds)} s"
    if now.refused_seconds > 0:
        every = ceil(1.0 / now.rate)
        refused = in_words(now.refused_seconds)
        return f"the server has taken nothing for {refused}: asked every {every} s"
    also = f" ({in_a_row})" if now.consecutive_failures >= _SEVERAL else ""
    return f"server allows {now.rate:.2g}/s{also}"
