"""One HTTP exchange through aiohttp's session, with the proof of "not sent".

Facts that the rest of the loader relies on, each proven over sockets in `tests/api`:

* a request has *begun* before its first byte is written; "not begun" needs two witnesses, the
  connector and the class of the exception;
* the status counts from the moment it was seen, whatever happens to the body;
* a request whose intent is too old is not written: its age is checked when its connection is there,
  and again in the system call, because a step of the event loop lies in between;
* a request is sent once: aiohttp would repeat a GET or DELETE whose connection broke, which the
  connector refuses, because the sender counts its requests; no redirect is followed;
* a reply belongs to its request. After another status than 2xx the connection is closed, because a
  second copy of that reply would pass for the answer to the next request. A reply that comes with
  another one, or that repeats an earlier one of its connection, does not count as a reply.
"""

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final, Self
from uuid import uuid4
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict, istr
from yarl import URL

from loader.api.departure_hooks import DepartureHooks
from loader.api.exception_to_fault import (
    LONGEST_HEADER,
    NOT_SENT,
    IntentTooOld,
    MismatchedReply,
    StaleConnection,
    fault_of,
)
from loader.api.fault import Fault
from loader.api.guarded_socket import guarded_by
from loader.api.proxy_and_certificate_faults import tunnel_error
from loader.api.reply_body import MAX_BODY, decode_body, read_capped, too_many_parts
from loader.proxy import NO_PROXY, Proxy

_WIRE_ERRORS: Final = (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError)
_KEEP_ALIVE_SECONDS: Final = 15.0  # below every usual server's, so that the race is rare
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_REQUEST_ID: Final = istr("x-request-id")
_PREFIX_LENGTH: Final = 24  # characters that the ids of all requests of a process share
_MOST_BODIES: Final = 64  # of a connection's replies, which the next one is compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent, but for the body. `headers` hold the token."""

    method: str
    url: URL
    headers: CIMultiDict[str] = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Reply:
    """The result of one exchange; filled while it goes on.

    Without a status, `fault` and `why` say what happened; `began` is the proof. With a status,
    `whole` is False where the body broke off, was too long or cannot be decoded; `why` then says
    which. Where a refusal came before all of the request was sent, the rest was not sent.
    """

    began: bool
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = True
    fault: Fault | None = None
    why: str = ""
    request_id: str = ""  # our id of the request: Adobe's support asks for it
    elapsed_seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Exchange(Reply):
    """An exchange under way: its result so far, and what it needs."""

    hooks: DepartureHooks | None
    protocol: ResponseHandler | None = None  # of its connection, which parses replies
    is_written: bool = False  # at least in part

    def check_before_write(self) -> None:
        """Raise where the intent became too old since the connection was there.

        Nothing was written then, but the outcome is lost: it is looked up, and not found.
        """
        if not self.began or self.is_written:
            return
        self.is_written = True
        if self.hooks is not None and not self.hooks.may_send():
            raise ConnectionAbortedError("it took too long to get this far, nothing was written")


_EXCHANGE: Final[ContextVar[_Exchange]] = ContextVar("exchange")  # of this task


def _check_before_write() -> None:
    exchange = _EXCHANGE.get(None)
    if exchange is not None:
        exchange.check_before_write()


class _Connector(aiohttp.TCPConnector):
    """Marks a request as begun when it gets its connection, just before it is written.

    Closes a connection from the pool that holds bytes which nobody asked for. A `TraceConfig` is
    called when the headers of a request are written: too late to hold it back.
    """

    proxy = NO_PROXY

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> Connection:
        exchange = _EXCHANGE.get()
        if exchange.began:  # aiohttp repeats it: another request, for the rate and for its id
            raise aiohttp.ServerDisconnectedError
        try:
            connection = await super().connect(req, traces, timeout)
        except (aiohttp.ClientError, HttpProcessingError, OSError) as error:
            failed = self._tunnel_error(error, req)
            if failed is None:
                raise
            raise failed from None
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or protocol.should_close or transport is None or transport.is_closing():
            # Bytes that are there already would be taken for the reply to this request.
            connection.close()
            raise StaleConnection("the connection was closed or out of step before use")
        if exchange.hooks is not None and not exchange.hooks.may_send():
            connection.release()
            raise IntentTooOld("it took too long to get this far, so the row is sent again")
        exchange.protocol, exchange.began = protocol, True
        if exchange.hooks is not None:
            # The session writes in the next step of the loop at the latest: this is after it.
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, exchange.hooks.sent)
        return connection

    def _tunnel_error(
        self, error: Exception, req: aiohttp.ClientRequest
    ) -> aiohttp.ClientConnectionError | None:
        if req.proxy is None:
            return None
        return tunnel_error(error, self.proxy, f"{req.url.host}:{req.url.port}")


