"""Checked rows to payloads: columns in, one canonical JSON body per row out.

Rules of this file: blank sends nothing; JSON is canonical (sorted keys, UTF-8, no spaces), so that
equal rows have equal digests whatever the order of their columns.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

import orjson

from loader.model import Dialect, Payload
from loader.offer import dps, xcore
from loader.sheet.arrow import text_of
from loader.sheet.check import Checked
from loader.sheet.columns import Columns
from loader.sheet.dates import moments, wire_text
from loader.sheet.schema import ATTRIBUTE_PREFIX, REPEATED, numbered
from loader.sheet.words import OfferStatus, default_format

CHANNEL_BASE: Final = "https://ns.adobe.com/xdm/channel-types/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One piece of content."""

    kind: str
    format: str
    languages: tuple[str, ...] = ()
    content: str = ""
    delivery_url: str = ""
    link_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """What is shown in one placement: its components are its languages."""

    placement: str
    channel: str
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One offer, in our words."""

    name: str
    status: str
    representations: tuple[Representation, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    start_date: str = ""
    end_date: str = ""
    priority: int | None = None


_DIALECTS: Final[Mapping[Dialect, Callable[[Any], dict[str, Any]]]] = MappingProxyType(
    {Dialect.DPS: dps.offer, Dialect.XCORE: xcore.offer}
)


def payloads(
    checked: Checked, dialect: Dialect, *, external_id_attribute: str = ""
) -> list[Payload]:
    """Return the payload of every valid row, in order. Always the bare form; see `xcore.envelope`.

    `external_id_attribute`: the attribute that carries the external id, "" for none.
    """
    to_wire = _DIALECTS[dialect]
    made = []
    for number, values in _rows(checked):
        offer = offer_row(values, checked.columns, external_id_attribute=external_id_attribute)
        body = orjson.dumps(to_wire(offer), option=orjson.OPT_SORT_KEYS)
        key = unicodedata.normalize("NFC", values.get("external_id") or offer.name)
        made.append(
            Payload(
                row_number=number,
                row_key=key,
                name=offer.name,
                digest=sha256(body).hexdigest(),
                body=body,
            )
        )
    return made


def _rows(checked: Checked) -> Any:
    """Yield (row number, values by field) of the valid rows."""
    offers = checked.offers
    columns: dict[str, Sequence[str]] = {name: offers[name].tolist() for name in offers.columns}
    for date in ("start_date", "end_date"):
        if date in columns:
            times = moments(text_of(offers[date]), zone=checked.zone)
            columns[date] = wire_text(times).to_pylist()
    names = tuple(columns)
    for number, *values in zip(offers.index.tolist(), *columns.values(), strict=True):
        yield number, dict(zip(names, values, strict=True))


def offer_row(
    values: Mapping[str, str], columns: Columns, *, external_id_attribute: str = ""
) -> OfferRow:
    """Return one row's offer. `values` are valid, by field."""
    attributes = {
        name.removeprefix(ATTRIBUTE_PREFIX): text
        for name in columns.attributes
        if (text := values[name])
    }
    if external_id_attribute and values.get("external_id"):
        attributes[external_id_attribute] = values["external_id"]
    priority = values.get("priority", "")
    return OfferRow(
        name=values["name"],
        status=values.get("status", "") or OfferStatus.DRAFT,
        description=values.get("description", ""),
        representations=_representations(values, columns.groups),
        tags=items(values.get("tags", "")),
        labels=items(values.get("labels", "")),
        attributes=attributes,
        start_date=values.get("start_date", ""),
        end_date=values.get("end_date", ""),
        priority=int(priority) if priority else None,
    )


def items(text: str) -> tuple[str, ...]:
    """Return the items of a cell with semicolons between, each once."""
    if not text:
        return ()
    return tuple(dict.fromkeys(item for part in text.split(";") if (item := part.strip())))


def _representations(
    values: Mapping[str, str], groups: Sequence[int]
) -> tuple[Representation, ...]:
    by_placement: dict[str, tuple[str, list[Component]]] = {}
    for number in groups:
        cells = {stem: values.get(numbered(stem, number), "") for stem in REPEATED}
        if not cells["placement"]:
            continue
        channel, components = by_placement.setdefault(cells["placement"], (cells["channel"], []))
        if cells["channel"] and not channel:
            by_placement[cells["placement"]] = (cells["channel"], components)
        components.append(
            Component(
                kind=cells["type"],
                format=cells["format"] or default_format(cells["type"], cells["delivery_url"]),
                languages=items(cells["language"]),
                content=cells["content"],
                delivery_url=cells["delivery_url"],
                link_url=cells["link_url"],
            )
        )
    return tuple(
        Representation(
            placement=placement, channel=channel_uri(channel), components=tuple(components)
        )
        for placement, (channel, components) in by_placement.items()
    )


def channel_uri(channel: str) -> str:
    """Return the URI of a channel written as a word or as a URI; "" where blank."""
    return channel if not channel or "://" in channel else f"{CHANNEL_BASE}{channel}"
