"""One use of the command line: what all verbs share."""

from typing import TYPE_CHECKING

from loader.cli.output.terminal import echo_err
from loader.cli.typed_options import SettingFlags
from loader.redaction import SECRETS

if TYPE_CHECKING:
    from loader.settings import Settings


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
