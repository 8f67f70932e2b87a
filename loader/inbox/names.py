"""Which file names are loaded, and why others are ignored.

A reason is half a sentence that follows the name.
"""

from pathlib import PurePath

from loader.source.kind import SUFFIXES

MARKER = ".done"
UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download")
LOCKS = ("~$", ".~lock.")
LONGEST_NAME_BYTES = 255
LONGEST_SIDE_BYTES = 24  # room for what is put behind a name: "-999", ".summary.json"


def why_left_alone(name: str) -> str:
    """Say why a file of that name is not taken; "" where it is."""
    if name.startswith(LOCKS):
        return "is the lock file of an office program"
    if name.startswith("."):
        return "is hidden"
    suffix = PurePath(name).suffix.lower()
    if suffix in UNFINISHED or name.endswith("~"):
        return "is not finished by its sender, as its ending says"
    if suffix not in SUFFIXES:
        kinds = " ".join(sorted(SUFFIXES))
        return f"ends in {suffix or 'nothing'}, which is none of {kinds}"
    if not name.isprintable():
        return "has characters in its name that cannot be shown; rename it"
    return ""


def shortened(name: str) -> str:
    """Cut a name so that what is put behind it still fits."""
    most = LONGEST_NAME_BYTES - LONGEST_SIDE_BYTES
    if len(name.encode()) <= most:
        return name
    suffix = PurePath(name).suffix
    stem = name[: -len(suffix)] if suffix else name
    return stem.encode()[: most - len(suffix.encode())].decode("utf-8", "ignore") + suffix


def numbered(name: str, number: int) -> str:
    """Give the `number`th form of a name: offers.csv, offers-2.csv, …"""
    if number == 1:
        return name
    path = PurePath(name)
    return f"{path.stem}-{number}{path.suffix}"
