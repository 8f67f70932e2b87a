"""What each dialect calls the parts of a fallback offer, by our words for them.

A dialect leaves out what it has no name for: fallback offers of XCORE have neither dates, nor a
priority, nor labels.
"""

import re
from collections.abc import Mapping
from typing import Final

from loader.model import Dialect
from loader.offer.vocabulary import CHANNEL_BASE_PATTERN

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

_TYPE_BASE: Final = re.compile(r"(?:.*/)?(?:content-)?component-")  # …/content-component-html
_CHANNEL_BASE: Final = re.compile(CHANNEL_BASE_PATTERN)


def bare_type(text: str) -> str:
    """Return the word of a type of content, in whatever form a server gives it."""
    return _TYPE_BASE.sub("", text, count=1)


def bare_channel(text: str) -> str:
    """Return the word of a channel's URI; anything else as it is."""
    return _CHANNEL_BASE.sub("", text)
