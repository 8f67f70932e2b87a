"""What an exception of the network means: nothing was sent, or which fault of an exchange it is."""

from collections.abc import Iterator
from typing import Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from loader.api.fault import Fault
from loader.api.proxy_and_certificate_faults import CLOSED, TunnelError, with_advice

LONGEST_HEADER: Final = 65_536  # company networks add long ones


class StaleConnection(aiohttp.ClientConnectionError):
    """A kept connection is closed, or holds bytes that nobody asked for: nothing was sent."""


class IntentTooOld(aiohttp.ClientConnectionError):
    """The intent was too old when the request could be written: nothing was sent."""


class MismatchedReply(aiohttp.ClientConnectionError):
    """The server sent more replies than requests, so the reply may belong to another request."""


# First match wins; without a reason it is aiohttp's own.
_FAULTS: Final[tuple[tuple[type[Exception], Fault, str], ...]] = (
    (aiohttp.ConnectionTimeoutError, Fault.CONNECT_TIMEOUT, "no connection in time"),
    (aiohttp.ClientConnectorError, Fault.CONNECT_ERROR, ""),
    (aiohttp.ServerFingerprintMismatch, Fault.CONNECT_ERROR, ""),
    (StaleConnection, Fault.CONNECT_ERROR, ""),
    (IntentTooOld, Fault.NOT_SENT, ""),
    (MismatchedReply, Fault.BAD_REPLY, ""),
    (TimeoutError, Fault.TIMEOUT, "no complete reply in time"),
    (
        aiohttp.ServerDisconnectedError,
        Fault.BAD_REPLY,
        "the server closed the connection without a reply",
    ),
    (HttpProcessingError, Fault.BAD_REPLY, "the reply is not HTTP"),
    (aiohttp.ClientResponseError, Fault.BAD_REPLY, "the reply is not HTTP"),
    (aiohttp.ClientPayloadError, Fault.BAD_REPLY, "the body of the reply broke off"),
    (aiohttp.InvalidURL, Fault.BAD_REQUEST, ""),
)

NOT_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
    StaleConnection,
    IntentTooOld,
    TunnelError,
)


def fault_of(error: Exception) -> tuple[Fault, str]:
    """Return the fault and its reason. Messages of aiohttp's hold no header and no body."""
    if isinstance(error, TunnelError):
        return error.fault, str(error)
    if any(isinstance(each, LineTooLong) for each in _chain(error)):
        return Fault.BAD_REPLY, f"the reply has a header of more than {LONGEST_HEADER:,} bytes"
    for known, fault, reason in _FAULTS:
        if isinstance(error, known):
            return fault, reason or _reason(error)
    return Fault.CONNECTION_LOST, _reason(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and its causes."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        why = str(error.os_error) or CLOSED
        return with_advice(f"cannot connect to {error.host}:{error.port}: {why}")
    return str(error) or type(error).__name__
