"""Valid rows to payloads: what a row says, under the names of a dialect, as canonical JSON.

A digest of the JSON tells whether two rows send the same offer, and journals keep it: what a row
sends must never change its bytes. Blank cells, empty lists and empty objects are left out.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson
import pandas as pd

from loader.model import Dialect, Payload
from loader.offer.fields import ATTRIBUTE_PREFIX, REPEATED, numbered
from loader.offer.names import COMPONENT_TYPES, NAMES
from loader.offer.vocabulary import CHANNEL_BASE, OfferStatus, default_format
from loader.tables.arrow import text_of, texts_of
from loader.tables.dates import moments, wire_text
from loader.validation.check import Checked

Row = Mapping[str, str]  # the cells of a row by field, trimmed
_ROWS_AT_ONCE: Final = 8_192
_DATES: Final = frozenset({"start_date", "end_date"})


def payloads(
    checked: Checked, dialect: Dialect, *, external_id_attribute: str = ""
) -> Iterator[Payload]:
    """Yield the payload of every valid row, in order. Always the bare form; see `envelope`.

    Rows that can be sent only after a look-up have none.

    `external_id_attribute`: the attribute that carries the external id, "" for none.
    """
    settled = checked.settled
    attributes = {name.removeprefix(ATTRIBUTE_PREFIX): name for name in checked.columns.attributes}
    if external_id_attribute:
        attributes[external_id_attribute] = "external_id"
    document = _Documents(dialect, groups=checked.columns.groups, attributes=attributes)
    for begin in range(0, len(settled), _ROWS_AT_ONCE):
        rows = settled.iloc[begin : begin + _ROWS_AT_ONCE]
        numbers: list[int] = rows.index.tolist()
        for number, row in zip(numbers, _cells(rows, zone=checked.zone), strict=True):
            # A copy, because what orjson returns keeps its buffer of 4 kB for as long as it lives.
            body = bytes(memoryview(orjson.dumps(document(row), option=orjson.OPT_SORT_KEYS)))
            yield Payload(
                row_number=number,
                row_key=unicodedata.normalize("NFC", row.get("external_id") or row["name"]),
                name=row["name"],
                digest=sha256(body).hexdigest(),
                body=body,
            )


def _cells(rows: pd.DataFrame, *, zone: str) -> Iterator[Row]:
    """Yield the cells of every row, dates as they are sent."""
    columns = {str(field): text_of(rows[field]) for field in rows}
    for field in _DATES & columns.keys():
        columns[field] = wire_text(moments(columns[field], zone=zone))
    for cells in zip(*map(texts_of, columns.values()), strict=True):
        yield dict(zip(columns, cells, strict=True))


class _Documents:
    """Makes the JSON object of a row, for sheets with the same columns."""

    def __init__(
        self, dialect: Dialect, *, groups: Sequence[int], attributes: Mapping[str, str]
    ) -> None:
        self._named = _namer(NAMES[dialect])
        self._types = COMPONENT_TYPES[dialect]
        self._groups = [{field: numbered(field, number) for field in REPEATED} for number in groups]
        self._attributes = attributes

    def __call__(self, row: Row) -> dict[str, Any]:
        cell = row.get
        dates = {field: cell(field, "") for field in ("start_date", "end_date")}
        has_dates = any(dates.values())
        priority = cell("priority")
        return self._named(
            {
                "name": row["name"],
                "description": cell("description", ""),
                "status": cell("status") or OfferStatus.DRAFT.value,
                "representations": self._representations(row),
                "tags": items(cell("tags", "")),
                "labels": items(cell("labels", "")),
                "attributes": {
                    name: text
                    for name, field in self._attributes.items()
                    if (text := cell(field, ""))
                },
                "constraint": self._named({"constraint_type": "none", **dates})
                if has_dates
                else "",
                "rank": {"priority": int(priority)} if priority else "",
            }
        )

    def _representations(self, row: Row) -> list[dict[str, Any]]:
        """Return one representation per placement: the groups that name it are its languages."""
        shown: dict[str, tuple[list[str], list[dict[str, Any]]]] = {}
        for fields in self._groups:
            cells = {field: row.get(column, "") for field, column in fields.items()}
            if placement := cells["placement"]:
                channels, components = shown.setdefault(placement, ([], []))
                if channel := channel_uri(cells["channel"]):
                    channels.append(channel)
                if component := self._component(cells):
                    components.append(component)
        return [
            self._named(
                {
                    "placement": placement,
                    "channel": channels[0] if channels else "",
                    "components": components,
                }
            )
            for placement, (channels, components) in shown.items()
        ]

    def _component(self, cells: Row) -> dict[str, Any]:
        kind, address = cells["type"], cells["delivery_url"]
        usual = default_format(kind, address) if kind else ""
        return self._named(
            {
                "type": self._types[kind],
                "format": cells["format"] or usual,
                "language": items(cells["language"]),
                "content": cells["content"],
                "delivery_url": address,
                "link_url": cells["link_url"],
            }
        )


def _namer(names: Mapping[str, str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return what puts the names of a dialect on values.

    It leaves out what is empty, and what the dialect has no name for.
    """

    def named(values: Mapping[str, Any]) -> dict[str, Any]:
        return {names[word]: value for word, value in values.items() if value and word in names}

    return named


def items(text: str) -> list[str]:
    """Return the items of a cell with semicolons between, each once."""
    if ";" not in text:
        return [text] if text else []
    return list(dict.fromkeys([item for part in text.split(";") if (item := part.strip())]))


def channel_uri(channel: str) -> str:
    """Return the URI of a channel written as a word or as a URI; "" where blank."""
    return channel if not channel or "://" in channel else f"{CHANNEL_BASE}{channel}"


def envelope(body: bytes) -> bytes:
    """Return the older form of an XCORE create call: the bare body inside `_instance`."""
    return b'{"_instance":' + body + b',"_links":{}}'
