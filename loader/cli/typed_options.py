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


# One for the process, not click's current context: that is known only in the thread of the verb and
# until the verb ends, but messages are also shown by other threads (the inbox, the page) and after
# the end, by the handler of errors. A process runs one verb at a time.
_latest: list[click.Context] = []


def remember_context() -> None:
    """Keep what was typed for the verb that runs now, for messages that any thread shows."""
    _latest[:] = [click.get_current_context()]


def latest_context() -> click.Context | None:
    """Return what was typed for the verb that runs, or ran last, if it takes settings."""
    return _latest[0] if _latest else None
