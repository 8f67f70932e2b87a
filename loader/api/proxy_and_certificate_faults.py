"""What went wrong before a request could begin, with a proxy or a certificate in the way, in words.

A connection that a proxy refuses, or loses while it opens it, has carried nothing of the request:
only the proxy saw a byte.
"""

import ssl
from typing import Final

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError

from loader.api.error_body import one_line
from loader.api.fault import Fault
from loader.proxy import Proxy

_TRANSIENT_STATUSES: Final = frozenset(
    {408, 425, 429}
)  # of 4xx: the others stay until a person acts
_LOGIN: Final = (
    "it wants a user and password: give proxy_user, and LOADER_PROXY_PASSWORD or"
    " proxy_password_file (or put both into the variable)"
)
_ADVICE: Final = {
    401: _LOGIN,  # as tinyproxy says it
    407: _LOGIN,
    403: "it forbids this connection: ask who runs it, or set NO_PROXY or another proxy",
}
CLOSED: Final = "the connection was closed"
_UNTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"  # in the words of OpenSSL
_OWN_AUTHORITY: Final = (
    "a company that inspects traffic has an authority of its own: give its certificate with"
    " ca_file (LOADER_CA_FILE)"
)


class TunnelError(aiohttp.ClientConnectionError):
    """The proxy gave no connection to the API: nothing of the request was sent."""

    def __init__(self, fault: Fault, words: str) -> None:
        super().__init__(words)
        self.fault = fault


def tunnel_error(error: Exception, proxy: Proxy, place: str) -> TunnelError | None:
    """Return the error of a proxy that was to connect to `place`; None for any other."""
    match error:
        case aiohttp.ClientHttpProxyError():
            fault, words = explain_connect_refusal(proxy, place, error.status, error.message)
        case aiohttp.ClientProxyConnectionError():
            fault = Fault.PROXY_ERROR
            words = f"the proxy {proxy} cannot be reached: {error.os_error}"
        case aiohttp.ClientConnectorError():
            fault = Fault.CONNECT_ERROR
            why = str(error.os_error) or CLOSED
            words = with_advice(f"cannot connect to {place} through the proxy {proxy}: {why}")
        case aiohttp.ClientError() | HttpProcessingError() | ConnectionError():
            fault = Fault.PROXY_ERROR
            words = f"the proxy {proxy} broke off while it was to connect to {place}"
        case _:
            return None
    return TunnelError(fault, words)


def explain_connect_refusal(
    proxy: Proxy, place: str, status: int, reason: str
) -> tuple[Fault, str]:
    """Return the fault and the message of a proxy's answer to CONNECT."""
    stays = 400 <= status < 500 and status not in _TRANSIENT_STATUSES
    refusal = f"the proxy {proxy} does not connect to {place}: HTTP {status} {one_line(reason)}"
    advice = _ADVICE.get(status, "")
    return Fault.PROXY_REFUSED if stays else Fault.PROXY_ERROR, "; ".join(
        filter(None, (refusal.strip(), advice))
    )


def http_proxy(proxy: Proxy, tls: ssl.SSLContext) -> httpx.Proxy | None:
    """Return a proxy as httpx takes it."""
    if not proxy.url:
        return None
    trust = tls if proxy.url.startswith("https:") else None
    return httpx.Proxy(proxy.url, auth=proxy.login, ssl_context=trust)


def explain_token_error(error: Exception, proxy: Proxy, place: str) -> tuple[str, bool]:
    """Say why the token endpoint was not reached, and whether another try may help."""
    if isinstance(error, httpx.ProxyError):
        status, _, reason = str(error).partition(" ")
        fault, words = explain_connect_refusal(
            proxy, place, int(status) if status.isdigit() else 0, reason
        )
        return words, fault is not Fault.PROXY_REFUSED
    is_late = isinstance(error, (TimeoutError, httpx.TimeoutException))
    why = one_line(str(error)) or ("no reply in time" if is_late else "the connection broke off")
    if proxy.url and isinstance(error, httpx.ConnectError):
        why = f"through the proxy {proxy}: {why}"
    return with_advice(why), _UNTRUSTED not in why


def with_advice(why: str) -> str:
    """Add what to do where a certificate is not trusted."""
    return f"{why}; {_OWN_AUTHORITY}" if _UNTRUSTED in why else why
