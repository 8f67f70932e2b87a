"""What happens in an inbox: to files and folders, and in the run of a file.

The end of a file is reported at least once: after a crash it may be reported again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loader.events import Event
from loader.inbox.drops import Drop, DropReport, FolderStatus, Ignored, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBegan:
    """A file was claimed (or, after a stop, taken up again) and is being worked on."""

    drop: Drop


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """What the run of a file tells: rows that ended, requests sent and answered."""

    drop: Drop
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEnded:
    """A file is finished, or waits (`report.outcome` says which); its side files are in place."""

    report: DropReport


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderWaits:
    """A folder waits because of something that none of its files can help; sent at each try."""

    outage: Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRecovered:
    """What kept a folder waiting is over."""

    outage: Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIgnored:
    """Something in a folder is ignored; sent once."""

    folder: str
    what: Ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Every folder was listed and nothing is ready; sent after each listing."""

    folders: tuple[FolderStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherClosed:
    """The watcher ends."""


InboxEvent = (
    FileBegan
    | FileProgress
    | FileEnded
    | FolderWaits
    | FolderRecovered
    | FileIgnored
    | Idle
    | WatcherClosed
)
InboxListener = Callable[[InboxEvent], None]
