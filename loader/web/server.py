"""The server of the page: its sockets, its routes, and its end.

It listens on this machine alone, unless `listen` names another address; then it wants a certificate
or a proxy that names who signed in.
"""

import asyncio
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from loader.errors import LoaderError, SettingsError
from loader.run.drafting import Drafts
from loader.settings.web import WebSettings
from loader.web import (
    columns_page,
    go_to_cell,
    history_page,
    inbox_on_start_page,
    plan_page,
    preview_page,
    results_page,
    running_page,
    sheet_page,
    start_page,
    static_files,
    uploads,
)
from loader.web.app_state import DRAFTS, PREFIX, STATE, WebState, close_drafts
from loader.web.guard import OPEN, Access, Guard, Handler, protect
from loader.web.rendering import Refused, loader_problem, problem
from loader.web.ticket import Sessions

ROUTES: Final[Sequence[web.RouteDef]] = (
    *start_page.ROUTES,
    *static_files.ROUTES,
    *uploads.ROUTES,
    *sheet_page.ROUTES,
    *columns_page.ROUTES,
    *preview_page.ROUTES,
    *go_to_cell.ROUTES,
    *plan_page.ROUTES,
    *history_page.ROUTES,
    *running_page.ROUTES,
    *results_page.ROUTES,
    *inbox_on_start_page.ROUTES,
)
_LOOPBACK: Final = ("127.0.0.1", "::1")
_LARGEST_BODY: Final = 8 * 1024**2  # of what is not an upload: a block of cells that is pasted
_CLOSING_SECONDS: Final = 2.0
_KEPT_SECONDS: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A server that answers. `new_ticket` gives the path of a link that opens it, once.

    It is None where a proxy signs people in: then the address is enough.
    """

    address: str
    port: int
    new_ticket: Callable[[], str] | None

    def link(self) -> str:
        """Return an address that opens the page in one browser."""
        return self.address + (self.new_ticket() if self.new_ticket else "/")


async def serve(
    state: WebState,
    *,
    port: int,
    listen: str | None = None,
    is_up: Callable[[RunningServer], None],
    until: asyncio.Event,
) -> None:
    """Answer until the event is set. Raises `SettingsError` where that is not possible."""
    tls = tls_of(state.web) if listen else None
    check_listening(listen, state.web)
    sockets = _sockets(listen, port)
    bound = sockets[0].getsockname()[1]
    access = access_of(state.web, port=bound, listen=listen)
    sessions = Sessions()
    app = application(state, access, sessions)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSING_SECONDS)
    await runner.setup()
    try:
        await asyncio.to_thread(_remove_old_results, state.data / "results")
        first = await asyncio.to_thread(_first_page, app)
        for each in sockets:
            await web.SockSite(runner, each, ssl_context=tls).start()
        address = state.web.public_url if listen and state.web.public_url else None
        is_up(
            RunningServer(
                address=address or f"http://127.0.0.1:{bound}",
                port=bound,
                new_ticket=None if access.user_header else lambda: OPEN + sessions.ticket(first),
            )
        )
        await until.wait()
        await asyncio.to_thread(state.jobs.close)
    finally:
        await runner.cleanup()


def _remove_old_results(results: Path) -> None:
    """Remove results that were written long ago: they can be written again from the journal."""
    for path in results.glob("*.*"):
        if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
            path.unlink(missing_ok=True)


def _first_page(app: web.Application) -> str:
    """Return the page that a link opens: the rows of the file that was named, else the start."""
    named = app[STATE].named
    if named is None:
        return "/"
    try:
        with named.open("rb") as file:
            return f"/drafts/{app[DRAFTS].take(file, named.name).draft_id}"
    except OSError as error:
        raise SettingsError(f"{named}: it cannot be read: {error.strerror or error}") from error


def application(state: WebState, access: Access, sessions: Sessions) -> web.Application:
    """Return the application: all pages behind the guard."""
    app = web.Application(
        middlewares=[_guard_middleware(Guard(access, sessions)), _error_middleware],
        client_max_size=_LARGEST_BODY,
    )
    app[STATE], app[PREFIX] = state, access.prefix
    app[DRAFTS] = Drafts(state.drafts, state.settings, sandbox=state.is_rehearsal)
    app[running_page.STREAMS] = set()
    app.on_cleanup.append(close_drafts)
    app.on_response_prepare.append(protect)
    for route in ROUTES:
        app.router.add_route(route.method, access.prefix + route.path, route.handler)
    return app


def _guard_middleware(guard: Guard) -> Middleware:
    @web.middleware
    async def guarding(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await guard(request, handler)

    return guarding


@web.middleware
async def _error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into a response in words: no traceback reaches a page."""
    try:
        return await handler(request)
    except Refused as refused:
        return problem(request, refused.name, status=refused.status, values=refused.values)
    except LoaderError as error:
        return loader_problem(request, error)
    except web.HTTPRequestEntityTooLarge:
        return problem(request, "too-large", status=413)
    except web.HTTPException as error:
        name = "not-here" if error.status in (404, 405) else "bad-request"
        return problem(request, name, status=error.status)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - the outermost handler
        where = request.app[STATE].report_crash(error)
        return problem(request, "crash", status=500, values={"where": where})


