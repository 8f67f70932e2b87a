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
    """The result of testing a link, in a word."""

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
class LinkResult:
    """The result for a link. `size`: None if more than is read; `ended_at`: after redirects."""

    url: str
    verdict: Verdict
    status: int | None = None
    media_type: str = ""
    size: int | None = None
    ended_at: str = ""


@dataclass(frozen=True, kw_only=True)
class LinkTester:
    """Tests links. `may_connect` says of an IP address whether it may be contacted."""

    tls: ssl.SSLContext
    may_connect: Callable[[str], bool] = is_public
    resolver: Callable[[], AbstractResolver] = ThreadedResolver
    seconds: float = _SECONDS
    most_bytes: int = _MOST_BYTES
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def test(self, urls: Iterable[str]) -> Sequence[LinkResult]:
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
            asked = (self._test_one(session, url) for url in distinct[:MOST_LINKS])
            found = await asyncio.gather(*asked)
        more = distinct[MOST_LINKS:]
        return [*found, *(LinkResult(url=url, verdict=Verdict.TOO_MANY) for url in more)]

    async def _test_one(self, session: aiohttp.ClientSession, url: str) -> LinkResult:
        async with self._gate:
            try:
                async with asyncio.timeout(self.seconds):
                    return await self._follow(session, url)
            except TimeoutError:
                return LinkResult(url=url, verdict=Verdict.SLOW)
            except _NotPublicError:
                return LinkResult(url=url, verdict=Verdict.NOT_PUBLIC)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                is_ours = isinstance(error.__cause__, _NotPublicError)
                verdict = Verdict.NOT_PUBLIC if is_ours else Verdict.UNREACHABLE
                return LinkResult(url=url, verdict=verdict)

    async def _follow(self, session: aiohttp.ClientSession, url: str) -> LinkResult:
        at = url
        for _ in range(_MOST_REDIRECTS + 1):
            refused = _why_not_tested(at, self.may_connect)
            if refused is not None:
                return LinkResult(url=url, verdict=refused, ended_at=at if at != url else "")
            found, target = await self._request(session, at)
            if not target:
                return replace(found, url=url, ended_at=at if at != url else "")
            at = target
        return LinkResult(url=url, verdict=Verdict.LOOPS, ended_at=at)

    async def _request(self, session: aiohttp.ClientSession, url: str) -> tuple[LinkResult, str]:
        """Return what one address answers, and where it sends on to, if it does."""
        async with session.head(url, allow_redirects=False) as answer:
            target = _redirect_target(answer)
            if target or (answer.status < 400 and answer.content_length is not None):
                return _result(answer, answer.content_length), target
        async with session.get(url, allow_redirects=False) as answer:
            target = _redirect_target(answer)
            return _result(answer, None if target else await self._size(answer)), target

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
    """A host name resolves to an address that may not be contacted."""


class _PublicOnly(AbstractResolver):
    """Resolves host names; refuses one with an address that may not be contacted."""

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
        """Close the resolver."""
        await self._inner.close()


def _why_not_tested(text: str, may_connect: Callable[[str], bool]) -> Verdict | None:
    """Return why a link is not tested; None if it is."""
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


def _redirect_target(answer: aiohttp.ClientResponse) -> str:
    where = answer.headers.get("Location", "")
    if answer.status not in _REDIRECTS or not where:
        return ""
    return str(answer.url.join(URL(where)))


def _result(answer: aiohttp.ClientResponse, size: int | None) -> LinkResult:
    return LinkResult(
        url=str(answer.url),
        verdict=Verdict.WORKS if answer.status < 400 else Verdict.BROKEN,
        status=answer.status,
        media_type=answer.content_type if "Content-Type" in answer.headers else "",
        size=size,
    )
