"""One HTTP exchange over aiohttp's connections and parser, with the proof of "not sent".

Rules of this file:

* a request has *begun* just before its first byte is written; "not begun" needs two witnesses, the
  flag and the class of the exception;
* the status counts from the moment it was seen, whatever happens to the body;
* nothing is sent twice, nothing is followed, nothing is taken from the environment.

Connections (TLS, names, keep-alive, limits) and the reading of replies are aiohttp's. Its session
is left out: what it does for every request (cookies, redirects, merging, a task to write) costs
more than all the rest, and `tests/api` proves over sockets that we need none of it.

`exchange` is the way of the rows: URL and headers are prepared once, only the body changes.
`handle_async_request` is the same exchange in httpx's words, for `httpx.AsyncClient`.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import aiohttp
import certifi
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict, istr
from yarl import URL

from loader.api.body import MAX_BODY, broken, decoded, read_capped

_CONNECTING: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
)
_WIRE: Final = (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError)
_KEEP_ALIVE_SECONDS: Final = 15.0  # below every usual server's, so that the race is rare
_DECODED: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_HOP: Final = frozenset({b"transfer-encoding", b"accept-encoding", b"connection"})
_NOT_IN_A_HEADER: Final = re.compile("[\\r\\n\\0]")
_SWITCHING: Final = 101


class _StaleConnection(aiohttp.ClientConnectionError):
    """A kept connection is closed, or holds bytes that nobody asked for: nothing was sent."""


# First match wins.
_TRANSLATIONS: Final[tuple[tuple[type[Exception], type[httpx.TransportError], str], ...]] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout, "no connection in time"),
    (aiohttp.ClientConnectorError, httpx.ConnectError, ""),
    (aiohttp.ServerFingerprintMismatch, httpx.ConnectError, ""),
    (_StaleConnection, httpx.ConnectError, ""),
    (TimeoutError, httpx.ReadTimeout, "no complete reply in time"),
    (
        aiohttp.ServerDisconnectedError,
        httpx.RemoteProtocolError,
        "the server closed the connection without a reply",
    ),
    (HttpProcessingError, httpx.RemoteProtocolError, "the reply is not HTTP"),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError, "the body of the reply broke off"),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol, ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request without its body, built once and sent many times. Made by `prepare`."""

    method: str
    request: aiohttp.ClientRequest = field(repr=False)  # says where to connect; is never sent
    head: bytes = field(repr=False)  # holds the token


