"""What a watcher has to tell: what happens to files and folders, and what a run tells of a file.

The end of a file is told at least once: after a crash it may be told again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loader.events import Event
from loader.inbox.values import Drop, DropReport, Ignored, Outage, Standing


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
    """A folder waits because of something that none of its files can help; told at each try."""

    outage: Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRecovered:
    """What kept a folder waiting is over."""

    outage: Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIgnored:
    """Something in a folder is not taken; told once."""

    folder: str
    what: Ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Every folder was looked at and nothing is ready; told after each look."""

    folders: tuple[Standing, ...] = ()


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
