"""What a row should send, worked out plainly, cell by cell: the law for the mapping by columns."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from loader.model import Dialect
from loader.offer.vocabulary import default_format

BASE: Final = "https://ns.adobe.com/experience/offer-management/content-component-"
TYPES: Final = {"html": "html", "image": "imagelink", "text": "text", "json": "json"}
XCORE: Final = {
    "name": "xdm:name", "status": "xdm:status", "description": "xdm:description",
    "tags": "xdm:tags", "characteristics": "xdm:characteristics",
    "representations": "xdm:representations", "placement": "xdm:placement",
    "channel": "xdm:channel", "components": "xdm:components", "type": "@type",
    "format": "dc:format", "language": "dc:language", "content": "xdm:content",
    "deliveryURL": "xdm:deliveryURL", "linkURL": "xdm:linkURL",
}  # fmt: skip


def body_of(row: Mapping[str, str], dialect: Dialect) -> bytes:
    """Return the canonical body of a row. Dates are left to other tests."""
    offer = _named(
        {
            "name": row["name"],
            "status": row.get("status") or "draft",
            "description": row.get("description", ""),
            "tags": _items(row.get("tags", "")),
            "labels": _items(row.get("labels", "")),
            "characteristics": {
                name.removeprefix("attr:"): text
                for name, text in row.items()
                if name.startswith("attr:") and text
            },
            "representations": _representations(row, dialect),
            "rank": {"priority": int(row["priority"])} if row.get("priority") else {},
        },
        dialect,
    )
    return orjson.dumps(offer, option=orjson.OPT_SORT_KEYS)


def _representations(row: Mapping[str, str], dialect: Dialect) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for suffix in ("", "_2", "_3"):
        cells = {name: row.get(name + suffix, "") for name in _GROUP}
        if not cells["placement"]:
            continue
        here = found.setdefault(
            cells["placement"], {"placement": cells["placement"], "channel": "", "components": []}
        )
        here["channel"] = here["channel"] or _channel(cells["channel"])
        here["components"].append(_named(_component(cells, dialect), dialect))
    return [_named(each, dialect) for each in found.values()]


_GROUP: Final = (
    "placement", "type", "format", "channel", "language", "content", "delivery_url", "link_url",
)  # fmt: skip


def _component(cells: Mapping[str, str], dialect: Dialect) -> dict[str, Any]:
    kind = TYPES[cells["type"]]
    return {
        "type": kind if dialect is Dialect.DPS else BASE + kind,
        "format": cells["format"] or default_format(cells["type"], cells["delivery_url"]),
        "language": _items(cells["language"]),
        "content": cells["content"],
        "deliveryURL": cells["delivery_url"],
        "linkURL": cells["link_url"],
    }


def _channel(text: str) -> str:
    return text and (text if "://" in text else f"https://ns.adobe.com/xdm/channel-types/{text}")


def _items(text: str) -> list[str]:
    return list(dict.fromkeys(item.strip() for item in text.split(";") if item.strip()))


def _named(values: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return what is not blank, under the names of the dialect."""
    filled = {name: value for name, value in values.items() if value}
    if dialect is Dialect.DPS:
        return filled
    return {XCORE[name]: value for name, value in filled.items() if name in XCORE}
