"""Who may request what: checked before every request.

1. Host is one of ours, else 421: a name that another site points at this machine is not.
2. With proxies set, the request comes from one of them, and names one person.
3. It comes from our own pages (Sec-Fetch-Site, Origin), or is typed by the person.
4. Its cookie is known; a ticket or a proxy's word makes one. The cookie is sent to the secret path
   alone, because a browser sends those of 127.0.0.1 to every port.
5. A change has the token of its session.

Every answer has the headers that keep other pages, frames and scripts out.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from aiohttp import web

from loader.journal.person import acting_as
from loader.web.rendering import SESSION, problem
from loader.web.static_files import fixed
from loader.web.ticket import Session, Sessions

COOKIE: Final = "loader"
OPEN: Final = "/open/"
_ICON: Final = "/favicon.ico"
_STYLE: Final = "/bare.css"  # of the page that says why somebody is not let in
_CHANGES: Final = "POST"
_READS: Final = frozenset({"GET", "HEAD"})
_FORM_SECONDS: Final = 30.0
_LONGEST_NAME: Final = 200
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none, a form of our own would send "Origin: null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the page is reached. `prefix` is the secret path, like "/x1Y…".

    With `user_header`, only `proxies` are answered, and the person is whom they name.
    """

    prefix: str
    hosts: frozenset[str]
    origins: frozenset[str]
    is_secure: bool = False
    user_header: str = ""
    proxies: tuple[Network, ...] = ()


class Guard:
    """Lets a request through, or refuses it."""

    def __init__(self, access: Access, sessions: Sessions) -> None:
        self._access = access
        self._sessions = sessions

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check one request; pass it on to its handler, or refuse it."""
        answer = self._refusal(request)
        if answer is not None:
            return answer
        if request.path.startswith(OPEN) and request.method == "GET":
            return self._redeem_ticket(request)
        session = self._session(request)
        if session is None:
            return self._begin_session(request)
        if self._access.user_header and request.path == "/":
            return self._redirect(session)
        if request.method == _CHANGES and not await _has_token(request, session):
            return problem(request, "token", status=403)
        request[SESSION] = session
        with acting_as(session.person):
            return await handler(request)

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Return the answer to what nobody may request, and to a browser's icon and error style."""
        if request.headers.getall("Host", []) != [request.host] or not self._is_known_host(
            request.host
        ):
            return problem(request, "host", status=421)
        if request.method not in _READS and request.method != _CHANGES:
            return problem(request, "method", status=405)
        if self._access.user_header and not self._person_from_proxy(request):
            return problem(request, "proxy", status=403)
        site = request.headers.get("Sec-Fetch-Site")
        origins = request.headers.getall("Origin", [])
        is_foreign = site not in (None, "none", "same-origin") or any(
            origin not in self._access.origins for origin in origins
        )
        if is_foreign or (request.method == _CHANGES and not origins and site is None):
            return problem(request, "origin", status=403)
        if request.path == _STYLE and request.method in _READS:
            return fixed("bare.css")
        return web.Response(status=204) if request.path == _ICON else None

    def _is_known_host(self, host: str) -> bool:
        return host.lower() in self._access.hosts

    def _person_from_proxy(self, request: web.Request) -> str:
        """Return whom a trusted proxy names; "" where the proxy is none, or names nobody."""
        named = request.headers.getall(self._access.user_header, [])
        if len(named) != 1 or not _is_among(request.remote, self._access.proxies):
            return ""
        person = named[0].strip()
        return person if person.isprintable() and len(person) <= _LONGEST_NAME else ""

    def _session(self, request: web.Request) -> Session | None:
        for cookie in _cookies(request):
            session = self._sessions.of(cookie)
            if session is not None:
                is_theirs = session.person == self._person_from_proxy(request)
                return session if is_theirs or not self._access.user_header else None
        return None

    def _redeem_ticket(self, request: web.Request) -> web.StreamResponse:
        redeemed = self._sessions.redeem(request.path.removeprefix(OPEN))
        if redeemed is None:
            return problem(request, "ticket", status=403)
        return self._redirect(*redeemed)

    def _begin_session(self, request: web.Request) -> web.StreamResponse:
        """Begin a session for a person whom a proxy names, on a page and not on a change."""
        if self._access.user_header and request.method == "GET":
            return self._redirect(self._sessions.begin(person=self._person_from_proxy(request)))
        return problem(request, "session", status=401)

    def _redirect(self, session: Session, path: str = "/") -> web.Response:
        answer = web.Response(status=303, headers={"Location": self._access.prefix + path})
        answer.set_cookie(
            COOKIE,
            session.cookie,
            path=f"{self._access.prefix}/",
            httponly=True,
            samesite="Strict",
            secure=self._access.is_secure,
        )
        return answer


def _cookies(request: web.Request) -> Iterator[str]:
    """Yield every cookie of our name: another port of this machine can set one, too."""
    for header in request.headers.getall("Cookie", []):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                yield value


async def _has_token(request: web.Request, session: Session) -> bool:
    """Whether a change has the token of its session: in a header, or in a small form."""
    given = request.headers.get("X-Token", "")
    if not given and request.content_type == "application/x-www-form-urlencoded":
        try:
            async with asyncio.timeout(_FORM_SECONDS):
                given = str((await request.post()).get("token", ""))
        except TimeoutError:
            return False
    return compare_digest(given.encode(), session.token.encode())


def _is_among(address: str | None, networks: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in networks)


async def protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer has; a page of foreign content brings its own policy."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)
