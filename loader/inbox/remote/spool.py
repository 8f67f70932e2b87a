"""The copies on this machine of files that lie elsewhere, for as long as a claim lasts.

    SPOOL/TOKEN/offers.csv      the copy
    SPOOL/TOKEN/sides/          its results and the like, while they are made
    SPOOL/TOKEN/.note.json      what it is a copy of; written last, it makes the copy valid

Only the owner can read it, and nothing is left when a claim ends. Every path is proven to lie in
the spool before anything is written or removed there.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from loader.inbox.file_names import is_token, why_unsafe_name
from loader.inbox.folder import SIDES, IsOurs

_NOTE = ".note.json"
_PART = ".copy.part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a copy is a copy of; and, once that is decided, where the file goes."""

    name: str
    identity: str
    shelf: str = ""  # done, failed; the notes on disk call it so
    day: str = ""
    place: str = ""

    def is_of(self, name: str, identity: str) -> bool:
        """Say whether it is the note of that file."""
        return (self.name, self.identity) == (name, identity)


class Spool:
    """The copies of one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def copy_of(self, token: str, name: str) -> Path:
        """Give the path of a copy, which may not be there; the folder for its side files is."""
        sides = self._at(token, SIDES)
        sides.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._at(token, name)

    def fetch(self, token: str, name: str, *, identity: str, get: Callable[[Path], None]) -> Path:
        """Make a copy, unless there is one of the same file already."""
        path, note = self.copy_of(token, name), self.note(token)
        if note is not None and note.is_of(name, identity) and path.is_file():
            return path
        self._at(token, _NOTE).unlink(missing_ok=True)
        part = self._at(token, _PART)
        part.unlink(missing_ok=True)
        get(part)
        _sync(part)
        part.replace(path)
        self._write(token, Note(name=name, identity=identity))
        return path

    def decide(self, token: str, *, shelf: str, day: str, place: str) -> None:
        """Note where the file goes, before anything goes there."""
        note = self.note(token)
        if note is not None:
            self._write(token, replace(note, shelf=shelf, day=day, place=place))

    def note(self, token: str) -> Note | None:
        """Say what the copy is a copy of; None where there is no whole copy."""
        try:
            return Note(**json.loads(self._at(token, _NOTE).read_text("utf-8")))
        except FileNotFoundError:
            return None

    def tokens(self) -> list[str]:
        """List what is here, the oldest first."""
        if not self._root.is_dir():
            return []
        return sorted(work.name for work in self._root.iterdir() if is_token(work.name))

    def notes(self) -> Iterator[tuple[str, Note]]:
        """List what is here, the oldest token first."""
        for token in self.tokens():
            note = self.note(token)
            if note is not None:
                yield token, note

    def sweep(self, is_ours: IsOurs) -> None:
        """Remove what is no whole copy: a process died while it was made."""
        for token in self.tokens():
            if self.note(token) is None and is_ours(token):
                self.forget(token)

    def sides(self, token: str) -> Path:
        """Give the folder of the side files."""
        return self._at(token, SIDES)

    def forget(self, token: str) -> None:
        """Remove the copy and all that lies with it; the folder too, when nothing else is here."""
        work = self._at(token)
        self._at(token, _NOTE).unlink(missing_ok=True)  # first: what is half removed is no copy
        if work.is_dir():
            shutil.rmtree(work)
        if self._root.is_dir() and not any(self._root.iterdir()):
            self._root.rmdir()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder for a copy that is no claim; it is removed at the end."""
        beside = self._root.parent
        beside.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=beside) as folder:
            yield Path(folder)

    def _at(self, token: str, name: str = "") -> Path:
        """Return a path, proven to lie in the folder of that claim in the spool."""
        if not is_token(token) or (name and why_unsafe_name(name)):
            raise PermissionError(f"{token}/{name} is no path of the spool {self._root}")
        work = self._root / token
        if work.resolve() != self._root.resolve() / token:
            raise PermissionError(f"{work} is a link, and links are not followed: remove it")
        return work / name if name else work

    def _write(self, token: str, note: Note) -> None:
        path = self._at(token, _NOTE)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(note)), "utf-8")
        _sync(part)
        part.replace(path)
        _sync(path.parent)


def _sync(path: Path) -> None:
    """Make it survive a power cut, where the system can do that for what `path` is."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
