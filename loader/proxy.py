"""Which HTTP proxy an address is reached through, and which setting says so.

The setting `proxy` decides; where it is not given, the variables that other programs use do:
HTTPS_PROXY or HTTP_PROXY (by the scheme of the address), else ALL_PROXY. NO_PROXY makes exceptions,
by the rules of Python's standard library. This machine itself is reached through no proxy of the
environment.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from loader.errors import SettingsError
from loader.redaction import SECRETS

DIRECT: Final = "none"  # the setting's word for no proxy
_KINDS: Final = ("http", "https")
_HOST: Final = re.compile(r"[\w.:-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """How an address is reached; `url` is "" for without a proxy, and holds no password."""

    url: str = ""
    user: str = ""
    password: SecretStr | None = None
    why: str = ""

    def __str__(self) -> str:
        """Return the address and its origin, without the password."""
        if not self.url:
            return f"no proxy ({self.why})"
        who = f" as {self.user}" if self.user else ""
        return f"{self.url}{who} ({self.why})"

    @property
    def login(self) -> tuple[str, str] | None:
        """User and password in plain text, if there is a user."""
        if not self.user:
            return None
        return self.user, self.password.get_secret_value() if self.password else ""


NO_PROXY: Final = Proxy()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings:
    """What the settings say; `origin` is in words. `variables` are those that end in _proxy."""

    url: str = ""
    user: str = ""
    password: SecretStr | None = None
    origin: str = ""
    variables: Mapping[str, str]


def is_loopback(host: str) -> bool:
    """Say whether `host` is this machine, without asking a name server."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment says: by scheme, all and no. Small letters win, as for others."""
    found = {
        name.lower().removesuffix("_proxy"): value
        for name, value in sorted(environment.items())  # small letters come last
        if name.lower().endswith("_proxy") and (value or name.islower())
    }
    if "REQUEST_METHOD" in environment:  # under CGI, HTTP_PROXY is the header Proxy of a stranger
        found.pop("http", None)
    return {name: value for name, value in found.items() if value}


def proxy_for(address: str, settings: ProxySettings) -> Proxy:
    """Return how an address is reached. Raises `SettingsError` for a proxy that cannot be used."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if settings.url == DIRECT:
        return Proxy(why=f"{settings.origin} says {DIRECT}")
    if settings.url:
        given, name = settings.url, settings.origin
    else:
        name = next((each for each in (parts.scheme, "all") if each in settings.variables), "")
        if not name:
            return Proxy(why=f"neither proxy nor {parts.scheme.upper()}_PROXY is set")
        given, name = settings.variables[name], f"{name.upper()}_PROXY"
        if is_loopback(host):
            return Proxy(why=f"{host} is this machine")
    if _is_excepted(f"{host}:{parts.port}" if parts.port else host, settings.variables):
        return Proxy(why=f"NO_PROXY excepts {host}")
    return _parse(given, settings, name)


def normalize_proxy(text: str) -> str:
    """Return a proxy of the settings in its one form, or raise ValueError saying what is wrong."""
    if text.lower() in {DIRECT, ""}:
        return DIRECT
    url, user, password = _parts(text)
    if user or password:
        raise ValueError(
            "a user name or password does not belong in an address: give proxy_user, and"
            " LOADER_PROXY_PASSWORD or proxy_password_file"
        )
    return url


def proxies_by_scheme(proxy: Proxy) -> dict[str, str]:
    """Return a proxy by the scheme of addresses, as libraries take it: with user and password."""
    if not proxy.url:
        return {}
    scheme, _, place = proxy.url.partition("://")
    login = ":".join(quote(each, safe="") for each in proxy.login or ())
    return dict.fromkeys(_KINDS, f"{scheme}://{login}@{place}" if login else proxy.url)


def _parse(given: str, settings: ProxySettings, name: str) -> Proxy:
    try:
        url, user, password = _parts(given)
    except ValueError as error:
        raise SettingsError(f"the proxy of {name} cannot be used: {error}") from None
    found = Proxy(url=url, user=settings.user, password=settings.password, why=name)
    if user:
        found = replace(found, user=user, password=SecretStr(password))
    SECRETS.add(*(found.login or ())[1:])
    return found


def _parts(text: str) -> tuple[str, str, str]:
    """Return address, user and password of a proxy."""
    if any(not 0x21 <= ord(character) <= 0x7E for character in text):
        raise ValueError("an address has no spaces, control or foreign characters")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if (
        not _HOST.fullmatch(host)
        or port == 0
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise ValueError("an address like http://proxy.example.com:3128 is expected")
    if parts.scheme.lower() not in _KINDS:
        raise ValueError(
            f"a proxy of the kind {parts.scheme} is not supported, only http and https; set proxy,"
            f" or proxy = {DIRECT} to go without one"
        )
    place = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    url = f"{parts.scheme}://{place}:{port or usual}"
    return url, unquote(parts.username or ""), unquote(parts.password or "")


def _is_excepted(place: str, variables: Mapping[str, str]) -> bool:
    from urllib import request  # noqa: PLC0415 - slow to import

    by_library: Any = request  # the rule of the standard library is not in its stubs
    return bool(by_library.proxy_bypass_environment(place, dict(variables)))
