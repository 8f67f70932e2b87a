"""How an offer looks to a customer: place by place and language by language."""

from collections.abc import Mapping
from typing import Final

from loader.merge.part import Parts, Value
from loader.offer.vocabulary import ContentType
from loader.tables.indented_json import indented
from loader.validation.editing import Face, Look, Names

_NOT_SHOWN: Final = frozenset({"labels"})  # parts compare them without case: the body has them


def look(parts: Parts, names: Names) -> Look:
    """Return how an offer with these parts looks."""
    facts: dict[str, str] = {}
    places: dict[tuple[str, str], dict[str, str]] = {}
    channels: dict[str, str] = {}
    for part, value in parts.items():
        if part.field in _NOT_SHOWN:
            continue
        if not part.placement:
            facts[part.field] = _shown(value, names)
        elif part.field == "channel":
            channels[part.placement] = _shown(value, names)
        else:
            place = places.setdefault((part.placement, part.language or ""), {})
            place[part.field] = _shown(value, names)
    return Look(
        facts=facts,
        faces=tuple(
            _face(*place, {"channel": channels.get(place[0], ""), **values}, names)
            for place, values in places.items()
        ),
    )


def _shown(value: Value, names: Names) -> str:
    if isinstance(value, str):
        return value
    return "; ".join(names.words.get(each, each) for each in value or ())


def _face(placement: str, language: str, values: Mapping[str, str], names: Names) -> Face:
    kind, content = values.get("type", ""), values.get("content", "")
    return Face(
        placement=names.placements.get(placement, placement),
        language=language,
        channel=values.get("channel", ""),
        kind=kind,
        content=indented(content.encode()) if kind == ContentType.JSON else content,
        image=values.get("delivery_url", ""),
        link=values.get("link_url", ""),
    )
