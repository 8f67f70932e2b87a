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

from loader.merge.part import Value
from loader.model import Dialect
from loader.run.wiring import entity_or_offer
from loader.validation.editing import Names, Object
from loader.validation.entity import Entity

_URL: Final = re.compile(r"https?://[^\s\"'<>()\[\]\\^`|]+", re.IGNORECASE)
_AFTER: Final = ".,;:!?…"  # of a sentence, not of the address before it
_IN_THE_BODY: Final = frozenset({"labels"})  # compared without case here, so not shown
_PICTURES: Final = frozenset({"img", "source", "video", "input", "image"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that an offer holds."""

    url: str
    is_image: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What customers see at one placement in one language; `language` is "" for every one."""

    placement: str  # its name, where it is known
    language: str
    channel: str = ""
    kind: str = ""  # html, text, image or json
    content: str = ""  # JSON is indented
    image: str = ""
    link: str = ""


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
    there: Object = orjson.loads(body)
    editing = entity_or_offer(entity).editing
    parts = editing.parts(there, dialect) if editing is not None else {}
    known = names or Names()
    facts: dict[str, str] = {}
    places: dict[tuple[str, str], dict[str, str]] = {}
    channels: dict[str, str] = {}
    for part, value in parts.items():
        if part.field in _IN_THE_BODY:
            continue
        if not part.placement:
            facts[part.field] = _shown(value, known)
        elif part.field == "channel":
            channels[part.placement] = _shown(value, known)
        else:
            place = places.setdefault((part.placement, part.language or ""), {})
            place[part.field] = _shown(value, known)
    faces = tuple(
        _face(*place, {"channel": channels.get(place[0], ""), **values}, known)
        for place, values in places.items()
    )
    return Preview(
        name=facts.pop("name", ""),
        facts=facts,
        faces=faces,
        links=tuple(_links(faces)),
        body=_indented(body),
    )


def _shown(value: Value, known: Names) -> str:
    if isinstance(value, str):
        return value
    return "; ".join(known.words.get(each, each) for each in value or ())


def _face(placement: str, language: str, values: Mapping[str, str], known: Names) -> Face:
    kind, content = values.get("type", ""), values.get("content", "")
    return Face(
        placement=known.placements.get(placement, placement),
        language=language,
        channel=values.get("channel", ""),
        kind=kind,
        content=_indented(content.encode()) if kind == "json" else content,
        image=values.get("delivery_url", ""),
        link=values.get("link_url", ""),
    )


def _indented(text: bytes) -> str:
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text.decode("utf-8", "replace")


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
