"""What we talk to: one API, one organisation, one sandbox, and how to be let in.

The values were checked where the settings are made (`loader.settings`).
"""

from dataclasses import dataclass

from pydantic import SecretStr

from loader.model import Dialect
from loader.proxy import NO_PROXY, Proxy
from loader.same_target import address_of_older_keys, normalized_address


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Everything the API part needs; secrets mask themselves.

    Either `access_token` (a ready token, never renewed) or `client_id` and `client_secret` (IMS
    OAuth server-to-server). `client_id` is also the `x-api-key` of every call.
    """

    dialect: Dialect = Dialect.DPS
    api_url: str
    ims_url: str
    client_id: str
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
    ca_file: str = ""
    api_proxy: Proxy = NO_PROXY
    ims_proxy: Proxy = NO_PROXY

    @property
    def base_url(self) -> str:
        """The base of the dialect, without a slash at its end."""
        return self.api_url.rstrip("/")

    @property
    def uses_tls(self) -> bool:
        """Whether any request is encrypted; an imitation on this machine is not."""
        urls = (self.api_url, self.ims_url, self.api_proxy.url, self.ims_proxy.url)
        return any(url.lower().startswith("https:") for url in urls)

    def target(self) -> str:
        """Return the journal's key for where the offers go."""
        return self._key(normalized_address(self.base_url))

    def target_of_older_versions(self) -> str:
        """Return the key that an older version gave it: the address spelled as in the settings."""
        return self._key(address_of_older_keys(self.base_url))

    def _key(self, address: str) -> str:
        parts = [address, self.org_id, self.sandbox_name]
        if self.dialect is Dialect.XCORE and self.container_id:
            parts.append(self.container_id)
        return "|".join(parts)
