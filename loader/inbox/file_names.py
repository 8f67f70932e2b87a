"""Which names are safe, which files are loaded, and why others are ignored.

A reason is half a sentence that follows the name. What another machine lists as a name may be a
path: it is never joined to one here unless it passed `why_unsafe_name` or `is_token`.
"""

import re
import secrets
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import PurePath
from typing import Final

from loader.source.file_kind import SUFFIXES
from loader.source.paths import LOCKS

MARKER = ".done"
UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download")
A_FOLDER: Final = (
    "is a folder; to load what is put into it, name it in loader.toml, as path of [[inbox.folder]]"
)
LONGEST_NAME_BYTES = 255
LONGEST_SIDE_BYTES = 24  # room for what is put behind a name: "-999", ".summary.json"
_TOKEN: Final = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def new_token(now: float) -> str:
    """Make the token of a claim, at `now` (UTC seconds); in order of time."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S")
    return f"{stamp}-{secrets.token_hex(4)}"


def is_token(name: str) -> bool:
    """Whether a name has the form of a token; no other folder is one of a claim."""
    return _TOKEN.fullmatch(name) is not None


def why_unsafe_name(name: str) -> str:
    """Say why a name that another machine lists is unsafe or too long; "" if it is neither."""
    if name in {"", ".", ".."} or _DRIVE.match(name) or not {"/", "\\", "\0"}.isdisjoint(name):
        return "is a path, not a file name, so the server cannot be trusted with it"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "is not UTF-8; rename it"
    if size > LONGEST_NAME_BYTES:
        return f"has a name of more than {LONGEST_NAME_BYTES} bytes; shorten it"
    return ""


def why_ignored(name: str) -> str:
    """Say why a file of that name is not loaded; "" where it is."""
    if name.startswith(LOCKS):
        return "is the lock file of an office program"
    if name.startswith("."):
        return "is hidden"
    if not name.isprintable():
        return "has characters in its name that cannot be shown; rename it"
    suffix = PurePath(name).suffix.lower()
    if suffix in UNFINISHED or name.endswith("~"):
        return "is not finished by its sender, as its ending says"
    if suffix not in SUFFIXES:
        kinds = " ".join(sorted(SUFFIXES))
        return f"ends in {suffix or 'nothing'}, which is none of {kinds}"
    return ""


def why_not_loaded(name: str, *, not_a_file: str) -> str:
    """Say why an entry of a folder is not loaded; "" if it is. `not_a_file`: what else it is."""
    if not_a_file and not name.startswith("."):
        return not_a_file
    return why_ignored(name) or not_a_file


def shortened(name: str) -> str:
    """Cut a name so that what is put behind it still fits."""
    most = LONGEST_NAME_BYTES - LONGEST_SIDE_BYTES
    if len(name.encode()) <= most:
        return name
    suffix = PurePath(name).suffix
    stem = name[: -len(suffix)] if suffix else name
    return stem.encode()[: most - len(suffix.encode())].decode("utf-8", "ignore") + suffix


def numbered(name: str) -> Iterator[str]:
    """Yield names to try one after the other: offers.csv, offers-2.csv, …"""
    yield name
    path = PurePath(name)
    yield from (f"{path.stem}-{number}{path.suffix}" for number in count(2))


def free_name(name: str, taken: Collection[str]) -> str:
    """Return the first of these names that is not taken."""
    return next(each for each in numbered(name) if each not in taken)
