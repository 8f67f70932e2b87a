"""What another machine does of a check or a plan: read, validate and map one file, or a range.

A task has no effect but its result and holds no secret, so it may run twice. Its result is what the
machine that asked would have found itself.
"""

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from loader import __version__
from loader.errors import ClusterError, LoaderError
from loader.events import silent
from loader.model import Dialect, Notice
from loader.profile.model import Profile
from loader.run.cluster.packed_chunks import pack
from loader.run.reading.checked_part import CheckedPart, PartMaker
from loader.run.reading.lookup import DeferredLookup, ListedNames, TargetLookup
from loader.run.reading.notices import RowsSeen
from loader.run.reading.read_source import read_source
from loader.run.requests import Reading
from loader.run.wiring import entity_or_offer, read_options
from loader.source import open_source
from loader.source.options import Span

UNSEEN: Final = "unseen-by-worker"
_ONE_AT_A_TIME: Final = threading.Lock()  # a worker may have several threads


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRules:
    """The settings that reading needs."""

    api: Dialect
    placements: str
    end_dates: str
    external_id_attribute: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileId:
    """Where a file is, and what shows that another machine sees the same one."""

    path: str  # absolute
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> "FileId":
        """Read the size and time of a file. Raises `OSError` where it is not there."""
        found = path.stat()
        return cls(path=str(path.absolute()), size=found.st_size, modified_ns=found.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """What a plan needs more: its rows are wanted whole, and names are looked up.

    `wanted` are the kinds of names that the rows above needed.
    """

    names: ListedNames
    reserved: tuple[str, ...]
    wanted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTask:
    """One file, or a range of it; `source` is what the user calls it.

    `digest` is that of the file, where it is known. `now` is the clock of who asks.
    """

    source: str
    file: FileId
    reading: Reading
    profile: Profile
    rules: ReadingRules
    now: float
    show_payload: tuple[int, ...] = ()
    with_preview: bool = False
    planning: Planning | None = None
    span: Span | None = None
    digest: str = ""
    version: str = __version__

    @property
    def is_first(self) -> bool:
        """Whether it has the first rows of the file."""
        return self.span is None or self.span.is_first


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What came of a task; `error` is why the file was not read to its end.

    `rows` is what is to be said of the rows of a range. Of a plan there are `chunks`.
    """

    digest: str = ""
    parts: tuple[CheckedPart, ...] = ()
    chunks: tuple[bytes, ...] = ()
    notices: tuple[Notice, ...] = ()
    rows: RowsSeen | None = None
    wanted: frozenset[str] = frozenset()
    error: LoaderError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there was no row."""
        return not self.parts and not self.chunks


def check_file(task: CheckTask) -> CheckedFile:
    """Read, validate and map one file."""
    if task.version != __version__:
        return CheckedFile(
            error=ClusterError(
                f"a worker has version {__version__} of the loader, but this is {task.version}:"
                " install the same version everywhere"
            )
        )
    with _ONE_AT_A_TIME:
        return _refuse_other_file(task) or _check(task)


def _refuse_other_file(task: CheckTask) -> CheckedFile | None:
    """Return why the file is not the one that was meant, if it is not."""
    try:
        there = FileId.of(Path(task.file.path))
    except OSError as error:
        why = error.strerror or type(error).__name__
        return _not_visible(task, f"a worker cannot see the file ({why})")
    return None if there == task.file else _not_visible(task, "a worker sees another file there")


def _not_visible(task: CheckTask, what: str) -> CheckedFile:
    return CheckedFile(
        error=ClusterError(
            f"{task.source}: {what}: {task.file.path}. Put the files into a folder that all"
            " machines have under the same path, or check them here (without --on)",
            code=UNSEEN,
        )
    )


def _check(task: CheckTask) -> CheckedFile:
    entity = entity_or_offer(None)
    options = replace(read_options(task.reading, task.profile, entity.fields), span=task.span)
    previewed = task.with_preview and task.is_first
    make = PartMaker(show_payload=task.show_payload, with_preview=previewed)
    digest, error = "", None
    parts: list[CheckedPart] = []
    chunks: list[bytes] = []
    notices: list[Notice] = []
    rows = None if task.span is None else RowsSeen()
    planning = task.planning
    lookup = _lookup(planning, notices)
    try:
        where = Path(task.file.path)
        with open_source(task.source, options, stored_at=where, digest=task.digest) as source:
            digest = source.digest
            for chunk in read_source(
                source,
                task.rules,
                entity,
                profile=task.profile,
                listener=silent,
                notices=notices,
                lookup=lookup,
                reserved=planning.reserved if planning else (),
                seen_of_range=rows,
                now=task.now,
            ):
                if planning is None:
                    parts.append(make.part(chunk))
                else:
                    chunks.append(pack(chunk, entity))
    except LoaderError as failure:
        error = failure.with_traceback(None)
    return CheckedFile(
        digest=digest,
        parts=tuple(parts),
        chunks=tuple(chunks),
        notices=tuple(notices),
        rows=rows,
        wanted=frozenset(lookup.wanted) if isinstance(lookup, TargetLookup) else frozenset(),
        error=error,
    )


def _lookup(planning: Planning | None, notices: list[Notice]) -> TargetLookup | DeferredLookup:
    if planning is None:
        return DeferredLookup(notices)
    return TargetLookup(planning.names, notices, wanted=planning.wanted)
