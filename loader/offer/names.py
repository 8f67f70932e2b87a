"""What each dialect calls the parts of a fallback offer, by our words for them.

A dialect leaves out what it has no name for: fallback offers of XCORE have neither dates, nor a
priority, nor labels.
"""

from collections.abc import Mapping
from typing import Final

from loader.model import Dialect

NAMES: Final[Mapping[Dialect, Mapping[str, str]]] = {
    Dialect.DPS: {
        "name": "name",
        "description": "description",
        "status": "status",
        "representations": "representations",
        "placement": "placement",
        "channel": "channel",
        "components": "components",
        "type": "type",
        "format": "format",
        "language": "language",
        "content": "content",
        "delivery_url": "deliveryURL",
        "link_url": "linkURL",
        "tags": "tags",
        "labels": "labels",
        "attributes": "characteristics",
        "constraint": "selectionConstraint",
        "constraint_type": "profileConstraintType",
        "start_date": "startDate",
        "end_date": "endDate",
        "rank": "rank",
    },
    Dialect.XCORE: {
        "name": "xdm:name",
        "description": "xdm:description",
        "status": "xdm:status",
        "representations": "xdm:representations",
        "placement": "xdm:placement",
        "channel": "xdm:channel",
        "components": "xdm:components",
        "type": "@type",
        "format": "dc:format",
        "language": "dc:language",
        "content": "xdm:content",
        "delivery_url": "xdm:deliveryURL",
        "link_url": "xdm:linkURL",
        "tags": "xdm:tags",
        "attributes": "xdm:characteristics",
    },
}

COMPONENT_BASE: Final = "https://ns.adobe.com/experience/offer-management/content-component-"
_TYPES: Final = {"": "", "html": "html", "image": "imagelink", "text": "text", "json": "json"}
COMPONENT_TYPES: Final[Mapping[Dialect, Mapping[str, str]]] = {
    Dialect.DPS: _TYPES,
    Dialect.XCORE: {
        ours: f"{COMPONENT_BASE}{word}" if word else "" for ours, word in _TYPES.items()
    },
}
