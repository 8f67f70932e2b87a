"""Replies on the wire: the whole one, and each way of breaking it.

A broken reply is written to the transport by hand, because aiohttp would write it well. A reset is
a real one: RST, by a linger time of zero.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from offer_sandbox.faults import Body, Effect, Fault, RetryAfter
from offer_sandbox.messages import Reply, gateway_error, problem

_NO_LINGER = struct.pack("ii", 1, 0)
_CLEAN = (
    *(Effect.CLOSE_AFTER, Effect.HALF_STATUS_LINE, Effect.GARBAGE, Effect.CUT_SHORT),
    Effect.STATUS_EARLY,  # whose reply has gone already
)
_TITLES = {
    401: ("401013", "Oauth token is not valid"),
    409: ("409000", "Entity update has conflict with another operation"),
    413: ("413000", "The request is too large"),
    429: ("429050", "Too many requests"),
}


def to_response(reply: Reply) -> web.Response:
    """Return the reply as aiohttp sends it."""
    headers = dict(reply.headers)
    if reply.body:
        headers["Content-Type"] = reply.type
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def error_reply(fault: Fault) -> Reply:
    """Return the error reply of a fault."""
    status = 401 if fault.effect is Effect.REFUSE_TOKEN else fault.status
    code, words = _TITLES.get(status, (f"{status}000", "Something is wrong with the service"))
    shape = Body.GATEWAY if status == 401 else fault.body
    match shape:
        case Body.GATEWAY:
            reply = gateway_error(code, words).reply
        case Body.PROBLEM:
            reply = problem(status, words).reply
        case Body.PLAIN:
            reply = Reply(status=status, body=words.encode(), type="text/plain")
        case Body.EMPTY:
            reply = Reply(status=status)
        case Body.PAGE:
            page = f"<html><title>{status}</title><body>{words}</body></html>"
            reply = Reply(status=status, body=page.encode(), type="text/html")
    match fault.retry_after:
        case RetryAfter.SECONDS:
            wait = {"Retry-After": f"{fault.retry_seconds:g}"}
        case RetryAfter.DATE:
            moment = datetime.now(UTC) + timedelta(seconds=fault.retry_seconds)
            wait = {"Retry-After": format_datetime(moment, usegmt=True)}
        case RetryAfter.ABSENT:
            wait = {}
    where = {"Location": fault.location} if fault.location else {}
    return Reply(status=status, body=reply.body, type=reply.type, headers=wait | where)


async def send_broken(request: web.BaseRequest, fault: Fault, reply: Reply) -> web.StreamResponse:
    """Answer as the fault says, with `reply` as the reply without the fault."""
    if fault.effect is Effect.SECOND_REPLY:
        return await _send_twice(request, reply, fault.seconds)
    if fault.effect is Effect.ENDLESS:
        return await _endless(request, reply)
    if fault.effect in (Effect.HANG_UNREAD, Effect.HANG_AFTER):
        await _hang(request, fault.seconds)
    head, body = _as_bytes(reply)
    last = {
        Effect.HALF_STATUS_LINE: b"HTTP/1.1 20",
        Effect.GARBAGE: b"\x16\x03\x01 this is no HTTP at all\r\n\r\n",
        Effect.RESET_IN_REPLY: head + body[: len(body) // 2],
        Effect.CUT_SHORT: head + body[: len(body) // 2],
    }.get(fault.effect, b"")
    _write(request, last)
    if fault.effect in _CLEAN and request.transport is not None:
        request.transport.close()
    elif last:
        await asyncio.sleep(0.01)  # else the reset overtakes the bytes
    reset(request)
    return web.Response()  # goes nowhere: the connection is gone


def reset(request: web.BaseRequest) -> None:
    """End the connection with an RST."""
    transport = request.transport
    if transport is not None and not transport.is_closing():
        known = transport.get_extra_info("socket")
        if known is not None:
            known.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()


def _write(request: web.BaseRequest, content: bytes) -> None:
    transport = request.transport
    if content and isinstance(transport, asyncio.WriteTransport) and not transport.is_closing():
        transport.write(content)


async def answer_early(request: web.BaseRequest, reply: Reply) -> None:
    """Send a reply while the caller may still be sending; nothing more is sent."""
    head, body = _as_bytes(reply)
    _write(request, head + body)
    await asyncio.sleep(0)


async def _send_twice(request: web.BaseRequest, reply: Reply, seconds: float) -> web.StreamResponse:
    """Answer, and send the same reply again, `seconds` later, on the open connection."""
    response = to_response(reply)
    head, body = _as_bytes(reply)
    if seconds:
        asyncio.get_running_loop().call_later(seconds, _write, request, head + body)
        return response
    with suppress(ConnectionError):  # the caller may have gone
        await response.prepare(request)
        await response.write_eof()
        _write(request, head + body)
    return response


async def _hang(request: web.BaseRequest, seconds: float) -> None:
    """Send nothing until the caller goes, or for so many seconds."""
    waited = 0.0
    while request.transport is not None and not (seconds and waited >= seconds):
        await asyncio.sleep(0.05)
        waited += 0.05


async def _endless(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers={"Content-Type": reply.type})
    await response.prepare(request)
    try:
        while request.transport is not None:
            await response.write(b" " * 100)
            await asyncio.sleep(0.05)
    except ConnectionError:
        return response
    return response


def _as_bytes(reply: Reply) -> tuple[bytes, bytes]:
    lines = [f"HTTP/1.1 {reply.status} Sandbox", f"Content-Type: {reply.type}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += [f"Content-Length: {len(reply.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1"), reply.body
