"""What a row says, under the names of a dialect. Blank cells, empty lists and objects are left out.

The bytes that come of it are kept as digests in journals: what a row sends must never change.
"""

from collections.abc import Callable, Mapping
from typing import Any

from loader.model import Dialect
from loader.offer.dialect_names import COMPONENT_TYPES, NAMES
from loader.offer.vocabulary import CHANNEL_BASE, OfferStatus, default_format
from loader.validation.entity import Row
from loader.validation.fields import ATTRIBUTE_PREFIX, numbered
from loader.validation.header import Columns


def documents(
    dialect: Dialect, columns: Columns, external_id_attribute: str
) -> Callable[[Row], dict[str, Any]]:
    """Return what makes the JSON object of a row, for a sheet with these columns."""
    return _Documents(dialect, columns, external_id_attribute)


class _Documents:
    """Makes the JSON object of a row, for sheets with the same columns."""

    def __init__(self, dialect: Dialect, columns: Columns, external_id_attribute: str) -> None:
        self._named = _namer(NAMES[dialect])
        self._types = COMPONENT_TYPES[dialect]
        self._groups = [
            {field: numbered(field, number) for field in columns.fields.repeated}
            for number in columns.groups
        ]
        self._attributes = {
            name.removeprefix(ATTRIBUTE_PREFIX): name for name in columns.attributes
        }
        # Of a row with an external id, which has the attribute instead of a column of its name.
        self._attributes_and_id = {**self._attributes, external_id_attribute: "external_id"}
        self._sends_id = bool(external_id_attribute) and "external_id" in columns.positions

    def __call__(self, row: Row) -> dict[str, Any]:
        cell = row.get
        dates = {field: cell(field, "") for field in ("start_date", "end_date")}
        has_dates = any(dates.values())
        priority = cell("priority")
        has_id = self._sends_id and cell("external_id")
        attributes = self._attributes_and_id if has_id else self._attributes
        return self._named(
            {
                "name": row["name"],
                "description": cell("description", ""),
                "status": cell("status") or OfferStatus.DRAFT.value,
                "representations": self._representations(row),
                "tags": items(cell("tags", "")),
                "labels": items(cell("labels", "")),
                "attributes": {
                    name: text for name, field in attributes.items() if (text := cell(field, ""))
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
