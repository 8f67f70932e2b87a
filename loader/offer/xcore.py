"""The names of the legacy dialect: prefixed JSON, bare or in a HAL envelope.

Fallback offers of this dialect have neither dates, nor a priority, nor labels.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from loader.offer.mapping import Component, OfferRow

COMPONENT_BASE: Final = "https://ns.adobe.com/experience/offer-management/content-component-"
TYPES: Final = {"html": "html", "image": "imagelink", "text": "text", "json": "json"}


def offer(row: "OfferRow") -> dict[str, Any]:
    """Return the bare body of a create call."""
    body: dict[str, Any] = {
        "xdm:name": row.name,
        "xdm:status": row.status,
        "xdm:representations": [
            _filled(
                {
                    "xdm:placement": each.placement,
                    "xdm:channel": each.channel,
                    "xdm:components": [_component(component) for component in each.components],
                }
            )
            for each in row.representations
        ],
    }
    return body | _filled(
        {
            "xdm:description": row.description,
            "xdm:tags": list(row.tags),
            "xdm:characteristics": dict(row.attributes),
        }
    )


def envelope(body: bytes) -> bytes:
    """Return the older form of a create call: the bare body inside `_instance`."""
    return b'{"_instance":' + body + b',"_links":{}}'


def _component(component: "Component") -> dict[str, Any]:
    return _filled(
        {
            "@type": f"{COMPONENT_BASE}{TYPES[component.kind]}",
            "dc:format": component.format,
            "dc:language": list(component.languages),
            "xdm:content": component.content,
            "xdm:deliveryURL": component.delivery_url,
            "xdm:linkURL": component.link_url,
        }
    )


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
