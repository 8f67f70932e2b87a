"""One use of the command line: what all verbs share, and what the error boundary must know."""

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loader.cli.output.terminal import tell
from loader.cli.redact import secrets_of

if TYPE_CHECKING:
    from loader.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingFlags:
    """The flags that give settings, as written."""

    flags: dict[str, object] = field(default_factory=dict)
    assignments: tuple[str, ...] = ()
    config: str | None = None
    profile: str | None = None


@dataclass(slots=True, kw_only=True)
class Invocation:
    """Handed to every verb. `secrets` grows as secrets become known, so that none is shown."""

    secrets: set[str] = field(default_factory=lambda: secrets_of(os.environ))

    def settings(self, given: SettingFlags, *, needs_target: bool) -> "Settings":
        """Make the settings of this use, and tell what the person should know about them."""
        from loader.settings import load_settings  # noqa: PLC0415 - pydantic is slow to import

        settings = load_settings(
            flags=given.flags,
            assignments=given.assignments,
            config=given.config,
            profile=given.profile,
            needs_target=needs_target,
        )
        self.secrets.update(settings.secret_values())
        for notice in settings.notices:
            tell(f"note: {notice}")
        return settings
