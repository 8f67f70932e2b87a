"""Plain calls to a running sandbox, as any client makes them: nothing of the loader."""

from typing import Any

import httpx

from offer_sandbox import Sandbox

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
        base_url=sandbox.api_url(dialect), headers=headers(sandbox), trust_env=False, timeout=10
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
