"""The part of a check that another machine does: read, validate and map one file.

A task has no effect but its result and holds no secret, so it may run twice. Its result is what the
machine that asked would have found itself.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader import __version__
from loader.errors import ClusterError, LoaderError
from loader.listeners import silent
from loader.model import Dialect, Notice
from loader.profile.model import Profile
from loader.run.checked_part import CheckedPart, PartMaker
from loader.run.lookup import DeferredLookup
from loader.run.reading import read_source
from loader.run.requests import Reading
from loader.run.wiring import entity_or_offer, read_options
from loader.source import open_source

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
    """Where a file is, and what tells that another machine sees the same one."""

    path: str  # absolute
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> "FileId":
        """Look at a file. Raises `OSError` where it is not there."""
        found = path.stat()
        return cls(path=str(path.absolute()), size=found.st_size, modified_ns=found.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTask:
    """One file to check; `source` is what the user calls it."""

    source: str
    file: FileId
    reading: Reading
    profile: Profile
    rules: ReadingRules
    show_payload: tuple[int, ...]
    with_preview: bool
    version: str = __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What came of a task; `error` is why the file was not read to its end."""

    digest: str = ""
    parts: tuple[CheckedPart, ...] = ()
    notices: tuple[Notice, ...] = ()
    error: LoaderError | None = None


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
        return _not_the_same(task) or _checked(task)


def _not_the_same(task: CheckTask) -> CheckedFile | None:
    """Return why the file is not the one that was meant, if it is not."""
    try:
        there = FileId.of(Path(task.file.path))
    except OSError as error:
        why = error.strerror or type(error).__name__
        return _unseen(task, f"a worker cannot see the file ({why})")
    return None if there == task.file else _unseen(task, "a worker sees another file there")


def _unseen(task: CheckTask, what: str) -> CheckedFile:
    return CheckedFile(
        error=ClusterError(
            f"{task.source}: {what}: {task.file.path}. Put the files into a folder that all"
            " machines have under the same path, or check them here (without --on)",
            code=UNSEEN,
        )
    )


def _checked(task: CheckTask) -> CheckedFile:
    entity = entity_or_offer(None)
    options = read_options(task.reading, task.profile, entity.fields)
    make = PartMaker(show_payload=task.show_payload, with_preview=task.with_preview)
    digest, error = "", None
    parts: list[CheckedPart] = []
    notices: list[Notice] = []
    try:
        with open_source(task.source, options, stored_at=Path(task.file.path)) as source:
            digest = source.digest
            chunks = read_source(
                source,
                task.rules,
                entity,
                profile=task.profile,
                listener=silent,
                notices=notices,
                lookup=DeferredLookup(notices),
            )
            parts.extend(map(make.part, chunks))
    except LoaderError as failure:
        error = failure.with_traceback(None)
    return CheckedFile(digest=digest, parts=tuple(parts), notices=tuple(notices), error=error)
