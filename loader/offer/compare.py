"""Is an offer of the server the one that we sent?

What the server adds is ignored (ids, dates, schemas), and so is what it drops for fallback offers
(selectionConstraint, rank). The order of tags, labels, languages and representations means nothing.
A server may give a value back in another form than it took: types with or without the beginning of
their URI, channels too, languages and labels in another case. Both sides are compared in one form.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from loader.model import Dialect
from loader.offer.dialect_names import bare_channel, bare_type

_FIELDS: Final = {
    Dialect.DPS: ("name", "description", "status", "representations", "tags", "labels",
                  "characteristics"),
    Dialect.XCORE: ("xdm:name", "xdm:description", "xdm:status", "xdm:representations", "xdm:tags",
                    "xdm:characteristics"),
}  # fmt: skip
_NAMES: Final = ("name", "xdm:name")
NOT_SHOWN: Final = {
    "start_date": ("selectionConstraint", "startDate"),
    "end_date": ("selectionConstraint", "endDate"),
    "priority": ("rank", "priority"),
}  # columns that are sent, and that no offer of the server shows
_PREFIXES: Final = ("xdm:", "dc:", "repo:", "@")
_COMPONENT: Final = ("type", "format", "language", "content", "deliveryURL", "linkURL")


def differences(sent: bytes, remote: Mapping[str, Any], dialect: Dialect) -> list[str]:
    """Return what differs, one line per field."""
    ours = orjson.loads(sent)
    lines = []
    for field in _FIELDS[dialect]:
        expected, found_value = (
            _normalized(field, ours.get(field)),
            _normalized(field, remote.get(field)),
        )
        if expected != found_value:
            lines.append(
                f"{_without_prefix(field)}: sent {_shortened(expected)},"
                f" found {_shortened(found_value)}"
            )
    return lines


def contents_of(offer: Mapping[str, Any], dialect: Dialect) -> bytes:
    """Return all but the name of a payload of ours or of an offer that was read, in one form.

    b"" for an offer that shows nothing.
    """
    parts = [
        _normalized(field, offer.get(field)) for field in _FIELDS[dialect] if field not in _NAMES
    ]
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS) if any(parts) else b""


def not_kept(sent: bytes, remote: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns of dates and rank that were sent and that the server does not show."""
    ours = orjson.loads(sent)
    lost = []
    for column, (outer, inner) in NOT_SHOWN.items():
        value, remote_value = (ours.get(outer) or {}).get(inner), remote.get(outer)
        if value is not None and not (isinstance(remote_value, Mapping) and inner in remote_value):
            lost.append(column)
    return tuple(lost)


def _normalized(field: str, value: Any) -> Any:
    """Return a value in the one form in which values are compared; None for an empty one."""
    name = _without_prefix(field)
    if not value:
        return None
    if name == "representations" and isinstance(value, list):
        return sorted((_representation(each) for each in value), key=orjson.dumps)
    if name == "tags" and isinstance(value, list):
        return sorted(map(str, value))
    if name == "labels":
        return _folded_words(value)
    return value


def _representation(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    bare = {_without_prefix(name): each for name, each in value.items()}
    components = bare.get("components")
    return {
        "channel": bare_channel(str(bare.get("channel") or "")),
        "components": [_component(each) for each in components]
        if isinstance(components, list)
        else [],
        "placement": bare.get("placement") or "",
    }


def _component(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    bare = {_without_prefix(name): each for name, each in value.items()}
    normalized = {name: bare[name] for name in _COMPONENT if bare.get(name)}
    normalized["type"] = bare_type(str(normalized.get("type", "")))
    if "language" in normalized:
        normalized["language"] = _folded_words(normalized["language"])
    return normalized


def _folded_words(value: Any) -> list[str]:
    """Return words without their order and case; a single one may come without a list."""
    return sorted(str(each).lower() for each in (value if isinstance(value, list) else [value]))


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _shortened(value: Any) -> str:
    if value is None:
        return "(nothing)"
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= 120 else f"{text[:119]}…"
