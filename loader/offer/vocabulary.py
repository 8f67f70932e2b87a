"""The closed sets of words that a user may write in a cell.

What each dialect calls them is in `dialect_names`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ContentType(StrEnum):
    """What a representation shows."""

    HTML = "html"  # markup, in `content`
    IMAGE = "image"  # a picture at `delivery_url`, with an optional `link_url`
    TEXT = "text"  # plain text, in `content`
    JSON = "json"  # a JSON document, in `content`


class OfferStatus(StrEnum):
    """The life of an offer, as far as a loader may set it."""

    DRAFT = "draft"  # not delivered until someone approves it
    APPROVED = "approved"  # may be delivered at once


CHANNEL_BASE: Final = "https://ns.adobe.com/xdm/channel-types/"
CHANNEL_BASE_PATTERN: Final = r"^https://ns\.adobe\.com/xdm/channel(?:-type)?s/"
CHANNELS: Final = (
    "web",
    "email",
    "mobile",
    "social",
    "messaging",
    "offline",
    "display",
    "search",
    "video",
    "mail",
    "direct",
    "affiliate",
    "apps",
    "external",
    "instore",
    "affinity",
    "preload",
    "push",
)  # the short names of the channel types that the platform documents, the usual ones first

DEFAULT_FORMATS: Final[Mapping[str, str]] = {
    ContentType.HTML: "text/html",
    ContentType.IMAGE: "image/png",
    ContentType.TEXT: "text/plain",
    ContentType.JSON: "application/json",
}  # where the `format` cell is blank; an image's file extension, where it has one, decides first

IMAGE_FORMATS: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "avif": "image/avif",
    "bmp": "image/bmp",
}


def default_format(kind: str, delivery_url: str) -> str:
    """Return the MIME type of a representation whose `format` cell is blank."""
    if kind == ContentType.IMAGE:
        path = delivery_url.partition("?")[0].partition("#")[0]
        extension = path.rpartition("/")[2].rpartition(".")[2].lower()
        return IMAGE_FORMATS.get(extension, DEFAULT_FORMATS[ContentType.IMAGE])
    return DEFAULT_FORMATS[kind]
