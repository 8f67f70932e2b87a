"""The names of settings: their flags, and what some were called before.

They are needed for --help, where no setting is known.
"""

from collections.abc import Mapping
from typing import Final

OLDER_NAMES: Final[Mapping[str, str]] = {"profile_file": "mapping"}  # they go on working, unseen


def flag_of(setting: str) -> str:
    """Return the flag that gives a setting."""
    return f"--{setting.replace('_', '-')}"
