"""The names of the legacy dialect: prefixed JSON, bare or in a HAL envelope.

Fallback offers of this dialect have neither dates, nor a priority, nor labels.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from loader.offer.mapping import Component, OfferRow, Representation

COMPONENT_BASE: Final = "https://ns.adobe.com/experience/offer-management/content-component-"
TYPES: Final = {"html": "html", "image": "imagelink", "text": "text", "json": "json"}


def offer(row: "OfferRow") -> dict[str, Any]:
    """Return the bare body of a create call."""
    name, status, description, tags, _, _, _, _, attributes, shown = row
    body: dict[str, Any] = {
        "xdm:name": name,
        "xdm:status": status,
        "xdm:representations": [_representation(each) for each in shown],
    }
    return body | _filled(
        {"xdm:description": description, "xdm:tags": tags, "xdm:characteristics": attributes}
    )


def envelope(body: bytes) -> bytes:
    """Return the older form of a create call: the bare body inside `_instance`."""
    return b'{"_instance":' + body + b',"_links":{}}'


def _representation(representation: "Representation") -> dict[str, Any]:
    placement, channel, components = representation
    return _filled(
        {
            "xdm:placement": placement,
            "xdm:channel": channel,
            "xdm:components": [_component(component) for component in components],
        }
    )


def _component(component: "Component") -> dict[str, Any]:
    kind, form, languages, content, delivery_url, link_url = component
    return _filled(
        {
            "@type": f"{COMPONENT_BASE}{TYPES[kind]}",
            "dc:format": form,
            "dc:language": languages,
            "xdm:content": content,
            "xdm:deliveryURL": delivery_url,
            "xdm:linkURL": link_url,
        }
    )


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
