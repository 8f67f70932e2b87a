"""What a dialect says about itself: addresses, media types, where things are in replies."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from loader.model import Receipt, RemoteOffer


class Wire(Protocol):
    """One dialect, as pure request and reply shapes. Paths are relative to the base address."""

    @property
    def create_path(self) -> str: ...
    @property
    def create_headers(self) -> Mapping[str, str]: ...
    @property
    def read_headers(self) -> Mapping[str, str]: ...
    @property
    def delete_headers(self) -> Mapping[str, str]: ...
    @property
    def list_path(self) -> str: ...
    @property
    def placements_path(self) -> str: ...
    @property
    def tags_path(self) -> str: ...
    def body(self, payload: bytes) -> bytes: ...
    def find_path(self, name: str) -> str: ...
    def offer_path(self, remote_id: str) -> str: ...
    def receipt(self, document: Mapping[str, Any]) -> Receipt | None: ...
    def listed(self, document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]: ...
    def page(self, document: Mapping[str, Any]) -> Sequence[RemoteOffer]: ...
    def offer(self, document: Mapping[str, Any]) -> RemoteOffer | None: ...


def text(value: object) -> str:
    """Return a string or a number as text, "" for anything else."""
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_plain else ""


def next_href(document: Mapping[str, Any]) -> str:
    """Return where the next page is, "" on the last. The same in both dialects."""
    links = document.get("_links")
    following = links.get("next") if isinstance(links, Mapping) else None
    return text(following.get("href")) if isinstance(following, Mapping) else ""


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON array."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
