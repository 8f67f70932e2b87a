"""One HTTP exchange over aiohttp, with the proof of "not sent".

Rules of this file:

* a request has *begun* as soon as a connection was handed to it, before its first byte is
  written; "not begun" needs two witnesses, the flag and the class of the exception;
* the status counts from the moment it was seen, whatever happens to the body;
* nothing is sent twice, nothing is followed, nothing is taken from the environment.

aiohttp repeats a request on a broken kept-alive connection for idempotent methods only
(`IDEMPOTENT_METHODS` in its `client.py`, without POST); `tests/api` proves it over a socket.

`exchange` is the way of the rows: URL and headers are prepared once, only the body changes.
`handle_async_request` is the same exchange in httpx's words, for `httpx.AsyncClient`.
"""

import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import aiohttp
import certifi
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from multidict import CIMultiDict, istr
from yarl import URL

from loader.api.body import MAX_BODY, broken, decoded, read_capped

_CONNECTING: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
)
_WIRE: Final = (aiohttp.ClientError, TimeoutError, OSError)
_KEEP_ALIVE_SECONDS: Final = 15.0  # below every usual server's, so that the race is rare
_DECODED: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_HOP: Final = frozenset({b"transfer-encoding", b"accept-encoding", b"connection"})


class _StaleConnection(aiohttp.ClientConnectionError):
    """A kept connection holds bytes that nobody asked for: not used, nothing was sent."""


# First match wins. ClientResponseError's `status` is aiohttp's own 400 for "this is not HTTP",
# never the server's: it must not be read.
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
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError, "the reply is not HTTP"),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError, "the body of the reply broke off"),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol, ""),
)


class _Departure:
    """The flag: whether this exchange was handed a connection."""

    __slots__ = ("began",)

    def __init__(self) -> None:
        self.began = False


_departure: ContextVar[_Departure] = ContextVar("departure")


class _WatchedRequest(aiohttp.ClientRequest):
    """aiohttp's request, which raises the flag before its first byte is written."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        protocol = conn.protocol
        if isinstance(protocol, ResponseHandler) and protocol.should_close:
            # An answer to nobody would be taken for the answer to this request.
            raise _StaleConnection("the connection was closed or out of step before use")
        _departure.get().began = True
        return await super().send(conn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request without its body, built once and sent many times."""

    method: str
    url: URL
    headers: CIMultiDict[str] = field(repr=False)  # holds the token


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


class AiohttpTransport(httpx.AsyncBaseTransport):
    """httpx's transport over one aiohttp session. Open it inside the event loop that uses it."""

    def __init__(
        self, *, total_seconds: float, connect_seconds: float, connections: int, ca_file: str = ""
    ) -> None:
        self._total_seconds = total_seconds
        self._connect_seconds = connect_seconds
        self._connections = connections
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None

    async def exchange(
        self, prepared: Prepared, body: bytes | None = None, *, limit: int = MAX_BODY
    ) -> Reply:
        """Send once and return what came of it; raise nothing for what the wire does."""
        session = self._session or self._open()
        departure = _Departure()
        token = _departure.set(departure)
        started = perf_counter()
        try:
            response = await session.request(
                prepared.method,
                prepared.url,
                data=body,
                headers=prepared.headers,
                allow_redirects=False,
            )
        except _WIRE as error:
            connecting = isinstance(error, (*_CONNECTING, _StaleConnection))
            return Reply(
                began=departure.began or not connecting,
                error=_translated(error),
                elapsed_seconds=perf_counter() - started,
            )
        finally:
            _departure.reset(token)
        if not departure.began:
            raise RuntimeError("this version of aiohttp gives no proof of 'not sent': report it")
        return await _received(response, limit=limit, started=started)

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
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            ssl=_tls(self._ca_file),
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            resolver=aiohttp.ThreadedResolver(),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            request_class=_WatchedRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._total_seconds, connect=self._connect_seconds),
            auto_decompress=False,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        )
        return self._session


async def _received(response: aiohttp.ClientResponse, *, limit: int, started: float) -> Reply:
    """Read the body as far as it goes. The status is known from here on."""
    error: httpx.TransportError | None = None
    body = b""
    try:
        body, whole = await read_capped(response, limit)
    except _WIRE as fault:
        error, whole = _translated(fault), False
    else:
        encoding = response.headers.get("Content-Encoding", "")
        if encoding and whole:
            body, whole = decoded(body, encoding=encoding, limit=limit)
        if not whole:
            error = broken(limit)
    finally:
        response.close()
    headers = response.headers
    return Reply(
        began=True,
        status=response.status,
        headers=headers,
        body=body,
        whole=whole,
        error=error,
        elapsed_seconds=perf_counter() - started,
    )


def prepared_from(request: httpx.Request) -> Prepared:
    """Translate a request of httpx's; what concerns only the connection is left to aiohttp."""
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in request.headers.raw:
        if name.lower() not in _HOP:
            headers.add(istr(name.decode("ascii")), value.decode("latin-1"))
    return Prepared(method=request.method, url=URL(str(request.url), encoded=True), headers=headers)


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
