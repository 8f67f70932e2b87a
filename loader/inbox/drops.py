"""The values of the inbox: files found, files claimed, and the result of each.

Each value is complete in itself, so that a listener needs nothing else, bounded whatever the number
of rows, and holds nothing secret. Times are UTC seconds inside and ISO text in JSON. Places are
text, because they may be paths or addresses.
"""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer


def _as_text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds")


def _as_seconds(value: object) -> object:
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value


Instant = Annotated[
    float, BeforeValidator(_as_seconds), PlainSerializer(_as_text, when_used="json")
]


class DropOutcome(StrEnum):
    """What became of a dropped file."""

    LOADED = "loaded"  # every row is created, by this drop or before
    LOADED_WITH_ERRORS = "loaded-with-errors"  # some rows are invalid, were refused or undone
    DUPLICATE = "duplicate"  # the same bytes were loaded before; nothing was left to do
    FAILED = "failed"  # nothing of it could be loaded, or a person must decide
    WAITING = "waiting"  # not at an end: the loader tries again by itself


class FinalFolder(StrEnum):
    """Where a file goes at its end."""

    DONE = "done"
    FAILED = "failed"


class TroubleKind(StrEnum):
    """What keeps a whole folder waiting; none of its files is at fault."""

    API = "api"  # the API cannot be used: down, or it refuses us
    JOURNAL = "journal"  # the journal is held by another loader, or cannot be written
    FOLDER = "folder"  # the folder is gone, read-only or full
    SETTINGS = "settings"  # what the settings name is not there (any more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that lies in a folder and is not claimed.

    `identity` changes whenever the file may have: size and times and inode, or an ETag.
    `dropped_at` is when it came to lie there, as far as the place knows.
    """

    name: str
    size_bytes: int
    modified_at: Instant
    dropped_at: Instant
    identity: str
    is_marked: bool = False  # NAME.done lies beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Something in a folder that is not taken, and why: half a sentence behind its name."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files of a folder at one moment."""

    candidates: tuple[Candidate, ...] = ()
    ignored: tuple[Ignored, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A file that was taken out of the reach of others. `token` is unique in its folder."""

    token: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file goes at its end: `folder`/`day`/`name`, its side files beside it."""

    folder: FinalFolder
    day: str  # YYYY-MM-DD, UTC
    name: str  # free there, side files included

    def path(self, side: str = "") -> tuple[str, str, str]:
        """Return where the file goes, or one of its side files."""
        return self.folder, self.day, f"{self.name}.{side}" if side else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows by how they ended: `read` is the sum of the others."""

    read: int = 0
    created: int = 0
    duplicate: int = 0
    invalid: int = 0
    failed: int = 0
    unknown: int = 0
    pending: int = 0
    undone: int = 0  # were created, or there before, and deleted since
    skipped: int = 0
    parts: int = 0  # further rows of offers that are counted above

    def in_words(self) -> str:
        """Return how rows ended, but for what did not happen: 2 created, 1 invalid."""
        ends = ((name, number) for name, number in asdict(self).items() if name != "read")
        return ", ".join(f"{number} {name}" for name, number in ends if number)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonError:
    """An error that rows have in common: how many, and one example in words."""

    code: str
    count: int
    where: str  # "Offers!F17 end_date"
    message: str
    row_number: int = 0  # of the example, as the spreadsheet shows it


def relative_path(folder: str, name: str) -> str:
    """Return the path of a file below its inbox."""
    return f"{folder}/{name}" if folder else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A dropped file that is being worked on."""

    inbox: str  # the inbox as it was given
    folder: str  # "" for the inbox itself, else the sub-folder of the settings
    name: str
    token: str
    claimed_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DropReport:
    """What became of a dropped file: the contents of its *.summary.json.

    `reason` is "" where every row is created; else a sentence. `file`, `results`, `summary` and
    `reason_file` say where the file and its side files lie, "" where there is none; `earlier`
    names the results of the run that loaded the same bytes. `needs_person`: it waits, and does not
    go on by itself.
    """

    drop: Drop
    outcome: DropOutcome
    reason: str = ""
    target: str = ""  # in words: host, organisation, sandbox
    run_id: str = ""
    digest: str = ""  # sha256 of the bytes
    size_bytes: int = 0
    counts: Counts = field(default_factory=Counts)
    commonest: tuple[CommonError, ...] = ()
    file: str = ""
    results: str = ""
    to_mend: str = ""  # just the rows that are invalid or were refused, ready to be dropped
    summary: str = ""
    reason_file: str = ""
    earlier: str = ""
    needs_person: bool = False
    attempts: int = 1  # how often the loader began to load it
    finished_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Why a folder waits, since when, and when it is tried again."""

    inbox: str
    folder: str
    kind: TroubleKind
    message: str
    since: Instant
    again_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderStatus:
    """The status of one folder after a listing: for metrics, health and status."""

    inbox: str
    folder: str
    waiting: int  # files that lie there, whole or not
    oldest_at: Instant | None  # since when the oldest of them lies there
    looked_at: Instant
