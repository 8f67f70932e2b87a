"""Checked rows to payloads: columns in, one canonical JSON body per row out.

Rules of this file: blank sends nothing; JSON is canonical (sorted keys, UTF-8, no spaces), so that
equal rows have equal digests whatever the order of their columns; a value that few rows differ in
(a list of tags, a channel) is worked out once per distinct text.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import repeat
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

import orjson
import pandas as pd

from loader.model import Dialect, Payload
from loader.offer import dps, xcore
from loader.sheet.arrow import text_of, texts_of
from loader.sheet.check import Checked
from loader.sheet.columns import Columns
from loader.sheet.dates import moments, wire_text
from loader.sheet.schema import ATTRIBUTE_PREFIX, REPEATED, numbered
from loader.sheet.words import OfferStatus, default_format

CHANNEL_BASE: Final = "https://ns.adobe.com/xdm/channel-types/"

T = TypeVar("T")


# One piece of content: type, format, languages, content, delivery URL, link URL.
Component: TypeAlias = tuple[str, str, list[str], str, str, str]
# What is shown in one placement: placement, channel, and a component for each language.
Representation: TypeAlias = tuple[str, str, Sequence[Component]]
# One offer, in our words: name, status, description, tags, labels, start date, end date, priority,
# attributes, representations.
OfferRow: TypeAlias = tuple[
    str,
    str,
    str,
    list[str],
    list[str],
    str,
    str,
    str,
    Mapping[str, str],
    Sequence[Representation],
]


_DIALECTS: Final[Mapping[Dialect, Callable[[Any], dict[str, Any]]]] = MappingProxyType(
    {Dialect.DPS: dps.offer, Dialect.XCORE: xcore.offer}
)


def payloads(
    checked: Checked, dialect: Dialect, *, external_id_attribute: str = ""
) -> Iterator[Payload]:
    """Yield the payload of every valid row, in order. Always the bare form; see `xcore.envelope`.

    Rows that can be sent only after a look-up have none.

    `external_id_attribute`: the attribute that carries the external id, "" for none.
    """
    to_wire = _DIALECTS[dialect]
    offers = checked.settled
    cells = _Cells(offers, zone=checked.zone)
    for number, name, external_id, offer in zip(
        offers.index.tolist(),
        cells.texts("name"),
        cells.texts("external_id"),
        _offers(cells, checked.columns, external_id_attribute=external_id_attribute),
        strict=False,  # a field without a column repeats for ever
    ):
        made = orjson.dumps(to_wire(offer), option=orjson.OPT_SORT_KEYS)
        body = bytes(memoryview(made))  # what orjson gives holds 4 kB, however short it is
        yield Payload(
            row_number=number,
            row_key=unicodedata.normalize("NFC", external_id or name),
            name=name,
            digest=sha256(body).hexdigest(),
            body=body,
        )


class _Cells:
    """The columns of the valid rows as lists; a field without a column is blank everywhere."""

    def __init__(self, offers: pd.DataFrame, *, zone: str) -> None:
        self._offers = offers
        self._zone = zone

    def texts(self, field: str) -> Iterable[str]:
        """Return the cells of a field."""
        return texts_of(text_of(self._offers[field])) if field in self._offers else repeat("")

    def dates(self, field: str) -> Iterable[str]:
        """Return the dates of a field as they are sent."""
        if field not in self._offers:
            return repeat("")
        return texts_of(wire_text(moments(text_of(self._offers[field]), zone=self._zone)))

    def each(self, field: str, work: Callable[[str], T]) -> Iterable[T]:
        """Return what `work` makes of the cells of a field, each distinct text once."""
        if field not in self._offers:
            return repeat(work(""))
        texts = self.texts(field)
        made = {text: work(text) for text in set(texts)}
        return map(made.__getitem__, texts)


def _offers(cells: _Cells, columns: Columns, *, external_id_attribute: str) -> Iterator[OfferRow]:
    return zip(
        cells.texts("name"),
        cells.each("status", lambda text: text or OfferStatus.DRAFT),
        cells.texts("description"),
        cells.each("tags", items),
        cells.each("labels", items),
        cells.dates("start_date"),
        cells.dates("end_date"),
        cells.texts("priority"),
        _attributes(cells, columns, external_id_attribute=external_id_attribute),
        _representations([_group(cells, number) for number in columns.groups]),
        strict=False,  # as above
    )


def items(text: str) -> list[str]:
    """Return the items of a cell with semicolons between, each once."""
    return list(dict.fromkeys(item for part in text.split(";") if (item := part.strip())))


def _attributes(
    cells: _Cells, columns: Columns, *, external_id_attribute: str
) -> Iterable[Mapping[str, str]]:
    fields = {name.removeprefix(ATTRIBUTE_PREFIX): name for name in columns.attributes}
    if external_id_attribute:
        fields[external_id_attribute] = "external_id"
    if not fields:
        return repeat({})
    rows = zip(*(cells.texts(field) for field in fields.values()), strict=False)
    return ({n: text for n, text in zip(fields, row, strict=True) if text} for row in rows)


def _group(cells: _Cells, number: int) -> Iterator[tuple[str, str, Component]]:
    """Yield placement, channel and component of one representation group, row by row."""
    field = {stem: numbered(stem, number) for stem in REPEATED}
    kinds, addresses = cells.texts(field["type"]), cells.texts(field["delivery_url"])
    formats = (
        form or (default_format(kind, address) if kind else "")
        for form, kind, address in zip(cells.texts(field["format"]), kinds, addresses, strict=False)
    )
    components = zip(
        kinds,
        formats,
        cells.each(field["language"], items),
        cells.texts(field["content"]),
        addresses,
        cells.texts(field["link_url"]),
        strict=False,
    )
    placements = cells.texts(field["placement"])
    return zip(placements, cells.each(field["channel"], channel_uri), components, strict=False)


def _representations(
    groups: Sequence[Iterator[tuple[str, str, Component]]],
) -> Iterator[Sequence[Representation]]:
    if len(groups) == 1:
        return (((placement, channel, (only,)),) for placement, channel, only in groups[0])
    return map(_merged, zip(*groups, strict=True))


def _merged(placed: Iterable[tuple[str, str, Component]]) -> list[Representation]:
    """Return one representation per placement: the groups that name it are its languages."""
    channels: dict[str, str] = {}
    components: dict[str, list[Component]] = {}
    for placement, channel, component in placed:
        if placement:
            channels[placement] = channels.get(placement) or channel
            components.setdefault(placement, []).append(component)
    return [(placement, channels[placement], found) for placement, found in components.items()]


def channel_uri(channel: str) -> str:
    """Return the URI of a channel written as a word or as a URI; "" where blank."""
    return channel if not channel or "://" in channel else f"{CHANNEL_BASE}{channel}"
