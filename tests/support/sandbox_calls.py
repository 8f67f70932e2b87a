"""Plain calls to a running sandbox, as any client makes them: nothing of the loader."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from offer_sandbox import Sandbox

# For clients that use no TLS: httpx would read all authorities for each, a hundredth of a second.
NO_AUTHORITIES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PLACEMENT = "dps:offer-placement:1a24dc4342f2e21e"
FALLBACK = "https://ns.adobe.com/experience/offer-management/fallback-offer"
BARE = f'application/schema-instance+json; version=1;  schema="{FALLBACK};version=0.1"'
ENVELOPE = f'application/vnd.adobe.platform.xcore.hal+json; schema="{FALLBACK};version=0.1"'
XCORE_PATCH = (
    "application/vnd.adobe.platform.xcore.patch.hal+json; version=1;"
    f' schema="{FALLBACK};version=0.1"'
)


def headers(sandbox: Sandbox, **changed: str | None) -> dict[str, str]:
    """The four headers of every call; None leaves one out."""
    usual: dict[str, str | None] = {
        "Authorization": f"Bearer {sandbox.access_token}",
        "x-api-key": sandbox.client_id,
        "x-gw-ims-org-id": sandbox.org_id,
        "x-sandbox-name": sandbox.sandbox_name,
    }
    usual |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in usual.items() if value is not None}


def client(sandbox: Sandbox, dialect: str = "dps") -> httpx.Client:
    """A client with the headers of every call."""
    return httpx.Client(
        base_url=sandbox.api_url(dialect),
        headers=headers(sandbox),
        trust_env=False,
        timeout=10,
        verify=NO_AUTHORITIES,
    )


def dps_offer(name: str, **more: Any) -> dict[str, Any]:
    """A body that is accepted."""
    return {
        "name": name,
        "status": "approved",
        "representations": [
            {
                "placement": PLACEMENT,
                "channel": "https://ns.adobe.com/xdm/channel-types/web",
                "components": [{"type": "html", "format": "text/html", "content": "<p>Hi</p>"}],
            }
        ],
        **more,
    }


def xcore_offer(name: str) -> dict[str, Any]:
    """The documented body of §1.1.2, with a name."""
    return {
        "xdm:status": "approved",
        "xdm:name": name,
        "xdm:representations": [
            {
                "xdm:components": [
                    {
                        "dc:language": ["en"],
                        "@type": "https://ns.adobe.com/experience/offer-management/"
                        "content-component-html",
                        "dc:format": "text/html",
                    }
                ],
                "xdm:channel": "https://ns.adobe.com/xdm/channel-types/web",
                "xdm:placement": "xcore:offer-placement:124e0be5699743d3",
            }
        ],
    }


class Offers:
    """Offers of one dialect over plain HTTP, so that a test is the same for both."""

    def __init__(self, sandbox: Sandbox, dialect: str, http: httpx.Client) -> None:
        self.prefix = "xdm:" if dialect == "xcore" else ""
        self.root = "/_instance/xdm:" if dialect == "xcore" else "/"
        self._dialect, self._http = dialect, http
        self._all = f"/{sandbox.container_id}/instances" if dialect == "xcore" else "/offers"
        self._query = {} if dialect == "xcore" else {"offer-type": "fallback"}
        self._patch = XCORE_PATCH if dialect == "xcore" else "application/json"

    def create(self, name: str, **fields: Any) -> str:
        """Create an offer; return the id that stands in its address."""
        offer = xcore_offer(name) if self.prefix else dps_offer(name)
        body = offer | {self.prefix + field: value for field, value in fields.items()}
        kind = {"Content-Type": BARE if self.prefix else "application/json"}
        made = self._http.post(self._all, params=self._query, json=body, headers=kind).json()
        return str(made.get("instanceId", made.get("id")))

    def read(self, key: str) -> dict[str, Any]:
        """Return the fields of an offer, with `etag`, under the names that DPS gives them."""
        found = self._http.get(f"{self._all}/{key}", params=self._query).json()
        fields = found.get("_instance", found)
        plain = {field.removeprefix("xdm:"): value for field, value in fields.items()}
        return {"etag": found.get("repo:etag"), **plain}

    def names(self) -> list[str]:
        """Return the names that the list shows, in the order of their making."""
        query = {"schema": FALLBACK} if self.prefix else {**self._query, "orderby": "id"}
        page = self._http.get(self._all, params=query).json()
        shown = [one.get("_instance", one) for one in page.get("_embedded", page)["results"]]
        return [one[f"{self.prefix}name"] for one in shown]

    def status(self, key: str) -> int:
        """Return what a look-up answers."""
        return self._http.get(f"{self._all}/{key}", params=self._query).status_code

    def patch(self, key: str, *operations: Any, **headers: str) -> httpx.Response:
        """Send a JSON Patch of (op, field, value) or of whole operations."""
        document = [self._operation(one) if isinstance(one, tuple) else one for one in operations]
        return self._http.patch(
            f"{self._all}/{key}",
            params=self._query,
            json=document,
            headers={"Content-Type": self._patch, **self._named(headers)},
        )

    def put(self, key: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Replace an offer."""
        kind = {"Content-Type": BARE if self.prefix else "application/json"}
        named = {**kind, **self._named(headers)}
        return self._http.put(f"{self._all}/{key}", params=self._query, json=body, headers=named)

    def delete(self, key: str, **headers: str) -> httpx.Response:
        """Delete an offer."""
        named = self._named(headers)
        return self._http.delete(f"{self._all}/{key}", params=self._query, headers=named)

    def get(self, path: str) -> httpx.Response:
        """Ask at a Location."""
        return self._http.get(path)

    def _operation(self, one: tuple[str, ...]) -> dict[str, Any]:
        op, field, *value = one
        return {"op": op, "path": self.root + field, **({"value": value[0]} if value else {})}

    @staticmethod
    def _named(headers: dict[str, str]) -> dict[str, str]:
        return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def offers_of(sandbox: Sandbox, dialect: str) -> Iterator[Offers]:
    """Offers of one dialect of a running sandbox."""
    with client(sandbox, dialect) as http:
        yield Offers(sandbox, dialect, http)
