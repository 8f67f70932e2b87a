"""The names of the legacy dialect: prefixed JSON, bare or in a HAL envelope.

Fallback offers of this dialect have neither dates, nor a priority, nor labels.
"""

from typing import TYPE_CHECKING, Final

from loader.offer.json_columns import Json, each_distinct, objects

if TYPE_CHECKING:
    from loader.offer.columns import Component, OfferColumns

COMPONENT_BASE: Final = "https://ns.adobe.com/experience/offer-management/content-component-"
TYPES: Final = {"html": "html", "image": "imagelink", "text": "text", "json": "json"}


def offer(offers: "OfferColumns", *, representations: Json) -> Json:
    """Return the bare bodies of create calls."""
    return objects(
        {
            "xdm:name": offers.name,
            "xdm:description": offers.description,
            "xdm:status": offers.status,
            "xdm:representations": representations,
            "xdm:tags": offers.tags,
            "xdm:characteristics": offers.attributes,
        }
    )


def envelope(body: bytes) -> bytes:
    """Return the older form of a create call: the bare body inside `_instance`."""
    return b'{"_instance":' + body + b',"_links":{}}'


def representation(*, placement: Json, channel: Json, components: Json) -> Json:
    """Return what is shown in one placement."""
    return objects(
        {"xdm:placement": placement, "xdm:channel": channel, "xdm:components": components}
    )


def component(component: "Component") -> Json:
    """Return one piece of content."""
    return objects(
        {
            "@type": each_distinct(component.kind, _type),
            "dc:format": component.format,
            "dc:language": component.languages,
            "xdm:content": component.content,
            "xdm:deliveryURL": component.delivery_url,
            "xdm:linkURL": component.link_url,
        }
    )


def _type(kind: str) -> str:
    return f"{COMPONENT_BASE}{TYPES[kind]}" if kind else ""
