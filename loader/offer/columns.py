"""Checked rows as the columns of an offer: JSON, before a dialect gives it its names.

Rules of this file: blank says nothing; a value in which few rows differ (a list of tags, a channel)
is worked out once for each distinct text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.offer.fields import ATTRIBUTE_PREFIX, numbered
from loader.offer.json_columns import Json, each_distinct, objects, strings
from loader.offer.vocabulary import ContentType, OfferStatus, default_format
from loader.tables.arrow import Text, text_of, texts_by_distinct
from loader.tables.dates import moments, wire_text
from loader.validation.header import Columns

CHANNEL_BASE: Final = "https://ns.adobe.com/xdm/channel-types/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One piece of content."""

    kind: Text  # in our words: each dialect has its own
    format: Json
    languages: Json
    content: Json
    delivery_url: Json
    link_url: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One representation group: a piece of content and where it is shown."""

    placement: Text
    channel: Text
    component: Component


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferColumns:
    """The columns of offers, all of one length."""

    name: Json
    status: Json
    description: Json
    tags: Json
    labels: Json
    start_date: Json
    end_date: Json
    priority: Json
    attributes: Json
    groups: tuple[Group, ...]


def offer_columns(
    rows: pd.DataFrame, columns: Columns, *, zone: str, external_id_attribute: str
) -> OfferColumns:
    """Return what checked rows say. `external_id_attribute`: see `payloads`."""
    cells = Cells(rows)
    return OfferColumns(
        name=cells.strings("name"),
        status=cells.each("status", lambda text: text or OfferStatus.DRAFT),
        description=cells.strings("description"),
        tags=cells.each("tags", items),
        labels=cells.each("labels", items),
        start_date=cells.dates("start_date", zone=zone),
        end_date=cells.dates("end_date", zone=zone),
        priority=cells.each("priority", lambda text: int(text) if text else None),
        attributes=_attributes(cells, columns, external_id_attribute=external_id_attribute),
        groups=tuple(_group(cells, number) for number in columns.groups),
    )


class Cells:
    """The columns of some rows; a field without a column is blank everywhere."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows

    def texts(self, field: str) -> Text:
        """Return the cells of a field."""
        if field in self._rows:
            return text_of(self._rows[field])
        return pa.repeat(pa.scalar("", pa.large_string()), len(self._rows))

    def strings(self, field: str) -> Json:
        """Return the cells as strings."""
        return strings(self.texts(field))

    def dates(self, field: str, *, zone: str) -> Json:
        """Return dates as they are sent."""
        return strings(wire_text(moments(self.texts(field), zone=zone)))

    def each(self, field: str, work: Callable[[str], Any]) -> Json:
        """Return what `work` makes of each distinct cell."""
        return each_distinct(self.texts(field), work)


def items(text: str) -> list[str]:
    """Return the items of a cell with semicolons between, each once."""
    return list(dict.fromkeys(item for part in text.split(";") if (item := part.strip())))


def channel_uri(channel: str) -> str:
    """Return the URI of a channel written as a word or as a URI; "" where blank."""
    return channel if not channel or "://" in channel else f"{CHANNEL_BASE}{channel}"


def _attributes(cells: Cells, columns: Columns, *, external_id_attribute: str) -> Json:
    fields = {name.removeprefix(ATTRIBUTE_PREFIX): name for name in columns.attributes}
    if external_id_attribute:
        fields[external_id_attribute] = "external_id"
    return objects({name: cells.strings(field) for name, field in fields.items()})


def _group(cells: Cells, number: int) -> Group:
    def field(stem: str) -> str:
        return numbered(stem, number)

    kinds, addresses = cells.texts(field("type")), cells.texts(field("delivery_url"))
    component = Component(
        kind=kinds,
        format=strings(_formats(cells.texts(field("format")), kinds, addresses)),
        languages=cells.each(field("language"), items),
        content=cells.strings(field("content")),
        delivery_url=strings(addresses),
        link_url=cells.strings(field("link_url")),
    )
    return Group(
        placement=cells.texts(field("placement")),
        channel=texts_by_distinct(cells.texts(field("channel")), channel_uri),
        component=component,
    )


def _formats(written: Text, kinds: Text, addresses: Text) -> Text:
    """Return formats; where blank, what follows from the type (of a picture: the address)."""
    telling = pc.if_else(pc.equal(kinds, ContentType.IMAGE), addresses, "")
    asked = pc.binary_join_element_wise(kinds, telling, pa.scalar(" ", pa.large_string()))
    return pc.if_else(pc.equal(written, ""), texts_by_distinct(asked, _usual_format), written)


def _usual_format(text: str) -> str:
    kind, _, address = text.partition(" ")
    return default_format(kind, address) if kind else ""
