"""What may be between the caller and the service: a cache that keeps lists, and odd proxies.

A cache that `heeds` asks the service again where the caller says `Cache-Control: no-cache`. A
`deaf` one never does; as HTTP wants it, it says by `Age` how old its answer is. A `silent` one is
deaf, and only the `Date` shows that its answer is old.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, Literal

from offer_sandbox.messages import Call, Reply

CacheBetween = Literal["none", "heeds", "deaf", "silent"]
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(slots=True, kw_only=True)
class ListCache:
    """The lists that were answered, by their address, and when."""

    _kept: dict[str, tuple[float, Reply]] = field(default_factory=dict)

    def answer(self, call: Call, kind: CacheBetween, ask: Callable[[], Reply]) -> Reply:
        """Answer a call for a list, from what is kept if there is something."""
        place = f"{call.path}?{call.raw_query}"
        asks_anew = kind == "heeds" and "no-cache" in call.headers.get("Cache-Control", "")
        if place not in self._kept or asks_anew:
            reply = ask()
            date = format_datetime(datetime.now(UTC), usegmt=True)
            reply = replace(reply, headers={**reply.headers, "Date": date})
            self._kept[place] = (time.monotonic(), reply)
            return reply
        at, reply = self._kept[place]
        if kind == "silent":
            return reply
        age = max(1, round(time.monotonic() - at))
        return replace(reply, headers={**reply.headers, "Age": str(age)})


def with_byte_order_mark(reply: Reply) -> Reply:
    """Return JSON with a byte order mark before it."""
    if not reply.body.startswith((b"{", b"[")):
        return reply
    return replace(reply, body=_MARK + reply.body)
