"""The options that were typed for a verb: what they say of settings, and all of them."""

from dataclasses import dataclass, field

import click


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingFlags:
    """The flags that give settings, as written."""

    flags: dict[str, object] = field(default_factory=dict)
    assignments: tuple[str, ...] = ()
    config: str | None = None
    profile: str | None = None


_latest: list[click.Context] = []  # of this process; a message of an error is shown after its end


def remember_context() -> None:
    """Keep what was typed for the verb that runs now, for messages that any thread shows."""
    _latest[:] = [click.get_current_context()]


def latest_context() -> click.Context | None:
    """Return what was typed for the verb that runs, or ran last, if it takes settings."""
    return _latest[0] if _latest else None
