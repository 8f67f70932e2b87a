"""Which time zones exist: asked wherever one is named, in a setting, a mapping or an answer."""

from typing import Final
from zoneinfo import ZoneInfo

_LONGEST_NAME: Final = 64  # the longest of the database has 32; a path of a thousand parts recurses


def zone_exists(name: str) -> bool:
    """Return whether a time zone has this name."""
    if len(name) > _LONGEST_NAME:
        return False
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True
