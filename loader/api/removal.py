"""A delete that the API accepted is done when the offer was seen gone, and not before.

A 202 names, by its Location, where the decision can be asked for, which may be a refusal. Any other
2xx may come from a proxy. So the offer is looked up, for a limited time; what is then still there
has no known outcome.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import anyio

from loader.api.error_body import parse, words
from loader.api.transport import Reply
from loader.errors import TargetError
from loader.model import Outcome, OutcomeKind, Receipt, RemoteOffer

_WAITS: Final = (0.0, 0.2, 0.5, 1.0, *(2.0,) * 14)  # about half a minute
_NAP_SECONDS: Final = 0.25  # so that a stop is noticed soon
_UNDECIDED: Final = frozenset({202, 404, 408, 409, 425, 429})  # and 5xx; 404: asked too late


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why an accepted delete was refused; "" where it was not, or not yet."""

    refusal: str = ""


class DeletedOffers(Protocol):
    """Reads what is left. Raises `TargetError` where it cannot."""

    async def lookup(self, remote_id: str) -> RemoteOffer | None: ...
    async def decision(self, location: str) -> Decision: ...


def decision_of(
    reply: Reply, *, receipt: Callable[[Mapping[str, Any]], Receipt | None]
) -> Decision:
    """Return what the Location of an accepted delete answers: a receipt, a refusal, or nothing."""
    if reply.status is None or reply.status in _UNDECIDED or reply.status >= 500:
        return Decision()
    document = parse(reply.body) if reply.whole else None
    if reply.status < 300 and not isinstance(document, Mapping):
        return Decision()
    if reply.status < 300 and (not document or receipt(document) is not None):
        return Decision()
    return Decision(refusal=f"HTTP {reply.status} {words(reply.body)}".strip())


async def seen_gone(
    remote_id: str, accepted: Reply, offers: DeletedOffers, *, is_stopping: Callable[[], bool]
) -> Outcome:
    """Wait until an offer is gone, its delete is refused, the time is up, or someone stops."""
    location = accepted.headers.get("Location", "") if accepted.status == 202 else ""
    try:
        for wait in _WAITS:
            if not await _waited(wait, is_stopping):
                break
            decision = await offers.decision(location) if location else Decision()
            if await offers.lookup(remote_id) is None:
                return _outcome(OutcomeKind.DONE, "deleted", accepted)
            if decision.refusal:
                message = f"the API accepted the delete and then refused it: {decision.refusal}"
                return _outcome(OutcomeKind.REFUSED, "delete-refused", accepted, message)
    except TargetError as error:
        return _outcome(OutcomeKind.LOST, "not-decided", accepted, str(error))
    message = f"the API accepted the delete (HTTP {accepted.status}), but the offer is still there"
    return _outcome(OutcomeKind.LOST, "not-decided", accepted, message)


async def _waited(seconds: float, is_stopping: Callable[[], bool]) -> bool:
    """Wait; say False where someone wants to stop meanwhile. The first look is always taken."""
    rest = seconds
    while rest > 0:
        if is_stopping():
            return False
        await anyio.sleep(min(rest, _NAP_SECONDS))
        rest -= _NAP_SECONDS
    return True


def _outcome(kind: OutcomeKind, code: str, accepted: Reply, message: str = "") -> Outcome:
    return Outcome(
        kind=kind,
        code=code,
        message=message,
        http_status=accepted.status,
        elapsed_seconds=accepted.elapsed_seconds,
    )
