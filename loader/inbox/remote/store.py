"""What a place elsewhere must be able to do, as Protocols.

Paths are relative to the inbox, with slashes; "" is the inbox itself. `OSError` means that the
place cannot be used now, `SettingsError` that a person must change something first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Kind(StrEnum):
    """What an entry is."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"  # a link, a socket and the like


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that lies in a folder. `identity` changes whenever its bytes may have."""

    name: str
    kind: Kind
    size_bytes: int = 0
    modified_at: float = 0.0
    identity: str = ""


class Store(Protocol):
    """A place elsewhere."""

    def address(self, path: str) -> str:
        """Say where `path` lies, without any secret."""

    def entries(self, folder: str) -> Sequence[Entry]:
        """List a folder; nothing where there is none of that name, except for the inbox itself."""

    def entry(self, path: str) -> Entry | None:
        """Say what lies at `path`."""

    def get(self, path: str, to: Path) -> None:
        """Copy a file from there to this machine."""

    def put(self, source: Path, path: str) -> None:
        """Copy a file of this machine there, whole or not at all; what lies there is replaced."""

    def remove(self, path: str, *, identity: str) -> None:
        """Remove a file, if it is still the one of that identity (the server's word if it can)."""

    def close(self) -> None:
        """End the connection, if there is one."""


class MovingStore(Store, Protocol):
    """A place where a file can be moved as a whole, in one instant."""

    def move(self, source: str, target: str) -> None:
        """Move a file; its new folder is made. FileNotFoundError, FileExistsError as they say."""

    def drop_folder(self, folder: str) -> None:
        """Remove a folder, if it is there and empty."""
