"""One use of the command line: what all verbs share."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from loader.cli.output.terminal import echo_err
from loader.redaction import SECRETS

if TYPE_CHECKING:
    from loader.settings import Settings


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


class Invocation:
    """Handed to every verb."""

    def settings(self, given: SettingFlags, *, needs_target: bool) -> "Settings":
        """Make the settings of this use, and tell what the person should know about them."""
        settings = self._settings(given, needs_target=needs_target)
        for notice in settings.notices:
            echo_err(f"note: {notice}")
        return settings

    def network(self, given: SettingFlags) -> "Settings":
        """Make the settings for what they say of proxies and authorities; tell nothing."""
        return self._settings(given, needs_target=False)

    def _settings(self, given: SettingFlags, *, needs_target: bool) -> "Settings":
        from loader.settings import load_settings  # noqa: PLC0415 - pydantic is slow to import

        settings = load_settings(
            flags=given.flags,
            assignments=given.assignments,
            config=given.config,
            profile=given.profile,
            needs_target=needs_target,
        )
        SECRETS.add(*settings.secret_values())
        return settings
