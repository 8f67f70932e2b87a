"""What columns can show of an offer that exists, whoever wrote it and in whatever form.

An offer may hold what no column shows: fields that we do not know, a second content for the same
placement and language, a type of content that we cannot write. It stays in the object of the
server, and is named where a person should know of it.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loader.merge.part import AnyCase, Part, Value
from loader.model import Dialect
from loader.offer.dialect_names import COMPONENT_TYPES, NAMES, bare_channel, bare_type
from loader.offer.vocabulary import ContentType
from loader.validation.editing import Object
from loader.validation.fields import ATTRIBUTE_PREFIX

TEXTS: Final = ("name", "description", "status")
LISTS: Final = ("tags", "labels")
COMPONENT: Final = ("type", "format", "content", "delivery_url", "link_url")
_WORDS: Final = {word: ours for ours, word in COMPONENT_TYPES[Dialect.DPS].items() if ours}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an offer shows at one placement in one language, and where it is in the object."""

    placement: str
    language: str  # canonical tags with semicolons between; "" for every language
    channel: str  # as it is
    values: Mapping[str, str]  # of `COMPONENT`, those that are there; the type in our word
    at: tuple[int, int]  # positions of the representation and of its component

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the other contents of the offer."""
        return self.placement, self.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An offer as columns can show it."""

    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, str]
    contents: Sequence[Content]
    hidden: Sequence[str]  # what no column shows, in words
    doubled: frozenset[tuple[str, str]]  # keys of contents that hide another one of their key
    channels: Mapping[str, str]  # as it is, by placement that has any content

    def parts(self) -> dict[Part, Value]:
        """Return it part by part."""
        found: dict[Part, Value] = {Part(field=name): text for name, text in self.texts.items()}
        for name, some in self.lists.items():
            items = sorted(map(AnyCase, some), key=str.lower) if name == "labels" else sorted(some)
            found[Part(field=name)] = tuple(items)
        for name, text in self.attributes.items():
            found[Part(field=f"{ATTRIBUTE_PREFIX}{name}")] = text
        for each in self.contents:
            if each.channel:
                channel = bare_channel(each.channel)
                found[Part(field="channel", placement=each.placement)] = channel
            for field, text in each.values.items():
                part = Part(field=field, placement=each.placement, language=each.language)
                found[part] = text
        return found


def shown(remote: Object, dialect: Dialect) -> Shown:
    """Return what columns can show of an object."""
    names, hidden = NAMES[dialect], list[str]()
    texts, lists = dict[str, str](), dict[str, tuple[str, ...]]()
    for field in TEXTS:
        match remote.get(names[field]):
            case str(text) if text:
                texts[field] = text
            case None | "":
                pass
            case _:
                hidden.append(field)
    for field in filter(names.__contains__, LISTS):
        items = _items(remote.get(names[field]))
        if items is None:
            hidden.append(field)
        elif items:
            lists[field] = items
    attributes = _attributes(remote.get(names["attributes"]), hidden)
    doubled, channels = set[tuple[str, str]](), dict[str, str]()
    representations = remote.get(names["representations"])
    contents = tuple(_contents(representations, names, hidden, doubled, channels))
    known = {*names.values(), *_SERVER_FIELDS}
    hidden += [f"the field {name}" for name in remote if name not in known and remote[name]]
    return Shown(
        texts=texts,
        lists=lists,
        attributes=attributes,
        contents=contents,
        hidden=hidden,
        doubled=frozenset(doubled),
        channels=channels,
    )


_SERVER_FIELDS: Final = frozenset(
    {
        *("id", "@id", "@type", "_links", "etag", "created", "modified", "createdBy", "schemas"),
        *("lastModifiedBy", "createdDate", "lastModifiedDate", "datasetId", "sandboxId"),
        *("repo:etag", "repo:createdDate", "repo:lastModifiedDate", "repo:createdBy"),
        *("repo:lastModifiedBy", "createdByClientId", "lastModifiedByClientId"),
        *("selectionConstraint", "rank", "xdm:selectionConstraint", "xdm:rank"),
    }
)


def _items(value: Any) -> tuple[str, ...] | None:
    """Return the items of a list that a cell can hold, or None."""
    items = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(each, str) for each in items):
        return None
    if any(";" in each or each != each.strip() or not each for each in items):
        return None
    return tuple(dict.fromkeys(items))


def _attributes(value: Any, hidden: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if value is not None and not isinstance(value, Mapping):
        hidden.append("attributes")
        return found
    for name, text in (value or {}).items():
        is_heading = bool(name) and name == unicodedata.normalize("NFC", name.strip())
        if is_heading and isinstance(text, str) and text:
            found[name] = text
        elif text:
            hidden.append(f"the attribute {name!r}")
    return found


def _contents(
    value: Any,
    names: Mapping[str, str],
    hidden: list[str],
    doubled: set[tuple[str, str]],
    channels: dict[str, str],
) -> Iterator[Content]:
    if value is not None and not isinstance(value, list):
        hidden.append("representations")
        return
    seen, of_other_channels = set[tuple[str, str]](), set[tuple[str, str]]()
    for place, each in enumerate(value or ()):
        fields = each if isinstance(each, Mapping) else {}
        placement, channel = fields.get(names["placement"]), fields.get(names["channel"]) or ""
        components = fields.get(names["components"])
        if (
            not (isinstance(placement, str) and placement and isinstance(channel, str))
            or not isinstance(components, list)
            or not components
        ):
            hidden.append(f"representation {place + 1}")
            continue
        is_other = channels.setdefault(placement, channel) != channel
        hidden += [f"representation {place + 1}"] if is_other else []
        for position, component in enumerate(components):
            found = _content(component, names, placement, channel, (place, position))
            if is_other:
                of_other_channels |= {found.key} if found is not None else set()
                continue
            if found is None or found.key in seen:
                doubled |= {found.key} if found is not None else set()
                hidden.append(f"content {position + 1} of representation {place + 1}")
                continue
            seen.add(found.key)
            known = {names[field] for field in (*COMPONENT, "language")}
            if any(other for name, other in component.items() if name not in known):
                hidden.append(f"more fields of representation {place + 1}")
            yield found
    doubled |= seen & of_other_channels


def _content(
    component: Any, names: Mapping[str, str], placement: str, channel: str, at: tuple[int, int]
) -> Content | None:
    if not isinstance(component, Mapping):
        return None
    languages = _items(component.get(names["language"]))
    values = {field: component.get(names[field]) or "" for field in COMPONENT}
    if languages is None or not all(isinstance(text, str) for text in values.values()):
        return None
    kind = known_type(values["type"])
    if not kind:
        return None
    tags = sorted({canonical_tag(each) for each in languages})
    return Content(
        placement=placement,
        language=";".join(tags),
        channel=channel,
        values={field: text for field, text in (values | {"type": kind}).items() if text},
        at=at,
    )


def known_type(text: str) -> str:
    """Return our word for a type of content, "" where we have none."""
    word = bare_type(text).lower()
    kind = _WORDS.get(word, word)
    return kind if kind in set(ContentType) else ""


def canonical_tag(tag: str) -> str:
    """Return a language tag with the case that BCP 47 recommends: fr-CA, zh-Hans."""
    first, *others = tag.split("-")
    return "-".join([first.lower(), *map(_subtag, others)])


def _subtag(text: str) -> str:
    if len(text) == 2 and text.isalpha():
        return text.upper()
    return text.title() if len(text) == 4 and text.isalpha() else text.lower()
