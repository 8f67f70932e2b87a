"""What a place elsewhere must be able to do, as Protocols.

Paths are relative to the inbox, with slashes; "" is the inbox itself. `OSError` means that the
place cannot be used now, `SettingsError` that a person must change something first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from loader.inbox.drops import Ignored
from loader.inbox.file_names import why_unsafe_name
from loader.proxy import Proxy

ProxyFor: TypeAlias = Callable[[str], Proxy]  # how an address is reached
MOST_LISTED: Final = 100_000  # entries of one folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How a bucket is reached. None and "" leave it to the variables that its library knows."""

    proxy_for: ProxyFor | None = None
    ca_file: str = ""  # of the authorities to trust instead of the system's


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a server lists in a folder. The name of every entry is one that can be joined here."""

    entries: tuple[Entry, ...] = ()
    refused: tuple[Ignored, ...] = ()  # what it calls names, and why they are none

    def names(self) -> frozenset[str]:
        """Return the names that are taken."""
        return frozenset(entry.name for entry in self.entries)


def listing(listed: Iterable[Entry], *, address: str) -> Listing:
    """Sort out what a server lists: whatever is not a plain name is refused here, once for all."""
    entries: list[Entry] = []
    refused: list[Ignored] = []
    for number, entry in enumerate(listed, start=1):
        if number > MOST_LISTED:
            raise OSError(f"{address} lists more than {MOST_LISTED} files: move some away")
        if reason := why_unsafe_name(entry.name):
            refused.append(Ignored(name=entry.name, reason=reason))
        else:
            entries.append(entry)
    return Listing(entries=tuple(entries), refused=tuple(refused))


def too_much(address: str, most_bytes: int) -> OSError:
    """Say that a server sends more than the size that it announced."""
    return BlockingIOError(f"{address}: more than its {most_bytes} bytes came")


class Store(Protocol):
    """A place elsewhere."""

    def address(self, path: str) -> str:
        """Say where `path` lies, without any secret."""

    def listing(self, folder: str) -> Listing:
        """List a folder; nothing where there is none of that name, except for the inbox itself."""

    def entry(self, path: str) -> Entry | None:
        """Say what lies at `path`."""

    def get(self, path: str, to: Path, *, most_bytes: int) -> None:
        """Copy a file from there into the new file `to`; raise OSError where there is more."""

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
