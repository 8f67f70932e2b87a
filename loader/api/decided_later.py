"""Changes that the API accepted and decides later: their Location is polled, for a while.

A change is refused by an error that refuses one row, whether its status says so or a 2xx has it in
its document. Whatever else is there says nothing about the change: the state of a task, a redirect,
401, 403, 404, what the gateway says, a web page. A 409 may be either: the change clashes with
another one under way, or the object is in use for good. So it is the refusal once several polls in
a row answer it, in words that do not name a clash.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from loader.api.error_body import (
    ApiError,
    is_error_document,
    is_gateway_code,
    is_html,
    parse,
    parse_error,
    said_status,
)
from loader.api.outcome import classify, receipt_in
from loader.api.transport import Reply
from loader.model import OutcomeKind, Receipt

WAITS: tuple[float, ...] = (0.0, 0.2, 0.5, 1.0, *(2.0,) * 14)  # about half a minute
_NAP_SECONDS: Final = 0.25  # so that a stop is noticed soon
_CONFLICT: Final = 409
_ASKED_TOO_LATE: Final = 404  # the change, or what became of it, is not known there any more
_CONFLICTS_FOR_REFUSAL: Final = 4  # polls in a row, over about two seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of an accepted change: a receipt, why it was refused, or nothing yet."""

    refusal: str = ""
    bare_status: int | None = None  # of a refusal without words
    may_pass: bool = False  # the refusal is one only if it stays
    is_open: bool = False  # the API says that it is not decided
    receipt: Receipt | None = None


@dataclass(slots=True, kw_only=True)
class Decisions:
    """What becomes of one accepted change; `location`, if any, is asked by `ask` at each poll."""

    ask: Callable[[str], Awaitable[Decision]]
    location: str
    _conflicts: int = field(init=False, default=0)  # in a row

    @classmethod
    def of(cls, accepted: Reply, ask: Callable[[str], Awaitable[Decision]]) -> "Decisions":
        """Return the decisions of the change that a reply accepted."""
        location = accepted.headers.get("Location", "") if accepted.status == 202 else ""
        return cls(ask=ask, location=location)

    async def poll(self) -> Decision:
        """Return the decision so far. Raises `TargetError` where the API cannot be reached."""
        decision = await self.ask(self.location) if self.location else Decision()
        self._conflicts = self._conflicts + 1 if decision.may_pass else 0
        return Decision() if 0 < self._conflicts < _CONFLICTS_FOR_REFUSAL else decision


def read_decision(
    reply: Reply, *, receipt: Callable[[Mapping[str, Any]], Receipt | None]
) -> Decision:
    """Return the decision that the Location of an accepted change answers with."""
    if reply.status == 202:
        return Decision(is_open=True)
    content_type = reply.headers.get("Content-Type", "")
    if reply.status is None or is_html(reply.body, content_type):
        return Decision()
    status, error = reply.status, parse_error(reply.body)
    if status < 300:
        document = parse(reply.body) if reply.whole else None
        if not is_error_document(document, content_type):
            return Decision(receipt=receipt_in(reply, receipt))
        status = said_status(document) or status
    if not _refuses_the_change(status, error):
        return Decision()
    refusal = f"HTTP {reply.status} {error}".strip()
    if reply.status == _CONFLICT:
        return Decision(refusal=refusal, may_pass=True) if str(error) else Decision()
    return Decision(refusal=refusal, bare_status=None if str(error) else reply.status)


def _refuses_the_change(status: int, error: ApiError) -> bool:
    if status == _ASKED_TOO_LATE or is_gateway_code(error.code):
        return False
    return status < 300 or classify(status, error)[0] is OutcomeKind.REFUSED


async def polls(is_stopping: Callable[[], bool]) -> AsyncIterator[None]:
    """Yield once for each poll, with growing waits, until the time is up or someone stops."""
    for wait in WAITS:
        rest = wait
        while rest > 0:
            if is_stopping():
                return
            await anyio.sleep(min(rest, _NAP_SECONDS))
            rest -= _NAP_SECONDS
        yield
