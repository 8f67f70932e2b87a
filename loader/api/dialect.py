"""What a dialect says about itself: addresses, media types, where things are in replies."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from loader.api.is_update_applied import Steps
from loader.model import Receipt, RemoteOffer
from loader.redaction import SECRETS
from loader.validation.references import OfferDecision, Placement, Tag


class Wire(Protocol):
    """One dialect, as pure request and reply shapes. Paths are relative to the base address."""

    @property
    def create_path(self) -> str: ...
    @property
    def create_headers(self) -> Mapping[str, str]: ...
    @property
    def list_headers(self) -> Mapping[str, str]: ...
    @property
    def read_headers(self) -> Mapping[str, str]: ...
    @property
    def patch_root(self) -> str: ...  # the JSON Pointer of the bare object
    @property
    def name_field(self) -> str: ...  # of the bare object
    @property
    def list_path(self) -> str: ...
    @property
    def placements_path(self) -> str: ...
    @property
    def tags_path(self) -> str: ...
    @property
    def decisions_path(self) -> str: ...
    def body(self, payload: bytes) -> bytes: ...
    def offer_path(self, remote_id: str) -> str: ...
    def delete_headers(self, etag: str) -> Mapping[str, str]: ...
    def patch(self, steps: Steps, etag: str) -> tuple[Steps, Mapping[str, str]]: ...
    def receipt(self, document: Mapping[str, Any]) -> Receipt | None: ...
    def bare(self, item: Mapping[str, Any]) -> Mapping[str, Any]: ...
    def offer(self, document: Mapping[str, Any]) -> RemoteOffer | None: ...


def text(value: object) -> str:
    """Return a string or a number as text, "" for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def without_secret(value: object) -> str:
    """Return an id, an etag or a word as text; "" for one that repeats a secret."""
    found = text(value)
    return "" if found and SECRETS.are_in(found) else found


def without_secrets(*values: object) -> list[str]:
    """Return several as `without_secret` does; searched together, since most hold no secret."""
    found = [text(value) for value in values]
    return [without_secret(each) for each in found] if SECRETS.are_in(" ".join(found)) else found


def next_href(document: Mapping[str, Any]) -> str:
    """Return where the next page is, "" on the last. The same in both dialects."""
    links = document.get("_links")
    following = links.get("next") if isinstance(links, Mapping) else None
    return text(following.get("href")) if isinstance(following, Mapping) else ""


def objects_of(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON array."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


# Placements, tags and decisions as the API lists them, in our words.
#
# Both dialects have the same fields, one of them with prefixes. A field that is missing or has an
# unexpected form counts as not known; it is never an error.


_PREFIX: Final = "xdm:"
_COMPONENT: Final = "component-"  # …/content-component-html, component-text
_KINDS: Final = {
    "html": "html",
    "imagelink": "image",
    "text": "text",
    "json": "json",
}


def placement_of(found: Mapping[str, Any]) -> Placement | None:
    """Return a placement, or None where it has no id."""
    remote_id, formats = _id(found), _field(found, "contentTypes")
    if not remote_id:
        return None
    return Placement(
        id=remote_id,
        name=SECRETS.hide(text(_field(found, "name"))),
        kind=_KINDS.get(text(_field(found, "componentType")).rpartition(_COMPONENT)[2], ""),
        channel=without_secret(_field(found, "channel")),
        formats=tuple(filter(None, map(without_secret, _list_of(formats)))),
    )


def tag_of(found: Mapping[str, Any]) -> Tag | None:
    """Return a tag, or None where it has no id."""
    remote_id = _id(found)
    return Tag(id=remote_id, name=SECRETS.hide(text(_field(found, "name")))) if remote_id else None


def offer_decision_of(found: Mapping[str, Any]) -> OfferDecision | None:
    """Return a decision, or None where it has no id."""
    remote_id = _id(found)
    if not remote_id:
        return None
    placements = [
        without_secret(placement)
        for criterion in objects_of(_field(found, "criteria"))
        for placement in _list_of(_field(criterion, "placements"))
    ]
    return OfferDecision(
        id=remote_id,
        name=SECRETS.hide(text(_field(found, "name"))),
        status=without_secret(_field(found, "status")),
        fallback=without_secret(_field(found, "fallback")),
        placements=tuple(dict.fromkeys(filter(None, placements))),
    )


def _list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(found: Mapping[str, Any]) -> str:
    return without_secret(found.get("@id")) or without_secret(found.get("id"))


def _field(found: Mapping[str, Any], name: str) -> Any:
    return found.get(name, found.get(f"{_PREFIX}{name}"))