def access_of(settings: WebSettings, *, port: int, listen: str | None) -> Access:
    """Return by which addresses and people the page may be reached."""
    prefix = f"/{secrets.token_urlsafe(16)}"
    if listen is None:
        hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
        return Access(
            prefix=prefix, hosts=hosts, origins=frozenset(f"http://{host}" for host in hosts)
        )
    public = settings.public_url or ""
    host = urlsplit(public).netloc
    return Access(
        prefix=prefix,
        hosts=frozenset({host, host.removesuffix(":443")}),
        origins=frozenset({public, public.removesuffix(":443")}),
        is_secure=True,
        user_header=settings.user_header or "",
        proxies=tuple(ip_network(each, strict=False) for each in settings.trusted_proxies),
    )


def check_listening(listen: str | None, settings: WebSettings) -> None:
    """Raise `SettingsError` where others could reach the page without saying who they are."""
    if listen is None:
        return
    has_tls = settings.certificate is not None and settings.certificate_key is not None
    has_proxy = settings.user_header is not None and bool(settings.trusted_proxies)
    if bool(settings.user_header) != bool(settings.trusted_proxies):
        raise SettingsError(
            "user_header and trusted_proxies ([web] in loader.toml) belong together: a header that"
            " anybody can send names nobody",
            code="unsafe-listen",
        )
    if not (has_tls or has_proxy):
        raise SettingsError(
            f"--listen {listen} would show the page to others without encryption and without"
            " knowing who they are: set certificate and certificate_key, or user_header and"
            " trusted_proxies, in [web] of loader.toml; or leave --listen out, to use the page on"
            " this machine alone",
            code="unsafe-listen",
        )
    if settings.public_url is None:
        raise SettingsError(
            "--listen needs public_url in [web] of loader.toml, the address under which others"
            " reach the page: requests under any other name are refused",
            code="unsafe-listen",
        )


def tls_of(settings: WebSettings) -> ssl.SSLContext | None:
    """Return the certificate of the server, None where a proxy has it. Raises `SettingsError`."""
    if settings.certificate is None or settings.certificate_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.certificate, settings.certificate_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"certificate ([web]) {settings.certificate} with its key"
            f" {settings.certificate_key} cannot be used: {error.strerror or error}"
        ) from error
    return context


def _sockets(listen: str | None, port: int) -> list[socket.socket]:
    """Bind the addresses: of this machine, IPv6 too where there is one; or the one named."""
    hosts = _LOOPBACK if listen is None else (listen,)
    found: list[socket.socket] = []
    for host in hosts:
        try:
            bound = found[0].getsockname()[1] if found else port
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            found.append(socket.create_server((host, bound), family=family))
        except OSError as error:
            if found:
                continue  # no IPv6 on this machine, or the port is another's there
            raise SettingsError(
                f"cannot listen on {host} port {port}: {error.strerror or error}; choose another"
                " --port, or leave it out to take a free one",
                code="cannot-listen",
            ) from error
    return found
