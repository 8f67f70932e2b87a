"""Ask whether a link leads somewhere: its status, type and size.

The host is resolved once, every address must be public, and the connection goes to one of them, so
that a name cannot mean another machine in between. Each redirect is a new link. Time, bytes and
number are limited.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from socket import AddressFamily
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from loader.web.public_hosts import is_numeric, is_public, is_web_port

MOST_LINKS: Final = 50  # of one request
_AT_ONCE: Final = 6
_SECONDS: Final = 10.0  # for one link, with its redirects
_MOST_BYTES: Final = 5 * 1024**2
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "offer-loader"}


class Verdict(StrEnum):
    """What became of testing a link."""

    WORKS = "works"
    BROKEN = "broken"  # the server says so with its status
    UNREACHABLE = "unreachable"  # no such host, no answer, no trust
    SLOW = "slow"  # not within the time
    LOOPS = "loops"  # too many redirects
    NOT_PUBLIC = "not-public"  # leads into a private network; not asked
    NOT_WEB = "not-web"  # not http or https, or an odd port, or a password in it; not asked
    PLACEHOLDER = "placeholder"  # holds {{…}}, which is filled in later; not asked
    TOO_MANY = "too-many"  # of one request; not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFound:
    """What was found. `size` is None where it is more than is read; `ended_at` after redirects."""

    url: str
    verdict: Verdict
    status: int | None = None
    media_type: str = ""
    size: int | None = None
    ended_at: str = ""


@dataclass(frozen=True, kw_only=True)
class LinkTester:
    """Tests links. `may_connect` says of an IP address whether it may be asked."""

    tls: ssl.SSLContext
    may_connect: Callable[[str], bool] = is_public
    resolver: Callable[[], AbstractResolver] = ThreadedResolver
    seconds: float = _SECONDS
    most_bytes: int = _MOST_BYTES
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def test(self, urls: Iterable[str]) -> Sequence[LinkFound]:
        """Return what each link leads to, in their order."""
        distinct = list(dict.fromkeys(urls))
        connector = aiohttp.TCPConnector(
            resolver=_PublicOnly(self.resolver(), self.may_connect),
            use_dns_cache=False,
            force_close=True,
            limit=_AT_ONCE,
            ssl=self.tls,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as session:
            asked = (self._timed(session, url) for url in distinct[:MOST_LINKS])
            found = await asyncio.gather(*asked)
        more = distinct[MOST_LINKS:]
        return [*found, *(LinkFound(url=url, verdict=Verdict.TOO_MANY) for url in more)]

    async def _timed(self, session: aiohttp.ClientSession, url: str) -> LinkFound:
        async with self._gate:
            try:
                async with asyncio.timeout(self.seconds):
                    return await self._followed(session, url)
            except TimeoutError:
                return LinkFound(url=url, verdict=Verdict.SLOW)
            except _NotPublicError:
                return LinkFound(url=url, verdict=Verdict.NOT_PUBLIC)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                is_ours = isinstance(error.__cause__, _NotPublicError)
                verdict = Verdict.NOT_PUBLIC if is_ours else Verdict.UNREACHABLE
                return LinkFound(url=url, verdict=verdict)

    async def _followed(self, session: aiohttp.ClientSession, url: str) -> LinkFound:
        at = url
        for _ in range(_MOST_REDIRECTS + 1):
            refused = _refusal(at, self.may_connect)
            if refused is not None:
                return LinkFound(url=url, verdict=refused, ended_at=at if at != url else "")
            found, onward = await self._asked(session, at)
            if not onward:
                return replace(found, url=url, ended_at=at if at != url else "")
            at = onward
        return LinkFound(url=url, verdict=Verdict.LOOPS, ended_at=at)

    async def _asked(self, session: aiohttp.ClientSession, url: str) -> tuple[LinkFound, str]:
        """Return what one address answers, and where it sends on to, if it does."""
        async with session.head(url, allow_redirects=False) as answer:
            onward = _onward(answer)
            if onward or (answer.status < 400 and answer.content_length is not None):
                return _found(answer, answer.content_length), onward
        async with session.get(url, allow_redirects=False) as answer:
            onward = _onward(answer)
            return _found(answer, None if onward else await self._size(answer)), onward

    async def _size(self, answer: aiohttp.ClientResponse) -> int | None:
        """Return how many bytes there are; None where there are too many to read."""
        if answer.content_length is not None:
            return answer.content_length
        size = 0
        async for part in answer.content.iter_any():
            size += len(part)
            if size > self.most_bytes:
                return None
        return size


class _NotPublicError(OSError):
    """A name means an address that may not be asked."""


class _PublicOnly(AbstractResolver):
    """Resolves names; refuses one that means any address which may not be asked."""

    def __init__(self, inner: AbstractResolver, may_connect: Callable[[str], bool]) -> None:
        self._inner = inner
        self._may_connect = may_connect

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises `OSError`."""
        found = await self._inner.resolve(host, port, family)
        if not found or not all(self._may_connect(each["host"]) for each in found):
            raise _NotPublicError(host)
        return found

    async def close(self) -> None:
        """Let go of the resolver."""
        await self._inner.close()


def _refusal(text: str, may_connect: Callable[[str], bool]) -> Verdict | None:
    """Say why an address is not asked, if it is not."""
    if "{{" in text or "{%" in text:
        return Verdict.PLACEHOLDER
    try:
        url = URL(text)
        host, port = url.raw_host or "", url.port
    except ValueError:
        return Verdict.NOT_WEB
    if url.scheme not in ("http", "https") or not host or url.user or url.password:
        return Verdict.NOT_WEB
    if not is_web_port(port):
        return Verdict.NOT_WEB
    if is_numeric(host) and not may_connect(host):
        return Verdict.NOT_PUBLIC
    return None


def _onward(answer: aiohttp.ClientResponse) -> str:
    where = answer.headers.get("Location", "")
    if answer.status not in _REDIRECTS or not where:
        return ""
    return str(answer.url.join(URL(where)))


def _found(answer: aiohttp.ClientResponse, size: int | None) -> LinkFound:
    return LinkFound(
        url=str(answer.url),
        verdict=Verdict.WORKS if answer.status < 400 else Verdict.BROKEN,
        status=answer.status,
        media_type=answer.content_type if "Content-Type" in answer.headers else "",
        size=size,
    )
