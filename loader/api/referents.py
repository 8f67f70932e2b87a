"""Placements and tags as the API lists them, in our words.

Rules of this file: both dialects have the same fields, one with prefixes; a field that is missing
or of a strange form is not known, which is never an error.
"""

from collections.abc import Mapping
from typing import Any, Final

from loader.api.wire import text
from loader.sheet.catalogue import Placement, Tag
from loader.sheet.words import ContentType

_PREFIX: Final = "xdm:"
_COMPONENT: Final = "component-"  # …/content-component-html, component-text
_KINDS: Final = {
    "html": ContentType.HTML,
    "imagelink": ContentType.IMAGE,
    "text": ContentType.TEXT,
    "json": ContentType.JSON,
}


def placement_of(found: Mapping[str, Any]) -> Placement | None:
    """Return a placement, or None where it has no id."""
    remote_id, formats = _id(found), _field(found, "contentTypes")
    if not remote_id:
        return None
    return Placement(
        id=remote_id,
        name=text(_field(found, "name")),
        kind=_KINDS.get(text(_field(found, "componentType")).rpartition(_COMPONENT)[2], ""),
        channel=text(_field(found, "channel")),
        formats=tuple(filter(None, map(text, formats))) if isinstance(formats, list) else (),
    )


def tag_of(found: Mapping[str, Any]) -> Tag | None:
    """Return a tag, or None where it has no id."""
    remote_id = _id(found)
    return Tag(id=remote_id, name=text(_field(found, "name"))) if remote_id else None


def _id(found: Mapping[str, Any]) -> str:
    return text(found.get("@id")) or text(found.get("id"))


def _field(found: Mapping[str, Any], name: str) -> Any:
    return found.get(name, found.get(f"{_PREFIX}{name}"))
