"""Reports as JSON: names as in Python, times as UTC text, paths and codes as plain values."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def json_text(report: object, **more: object) -> str:
    """Write a report as JSON, with `more` beside its own fields."""
    return json.dumps({**_plain(report), **_plain(more)}, ensure_ascii=False, indent=2)


def utc_text(seconds: float | None) -> str | None:
    """Write a time as ISO 8601 in UTC, to the second."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any) -> Any:  # Any: JSON is whatever it is
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _member(field.name, getattr(value, field.name)) for field in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(name): _member(str(name), member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, bytes):
        return json.loads(value)
    return str(value) if isinstance(value, Path) else value


def _member(name: str, value: Any) -> Any:  # Any: as above
    return utc_text(value) if name.endswith("_at") and value is not None else _plain(value)
