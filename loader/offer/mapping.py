"""Checked rows to payloads: columns in, one canonical JSON body per row out.

Rules of this file: JSON is canonical, so that equal rows have equal digests whatever the order of
their columns; rows are mapped by the thousand, so that what is in the making stays small.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Protocol

import pandas as pd
import pyarrow.compute as pc

from loader.model import Dialect, Payload
from loader.offer import dps, xcore
from loader.offer.columns import Cells, Component, Group, OfferColumns, offer_columns
from loader.offer.json_columns import Flags, Json, bodies, lists, strings, where
from loader.tables.arrow import Text, texts_of
from loader.validation.check import Checked

_ROWS_AT_ONCE: Final = 8_192


class Names(Protocol):
    """What a dialect calls the parts of an offer."""

    def component(self, component: Component) -> Json:
        """Return one piece of content."""

    def representation(self, *, placement: Json, channel: Json, components: Json) -> Json:
        """Return what is shown in one placement."""

    def offer(self, offers: OfferColumns, *, representations: Json) -> Json:
        """Return the bare bodies of create calls."""


_NAMES: Final[Mapping[Dialect, Names]] = MappingProxyType({Dialect.DPS: dps, Dialect.XCORE: xcore})


def payloads(
    checked: Checked, dialect: Dialect, *, external_id_attribute: str = ""
) -> Iterator[Payload]:
    """Yield the payload of every valid row, in order. Always the bare form; see `xcore.envelope`.

    Rows that can be sent only after a look-up have none.

    `external_id_attribute`: the attribute that carries the external id, "" for none.
    """
    settled = checked.settled
    for begin in range(0, len(settled), _ROWS_AT_ONCE):
        rows = settled.iloc[begin : begin + _ROWS_AT_ONCE]
        offers = offer_columns(
            rows,
            checked.columns,
            zone=checked.zone,
            external_id_attribute=external_id_attribute,
        )
        yield from _payloads(rows, _offers(offers, _NAMES[dialect]))


def _payloads(rows: pd.DataFrame, offers: Json) -> Iterator[Payload]:
    cells = Cells(rows)
    for number, name, external_id, body in zip(
        rows.index.tolist(),
        texts_of(cells.texts("name")),
        texts_of(cells.texts("external_id")),
        bodies(offers),
        strict=True,
    ):
        yield Payload(
            row_number=number,
            row_key=unicodedata.normalize("NFC", external_id or name),
            name=name,
            digest=sha256(body).hexdigest(),
            body=body,
        )


def _offers(offers: OfferColumns, names: Names) -> Json:
    return names.offer(offers, representations=_representations(offers.groups, names))


def _representations(groups: Sequence[Group], names: Names) -> Json:
    """Return one representation per placement: the groups that name it are its languages."""
    components = [names.component(group.component) for group in groups]
    shown = []
    for place, group in enumerate(groups):
        same = [pc.equal(group.placement, other.placement) for other in groups]
        is_first = pc.not_equal(group.placement, "")
        for with_an_earlier in same[:place]:
            is_first = pc.and_not(is_first, with_an_earlier)
        representation = names.representation(
            placement=strings(group.placement),
            channel=strings(_first_filled(same, [each.channel for each in groups])),
            components=lists([where(*each) for each in zip(same, components, strict=True)]),
        )
        shown.append(where(is_first, representation))
    return lists(shown)


def _first_filled(flags: Sequence[Flags], columns: Sequence[Text]) -> Text:
    """Return the text of the first column that has one in that row, of those with a flag there."""
    asked = [pc.if_else(*each, "") for each in zip(flags, columns, strict=True)]
    return reduce(lambda found, more: pc.if_else(pc.equal(found, ""), more, found), asked)
