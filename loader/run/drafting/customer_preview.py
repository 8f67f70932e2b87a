"""Show an offer as a customer would see it: what a row would send, place by place and language by
language, and the links that it holds. Nothing is sent.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

import orjson

from loader.model import Dialect
from loader.run.wiring import entity_or_offer
from loader.tables.indented_json import indented
from loader.validation.editing import Face, Look, Names, Object
from loader.validation.entity import Entity
from loader.validation.fields import NAME

_URL: Final = re.compile(r"https?://[^\s\"'<>()\[\]\\^`|]+", re.IGNORECASE)
_AFTER: Final = ".,;:!?…"  # of a sentence, not of the address before it
_PICTURES: Final = frozenset({"img", "source", "video", "input", "image"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that an offer holds."""

    url: str
    is_image: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An offer: its faces, what customers do not see, its links, and the JSON that is sent."""

    name: str
    facts: Mapping[str, str]  # field -> text, of what no customer sees
    faces: tuple[Face, ...]
    links: tuple[Link, ...]
    body: str


def preview(
    body: bytes, dialect: Dialect, *, names: Names | None = None, entity: Entity | None = None
) -> Preview:
    """Return how the JSON that a row sends looks. `names` are those of placements and tags."""
    editing = entity_or_offer(entity).editing
    there: Object = orjson.loads(body)
    look = editing.look(there, dialect, names or Names()) if editing is not None else Look()
    return Preview(
        name=look.facts.get(NAME, ""),
        facts={field: text for field, text in look.facts.items() if field != NAME},
        faces=look.faces,
        links=tuple(_links(look.faces)),
        body=indented(body),
    )


def _links(faces: Sequence[Face]) -> Iterator[Link]:
    """Yield each address once; one that is an image somewhere is one."""
    found: dict[str, bool] = {}
    for face in faces:
        for link in _links_of(face):
            found[link.url] = found.get(link.url, False) or link.is_image
    yield from (Link(url=url, is_image=is_image) for url, is_image in found.items())


def _links_of(face: Face) -> Iterator[Link]:
    if face.image:
        yield Link(url=face.image, is_image=True)
    if face.link:
        yield Link(url=face.link)
    if face.kind == "html":
        pictures = _Pictures()
        with suppress(AssertionError):  # how the parser gives up on a declaration
            pictures.feed(face.content)
        yield from (Link(url=url, is_image=True) for url in pictures.addresses)
    for found in _URL.findall(html.unescape(face.content)):
        yield Link(url=found.rstrip(_AFTER))


class _Pictures(HTMLParser):
    """Collects the addresses of images."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Keep what an image is loaded from."""
        if tag in _PICTURES:
            self.addresses += [
                value.strip()
                for name, value in attrs
                if name in ("src", "poster") and value and _URL.match(value.strip())
            ]
