"""Ids and times in the formats that the two dialects were seen to use.

DPS    id          dps:fallback-offer:1a24dc4342f2e21e
       receipt     2023-05-31T15:09:11.771Z          object  2023-06-08T14:04:41.011+00:00
XCORE  @id         xcore:fallback-offer:124e2e764b1ac1b9
       instanceId  b3966680-13ec-11eb-9c20-8323709cfc65 (time-based)
       dates       2020-10-21T22:28:11.111732Z
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UUID_EPOCH: Final = 0x01B21DD213814000  # 1970 on the clock of UUIDs, in 100 ns
_NODE: Final = 0x8323709CFC65
_CLOCK_SEQUENCE: Final = 0x1C20


class UniqueTimes:
    """Assigns every new entity its own microsecond, and ids that are ordered by it."""

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        """Return the time in microseconds; never the same one twice."""
        self._last = max(time.time_ns() // 1000, self._last + 1)
        return self._last


def suffix(moment: int) -> str:
    """Return 16 hex digits, ordered in time, without an obvious step."""
    return f"{(moment << 11) | (moment * 1103515245 + 12345 >> 7 & 0x7FF):016x}"


def instance_id(moment: int) -> str:
    """Return a time-based UUID."""
    ticks = moment * 10 + _UUID_EPOCH
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
    fields = (low, middle, high | 0x1000, 0x80 | _CLOCK_SEQUENCE >> 8, _CLOCK_SEQUENCE & 0xFF)
    return str(UUID(fields=(*fields, _NODE)))


def micros_z(moment: int) -> str:
    """Write a time as XCORE does."""
    return f"{_moment(moment):%Y-%m-%dT%H:%M:%S.%f}Z"


def millis_z(moment: int) -> str:
    """Write a time as a DPS receipt does."""
    return f"{_moment(moment):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def millis_offset(moment: int) -> str:
    """Write a time as a DPS object does."""
    return f"{_moment(moment):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+00:00"


def moment_of(text: str) -> int | None:
    """Read a time in any of the formats, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def _moment(moment: int) -> datetime:
    return _EPOCH + timedelta(microseconds=moment)