def prepare(method: str, url: URL, headers: CIMultiDict[str]) -> Prepared:
    """Prepare a request, inside the event loop that sends it."""
    headers.setdefault("Accept-Encoding", "identity")
    request = aiohttp.ClientRequest(method, url, headers=headers, loop=asyncio.get_running_loop())
    request.headers.pop("Content-Length", None)
    lines = [
        f"{method} {url.raw_path_qs} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    if any(_NOT_IN_A_HEADER.search(line) for line in lines):
        raise ValueError("a header of the request would hold a line break")
    return Prepared(method=method, request=request, head="\r\n".join([*lines, ""]).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one exchange. Without a status, `error` says why; `began` is the proof.

    With a status, `whole` is False where the body broke off, was too long or cannot be decoded.
    """

    began: bool
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = True
    error: httpx.TransportError | None = None
    elapsed_seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What is known of an exchange so far."""

    began: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False


class AiohttpTransport(httpx.AsyncBaseTransport):
    """httpx's transport over aiohttp's connections. Open it inside the loop that uses it."""

    def __init__(
        self, *, total_seconds: float, connect_seconds: float, connections: int, ca_file: str = ""
    ) -> None:
        self._total_seconds = total_seconds
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, connect=connect_seconds)
        self._connections = connections
        self._ca_file = ca_file
        self._connector: aiohttp.TCPConnector | None = None

    async def exchange(
        self,
        prepared: Prepared,
        body: bytes | None = None,
        *,
        limit: int = MAX_BODY,
        left: Callable[[], None] | None = None,
    ) -> Reply:
        """Send once and return what came of it; raise nothing for what the wire does.

        `left` is called as soon as the request is with the socket.
        """
        started = perf_counter()
        seen = _Seen()
        error: Exception | None = None
        try:
            async with asyncio.timeout(self._total_seconds):
                await self._talk(seen, prepared, body, limit=limit, left=left)
        except _WIRE as fault:
            error = fault
        unsent = isinstance(error, (*_CONNECTING, _StaleConnection)) and not seen.began
        return Reply(
            began=not unsent,
            status=seen.status,
            headers=seen.headers,
            body=seen.body,
            whole=seen.whole,
            error=_error(seen, error, limit=limit),
            elapsed_seconds=perf_counter() - started,
        )

    async def _talk(
        self,
        seen: _Seen,
        prepared: Prepared,
        body: bytes | None,
        *,
        limit: int,
        left: Callable[[], None] | None,
    ) -> None:
        """Write the request and read the reply; tell `seen` as it goes."""
        connection = await self._connected(prepared.request)
        try:
            protocol, transport = connection.protocol, connection.transport
            if (
                protocol is None
                or protocol.should_close
                or transport is None
                or transport.is_closing()
            ):
                # An answer to nobody would be taken for the answer to this request.
                raise _StaleConnection("the connection was closed or out of step before use")
            protocol.set_response_params(read_until_eof=True, auto_decompress=False)
            seen.began = True
            transport.write(_written(prepared, body))
            if left is not None:
                left()
            await _read(seen, protocol, limit=limit)
            if seen.whole:
                connection.release()
        finally:
            connection.close()

    async def _connected(self, request: aiohttp.ClientRequest) -> Connection:
        connector = self._connector or self._open()
        try:
            return await connector.connect(request, traces=[], timeout=self._timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError("no connection in time") from error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Do one exchange in httpx's words; `request.extensions["began"]` tells the proof."""
        reply = await self.exchange(
            prepared_from(request),
            await request.aread() or None,
            limit=request.extensions.get("max_body", MAX_BODY),
        )
        request.extensions = {**request.extensions, "began": reply.began}
        if reply.status is None or reply.error is not None:
            raise reply.error or httpx.ReadError("no reply")
        kept = {k: v for k, v in reply.headers.items() if k.lower() not in _DECODED}
        return httpx.Response(reply.status, headers=kept, content=reply.body)

    async def aclose(self) -> None:
        """Close every connection. The transport opens anew when it is used again."""
        connector, self._connector = self._connector, None
        if connector is not None:
            await connector.close()

    def _open(self) -> aiohttp.TCPConnector:
        self._connector = aiohttp.TCPConnector(
            limit=self._connections,
            ssl=_tls(self._ca_file),
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            resolver=aiohttp.ThreadedResolver(),
        )
        return self._connector


def _written(prepared: Prepared, body: bytes | None) -> bytes:
    if body is None:
        return prepared.head + b"\r\n"
    return b"%bContent-Length: %d\r\n\r\n%b" % (prepared.head, len(body), body)


async def _read(seen: _Seen, protocol: ResponseHandler, *, limit: int) -> None:
    """Read the reply as far as it goes. The status is known from its first line on."""
    message, content = await protocol.read()
    while message.code < 200 and message.code != _SWITCHING:
        message, content = await protocol.read()
    seen.status, seen.headers = message.code, message.headers
    seen.body, whole = await read_capped(content, limit)
    encoding = message.headers.get("Content-Encoding", "")
    if encoding and whole:
        seen.body, whole = decoded(seen.body, encoding=encoding, limit=limit)
    seen.whole = whole


def _error(seen: _Seen, error: Exception | None, *, limit: int) -> httpx.TransportError | None:
    if error is not None:
        return _translated(error)
    return None if seen.whole else broken(limit)


def prepared_from(request: httpx.Request) -> Prepared:
    """Translate a request of httpx's; what concerns only the connection is left to aiohttp."""
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in request.headers.raw:
        if name.lower() not in _HOP:
            headers.add(istr(name.decode("ascii")), value.decode("latin-1"))
    return prepare(request.method, URL(str(request.url), encoded=True), headers)


def _translated(error: Exception) -> httpx.TransportError:
    """Return httpx's exception for aiohttp's. Messages of aiohttp's hold no header and no body."""
    for known, ours, words in _TRANSLATIONS:
        if isinstance(error, known):
            return ours(words or _why(error))
    return httpx.ReadError(_why(error))


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {error.host}:{error.port}: {error.os_error}"
    return str(error) or type(error).__name__


def _tls(ca_file: str) -> ssl.SSLContext:
    """Verify always: the system's authorities and certifi's, or exactly those of `ca_file`."""
    if ca_file:
        return ssl.create_default_context(cafile=ca_file)
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