class Transport:
    """Exchanges requests for replies. Use it inside one event loop. All requests have `headers`."""

    def __init__(
        self,
        *,
        total_seconds: float,
        connect_seconds: float,
        connections: int,
        tls: ssl.SSLContext,
        proxy: Proxy = NO_PROXY,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        self._proxy = proxy
        self._headers = headers
        login = aiohttp.encode_basic_auth(*proxy.login) if proxy.login else ""
        self._proxy_headers = {"Proxy-Authorization": login} if login else None
        self._total_seconds = total_seconds
        self._connect_seconds = connect_seconds
        self._connections = connections
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._request_ids = _request_ids()
        self._echoes_creates = False  # does the API name the request where a create succeeds?
        self._recent_bodies: WeakKeyDictionary[ResponseHandler, dict[int, bool]] = (
            WeakKeyDictionary()
        )

    async def exchange(
        self,
        request: Request,
        body: bytes | None = None,
        *,
        limit: int = MAX_BODY,
        hooks: DepartureHooks | None = None,
    ) -> Reply:
        """Send once and return the result; raise nothing for an error of the network.

        `hooks.may_send` is called when there is a connection, just before the request is written to
        it, and `hooks.sent` as soon as its bytes are with the socket.
        """
        started = perf_counter()
        reply = _Exchange(began=False, whole=False, request_id=next(self._request_ids), hooks=hooks)
        _EXCHANGE.set(reply)
        try:
            async with await self._send(request, body, reply.request_id) as response:
                reply.status, reply.headers = response.status, response.headers
                if not 200 <= reply.status < 300:
                    _abort_unsent_body(response)
                    _close_when_read(reply, response)
                try:
                    _set_body(reply, *await read_capped(response.content, limit), limit=limit)
                finally:
                    if not reply.whole:
                        response.close()  # what is left of it must not be read as the next reply
                if why := self._find_mismatch(reply, request.method):
                    _close_when_read(reply, response)
                    reply.status, reply.headers, reply.body = None, {}, b""
                    raise MismatchedReply(why)
        except _WIRE_ERRORS as error:
            reply.began = reply.began or not isinstance(error, NOT_SENT)
            reply.fault, reply.why = fault_of(error)
        reply.elapsed_seconds = perf_counter() - started
        return reply

    def _send(
        self, request: Request, body: bytes | None, request_id: str
    ) -> Awaitable[aiohttp.ClientResponse]:
        """Return an awaitable that writes the request and gives the head of its reply."""
        session = self._session or self._open()
        headers = CIMultiDict(request.headers)
        headers[_REQUEST_ID] = request_id
        if self._proxy_headers and request.url.scheme == "http":  # read by the proxy itself
            headers.update(self._proxy_headers)
        return session.request(
            request.method,
            request.url,
            headers=headers,
            data=body,
            proxy_headers=self._proxy_headers,
            allow_redirects=False,
        )

    def _find_mismatch(self, exchange: _Exchange, method: str) -> str:
        """Return why a reply may belong to another request; "" where no sign of that is found."""
        named, own = exchange.headers.get(_REQUEST_ID, ""), exchange.request_id
        if named and method == "POST":  # a cache may answer reads
            is_ours = named[:_PREFIX_LENGTH].lower() == own[:_PREFIX_LENGTH]
            is_success = 200 <= (exchange.status or 0) < 300  # others may be a gateway's
            if named == own:
                self._echoes_creates = self._echoes_creates or is_success
            elif is_ours or (self._echoes_creates and is_success):
                return "the reply names another request: something in between mixes replies up"
        if self._is_only_reply(exchange, method):
            return ""
        return "the server sent more replies than it was asked for"

    def _is_only_reply(self, exchange: _Exchange, method: str) -> bool:
        """Say whether a reply came alone, and is no copy of an earlier one."""
        protocol = exchange.protocol
        if protocol is None:
            return True
        if protocol._buffer:  # noqa: SLF001 - aiohttp's queue of replies, which it does not show
            return False
        before = self._recent_bodies.get(protocol)
        if before is None:
            before = self._recent_bodies[protocol] = {}
        body = hash(exchange.body)
        is_copy = before.pop(body, False) and exchange.body != b""
        before[body] = True  # the latest at the end
        if len(before) > _MOST_BODIES:
            del before[next(iter(before))]
        return not (is_copy and method == "POST")  # reads may well be alike

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        connector = _Connector(
            limit=self._connections,
            ssl=self._tls,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            resolver=aiohttp.ThreadedResolver(),
            socket_factory=guarded_by(_check_before_write),
        )
        connector.proxy = self._proxy
        self._session = aiohttp.ClientSession(
            connector=connector,
            proxy=self._proxy.url or None,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", **self._headers},
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(
                total=self._total_seconds, connect=self._connect_seconds, ceil_threshold=60
            ),
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )
        return self._session


def _request_ids() -> Iterator[str]:
    """Yield ids that nobody else uses or can guess: UUIDs of which only the end is counted."""
    start, first = f"{uuid4()}"[:_PREFIX_LENGTH], secrets.randbits(48)
    return (f"{start}{number % 2**48:012x}" for number in count(first))


def _set_body(reply: Reply, body: bytes, why: str, *, limit: int) -> None:
    """Set the body of a reply, decoded, and what is wrong with it."""
    encoding = reply.headers.get("Content-Encoding", "")
    if encoding and not why:
        body, why = decode_body(body, encoding=encoding, limit=limit)
    reply.body, reply.why = body, why or too_many_parts(body)
    reply.whole = not reply.why
    reply.fault = Fault.BAD_REPLY if reply.why else None


def _abort_unsent_body(response: aiohttp.ClientResponse) -> None:
    """Drop what is not sent yet of a refused request, so that the server cannot carry it out.

    A server that answers early may read on, and do what it refused.
    """
    connection = response.connection
    transport = connection.transport if connection is not None else None
    if transport is not None and transport.get_write_buffer_size():
        transport.abort()


def _close_when_read(exchange: _Exchange, response: aiohttp.ClientResponse) -> None:
    """Close the connection of a reply as soon as it is read."""
    if exchange.protocol is not None:
        exchange.protocol.force_close()
        if response.connection is None:  # it is read already, and the connection back in the pool
            exchange.protocol.close()
