"""Whether a page of a list is one that a cache gave before, though it does not say so; pure.

A cache should say by `Age` how long it has kept a reply. One that does not still passes on the
`Date` that the API gave it: the same page, at a later time, with the same `Date` was not made anew.
Only replies to one address are compared, so that servers whose clocks differ raise no alarm.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

_LEAST_SECONDS: Final = 2.0  # a `Date` has whole seconds


@dataclass(slots=True)
class ReplayedLists:
    """What was read at each address: a hash of its `Date` and body, and when it was there."""

    _seen: dict[Hashable, tuple[int, float]] = field(default_factory=dict)

    def seconds_kept(
        self, address: Hashable, date: str, body: bytes, *, asked_at: float, read_at: float
    ) -> int:
        """Return for how long a cache has held a page at least, 0 for none; remember the page."""
        if not date:
            return 0
        page = hash((date, body))
        before, first_read_at = self._seen.get(address, (None, read_at))
        if before != page:
            self._seen[address] = (page, read_at)
            return 0
        kept = asked_at - first_read_at
        return int(kept) if kept >= _LEAST_SECONDS else 0
