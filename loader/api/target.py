"""What we talk to: one API, one organisation, one sandbox, and how to be let in.

Rules of this file: the settings are values; `problems` lists everything wrong with them at once,
in the words of the environment variables that a user sets; nothing here reads the environment.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from loader.errors import SettingsError
from loader.model import Dialect

DEFAULT_IMS_URL: Final = "https://ims-na1.adobelogin.com/ims/token/v3"
DEFAULT_API_URLS: Final = {
    Dialect.DPS: "https://platform.adobe.io/data/core/dps",
    Dialect.XCORE: "https://platform.adobe.io/data/core/xcore",
}
_NOT_IN_A_HEADER: Final = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Everything the API part needs. Built by `loader.settings`; secrets mask themselves.

    Either `access_token` (a ready token, never renewed) or `client_id` and `client_secret` (IMS
    OAuth server-to-server). `client_id` is also the `x-api-key` of every call.
    """

    dialect: Dialect = Dialect.DPS
    api_url: str = ""
    ims_url: str = DEFAULT_IMS_URL
    client_id: str = ""
    client_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    scopes: str = ""
    org_id: str = ""
    sandbox_name: str = ""
    container_id: str = ""
    xcore_envelope: bool = False
    external_id_attribute: str = ""
    request_timeout_seconds: float = 30.0
    connect_timeout_seconds: float = 10.0
    max_in_flight: int = 5
    page_size: int = 100
    ca_file: str = ""

    @property
    def base_url(self) -> str:
        """The base of the dialect, without a slash at its end."""
        return (self.api_url or DEFAULT_API_URLS[self.dialect]).rstrip("/")

    def target(self, container_id: str = "") -> str:
        """Return the journal's key for where the offers go; a discovered container is given."""
        parts = [_normal(self.base_url), self.org_id, self.sandbox_name]
        container = container_id or self.container_id
        if self.dialect is Dialect.XCORE and container:
            parts.append(container)
        return "|".join(parts)


def problems(settings: ApiSettings) -> list[str]:
    """Return everything that is missing, malformed or contradictory, one line each."""
    found = [
        *_url_problems("LOADER_API_URL", settings.base_url),
        *_credential_problems(settings),
        *_header_problems(settings),
    ]
    if settings.request_timeout_seconds <= 0 or settings.connect_timeout_seconds <= 0:
        found.append("LOADER_REQUEST_TIMEOUT_SECONDS must be above 0")
    if settings.max_in_flight < 1:
        found.append("LOADER_MAX_IN_FLIGHT must be at least 1")
    return found


def require_valid(settings: ApiSettings) -> None:
    """Raise one `SettingsError` that lists every problem."""
    found = problems(settings)
    if found:
        raise SettingsError("the settings cannot be used:\n" + "\n".join(f"- {p}" for p in found))


def _credential_problems(settings: ApiSettings) -> list[str]:
    if _revealed(settings.access_token):
        return [] if settings.client_id else [_no_client_id("it is sent as x-api-key")]
    found = _url_problems("LOADER_IMS_URL", settings.ims_url)
    if not settings.client_id:
        found.append(_no_client_id("of the OAuth server-to-server credential"))
    if not _revealed(settings.client_secret):
        found.append(
            "LOADER_CLIENT_SECRET is not set: give the credential's secret, or a ready token in"
            " LOADER_ACCESS_TOKEN"
        )
    return found


def _no_client_id(why: str) -> str:
    return f"LOADER_CLIENT_ID is not set: copy the Client ID from the Developer Console ({why})"


def _header_problems(settings: ApiSettings) -> list[str]:
    """Header values must be visible ASCII: anything else is a copy-and-paste accident."""
    named = {
        "LOADER_CLIENT_ID": settings.client_id,
        "LOADER_ORG_ID": settings.org_id,
        "LOADER_SANDBOX_NAME": settings.sandbox_name,
        "LOADER_CONTAINER_ID": settings.container_id,
        "LOADER_ACCESS_TOKEN": _revealed(settings.access_token),
    }
    found = [
        f"{name} holds a blank, a control or a non-ASCII character: copy it again"
        for name, value in named.items()
        if _NOT_IN_A_HEADER.search(value)
    ]
    if not settings.org_id:
        found.append("LOADER_ORG_ID is not set: it looks like 1234567890ABCDEF@AdobeOrg")
    if not settings.sandbox_name:
        found.append("LOADER_SANDBOX_NAME is not set: the name of the sandbox, such as 'prod'")
    return found


def _url_problems(name: str, url: str) -> list[str]:
    """https, or http on loopback; a host; nothing that could carry a secret or redirect it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return [f"{name} is not a URL: {url!r}"]
    if parts.scheme not in {"http", "https"} or not host:
        return [f"{name} must be a full URL such as {DEFAULT_API_URLS[Dialect.DPS]}: {url!r}"]
    found = []
    if parts.username is not None or parts.password is not None:
        found.append(f"{name} must not hold a user name or a password")
    if parts.scheme == "http" and not is_loopback(host):
        found.append(f"{name} must use https (http is for this machine only): host {host!r}")
    if parts.query or parts.fragment:
        found.append(f"{name} must end with its path, without '?' or '#'")
    return found


def is_loopback(host: str) -> bool:
    """Say whether `host` is this machine. Names other than `localhost` never are."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_origin(one: str, other: str) -> bool:
    """Say whether two URLs share scheme, host and port: a token goes nowhere else."""
    return _origin(urlsplit(one)) == _origin(urlsplit(other))


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def _normal(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
