"""What the flag of a setting is called: like the setting, but where a better name came later."""

from typing import Final

_LATER: Final = {"profile_file": "--mapping"}


def flag_of(setting: str) -> str:
    """Return the flag that gives a setting. It is needed for --help, where no setting is known."""
    return _LATER.get(setting) or f"--{setting.replace('_', '-')}"
