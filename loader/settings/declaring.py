"""How a setting is declared: its meaning, what it accepts and its default in one place."""

from typing import Any

from pydantic import Field


def setting(meaning: str, *, accepts: str, default: Any = ..., shown_default: str = "") -> Any:
    """Declare a setting. A callable `default` receives the settings before it.

    Any: pydantic's Field is declared to return whatever the annotation says.
    """
    words = {"accepts": accepts, "shown_default": shown_default}
    if callable(default):
        return Field(default_factory=default, description=meaning, json_schema_extra=dict(words))
    return Field(default=default, description=meaning, json_schema_extra=dict(words))
