"""One use of the command line: what all verbs share."""

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from loader.cli.output.terminal import echo_err, on_one_line
from loader.cli.typed_options import SettingFlags
from loader.redaction import SECRETS

if TYPE_CHECKING:
    from loader.settings import Settings


class Invocation:
    """Handed to every verb."""

    def settings(
        self, given: SettingFlags, *, needs_target: bool, may_begin_journal: bool = False
    ) -> "Settings":
        """Make the settings of this use, and tell what the person should know about them.

        `may_begin_journal`: a journal that is not there yet is made, also where --journal was
        mistyped.
        """
        settings = self._settings(given, needs_target=needs_target)
        for notice in settings.notices:
            echo_err(f"note: {notice}")
        journal = settings.journal
        if may_begin_journal and given.flags.get("journal") and isinstance(journal, Path):
            _note_new_journal(journal)
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


def _note_new_journal(place: Path) -> None:
    """Say so where the journal that was named is not there yet: its name may be mistyped."""
    if not os.path.exists(place):  # noqa: PTH110 - it never raises
        echo_err(
            f"note: there is no journal at {on_one_line(str(place))} yet: a new one begins there,"
            " which knows of no earlier run"
        )
