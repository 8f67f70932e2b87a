"""Changes that the API accepted and decides later: asked for at their Location, for a while."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio

from loader.api.error_body import parse, words
from loader.api.transport import Reply
from loader.model import Receipt

WAITS: tuple[float, ...] = (0.0, 0.2, 0.5, 1.0, *(2.0,) * 14)  # about half a minute
_NAP_SECONDS: Final = 0.25  # so that a stop is noticed soon
_UNDECIDED: Final = frozenset({404, 408, 409, 410, 425, 429})  # and 5xx; 404: asked too late


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of an accepted change: a receipt, why it was refused, or nothing yet."""

    refusal: str = ""
    bare_status: int | None = None  # of a refusal without words
    is_open: bool = False  # the API says that it is not decided
    receipt: Receipt | None = None


def decision_of(
    reply: Reply, *, receipt: Callable[[Mapping[str, Any]], Receipt | None]
) -> Decision:
    """Return what the Location of an accepted change answers."""
    if reply.status == 202:
        return Decision(is_open=True)
    if reply.status is None or reply.status in _UNDECIDED or reply.status >= 500:
        return Decision()
    document = parse(reply.body) if reply.whole else None
    if reply.status < 300 and not isinstance(document, Mapping):
        return Decision()
    if reply.status < 300:
        found = receipt(document) if document else None
        if not document or found is not None:
            return Decision(receipt=found)
    said = str(words(reply.body))
    return Decision(
        refusal=f"HTTP {reply.status} {said}".strip(), bare_status=None if said else reply.status
    )


def location_of(accepted: Reply) -> str:
    """Return where an accepted change is decided, "" where the reply does not say."""
    return accepted.headers.get("Location", "") if accepted.status == 202 else ""


async def looks(is_stopping: Callable[[], bool]) -> AsyncIterator[None]:
    """Yield once for each look, with growing waits, until the time is up or someone stops."""
    for wait in WAITS:
        rest = wait
        while rest > 0:
            if is_stopping():
                return
            await anyio.sleep(min(rest, _NAP_SECONDS))
            rest -= _NAP_SECONDS
        yield
