"""A local folder (or a mounted share) for drops.

    inbox/offers.csv                          dropped
    inbox/processing/TOKEN/offers.csv         claimed: nobody else moves or takes it
    inbox/processing/TOKEN/sides/             its results and the like, while they are made
    inbox/done/2026-11-25/offers.csv          through, with offers.csv.results.xlsx and so on
    inbox/failed/2026-11-25/…

Every move is a rename within the folder, so a file is always in one place and whole. Links are
never followed, and a name that exists is never overwritten.
"""

import errno
import os
import signal
import stat
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from loader.inbox.folder import SIDE_FILES, SIDES
from loader.inbox.names import MARKER, numbered, shortened, why_left_alone
from loader.inbox.values import Candidate, Claim, FinalFolder, Ignored, Look, Place
from loader.settings.inbox import RESERVED


class LocalFolder:
    """One folder of this machine. `known` names the sub-folders that others look after."""

    def __init__(
        self, root: Path, *, name: str = "", markers: bool = False, known: Sequence[str] = ()
    ) -> None:
        self.root = root
        self.name = name
        self._markers = markers
        self._known = frozenset({*RESERVED, *known})
        self._processing = root / "processing"

    def prepare(self) -> None:
        """Make the folders of ours; raises OSError where that cannot be."""
        self.root.mkdir(exist_ok=True)
        self._processing.mkdir(mode=0o700, exist_ok=True)
        for shelf in FinalFolder:
            (self.root / shelf).mkdir(exist_ok=True)

    def look(self) -> Look:
        """List what lies there."""
        candidates: list[Candidate] = []
        left: list[Ignored] = []
        with os.scandir(self.root) as entries:
            found = {entry.name: entry for entry in entries}
        for name, entry in found.items():
            if name in self._known or (self._markers and _unmarked(name) in found):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # gone since: the next look tells
            if reason := why_left_alone(name) or _not_a_file(status.st_mode):
                left.append(Ignored(name=name, reason=reason))
            else:
                marked = name + MARKER in found
                candidates.append(_candidate(name, status, marked=marked))
        return Look(candidates=tuple(candidates), left_alone=tuple(left))

    def is_being_written(self, candidate: Candidate) -> bool:
        """Ask the system; False where it does not know."""
        return is_open_for_writing(self.root / candidate.name)

    def claim(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Rename it into a folder of its own."""
        source, work = self.root / candidate.name, self._processing / token
        if _identity_of(source) != candidate.identity:
            return None
        work.mkdir(mode=0o700, parents=True)
        try:
            if self._markers:  # first: one that stayed behind would vouch for the next file
                marker = source.with_name(source.name + MARKER)
                marker.replace(work / marker.name)
            source.replace(work / source.name)
        except FileNotFoundError:
            _sweep(work)
            return None
        _sync(work, self._processing, self.root)
        return Claim(token=token, name=source.name)

    def claims(self) -> Sequence[Claim]:
        """List the folders of claims; what a crash left half claimed is completed or given up."""
        works = sorted(path for path in self._processing.iterdir() if path.is_dir())
        found = ((work, self._claimed_in(work)) for work in works)
        return tuple(Claim(token=work.name, name=name) for work, name in found if name)

    def _claimed_in(self, work: Path) -> str:
        """Return the name of the claimed file; "" (and the folder is gone) where there is none."""
        names = [path.name for path in work.iterdir() if path.name != SIDES]
        name = next((name for name in names if not _is_ours(name)), "")
        if name:
            return name
        for marked in filter(None, map(_unmarked, names)):
            if (self.root / marked).is_file():
                (self.root / marked).replace(work / marked)
                return marked
        _sweep(work)
        return ""

    def fetched(self, claim: Claim) -> Path:
        """Give its path; what is no file of its own (a link put in its place) is refused."""
        path = self._processing / claim.token / claim.name
        (path.parent / SIDES).mkdir(exist_ok=True)
        return path

    def dropped_as(self, name: str) -> str:
        """Give the path that it was dropped under."""
        return str(self.root / name)

    def place(self, claim: Claim, shelf: FinalFolder, *, day: str) -> Place:
        """Choose a free name: offers.csv, offers-2.csv, …"""
        for number in count(1):
            place = Place(shelf=shelf, day=day, name=numbered(shortened(claim.name), number))
            sides = ("", *SIDE_FILES)
            if not any(os.path.lexists(self.where(place, side)) for side in sides):
                return place
        raise AssertionError("count() does not end")

    def where(self, place: Place, side: str = "") -> str:
        """Give the path there."""
        name = f"{place.name}.{side}" if side else place.name
        return str(self.root / place.shelf / place.day / name)

    def is_there(self, file: str) -> bool:
        """Look."""
        return os.path.lexists(file)

    def finish(self, claim: Claim, place: Place) -> None:
        """Rename the side files, then the file; then the folder of the claim goes."""
        work = self._processing / claim.token
        if not work.is_dir():
            return
        goal = Path(self.where(place))
        goal.parent.mkdir(parents=True, exist_ok=True)
        moves = [(work / SIDES / side, self.where(place, side)) for side in SIDE_FILES]
        moves.append((work / f"{claim.name}{MARKER}", f"{goal}{MARKER}"))
        moves.append((work / claim.name, str(goal)))
        for source, there in moves:
            if os.path.lexists(source):
                source.replace(there)
        _sync(goal.parent, work)
        _sweep(work)

    def put_back(self, place: Place, name: str) -> str:
        """Rename it back, under the name it was dropped with if that is free."""
        source = Path(self.where(place))
        for number in count(1):
            goal = self.root / numbered(name, number)
            if not os.path.lexists(goal):
                source.replace(goal)
                marker = source.with_name(source.name + MARKER)
                if marker.exists():
                    marker.replace(goal.with_name(goal.name + MARKER))
                return str(goal)
        raise AssertionError("count() does not end")


def _unmarked(name: str) -> str:
    return name.removesuffix(MARKER) if name.endswith(MARKER) else ""


def _is_ours(name: str) -> bool:
    return name.startswith(".") or name.endswith(MARKER)


def _not_a_file(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISLNK(mode):
        return "is a link; put the file itself here"
    if stat.S_ISDIR(mode):
        return "is a folder that loader.toml does not name in [[inbox.folder]]"
    return "is not a regular file"


def _candidate(name: str, status: os.stat_result, *, marked: bool) -> Candidate:
    return Candidate(
        name=name,
        size_bytes=status.st_size,
        modified_at=status.st_mtime,
        dropped_at=status.st_ctime,
        identity=_identity(status),
        is_marked=marked,
    )


def _identity_of(path: Path) -> str:
    try:
        return _identity(path.lstat())
    except FileNotFoundError:
        return ""


def _identity(status: os.stat_result) -> str:
    return f"{status.st_dev}.{status.st_ino}.{status.st_size}.{status.st_mtime_ns}"


def _sweep(work: Path) -> None:
    """Remove the folder of a claim and what only we put there; never a file that was dropped."""
    for path in (*_entries(work / SIDES), *_entries(work)):
        if _is_ours(path.name):
            path.unlink()
    for folder in (work / SIDES, work):
        if folder.is_dir():
            folder.rmdir()


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _sync(*folders: Path) -> None:
    """Make renames survive a power cut, where the system can fsync a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# Whether someone has a file open for writing, where the system tells.
#
# Linux gives a read lease only on a file that nobody has open for writing; the lease is given back
# at once. Only the owner of the file and root get one.


def is_open_for_writing(path: Path) -> bool:
    """Say whether the file is known to be open for writing; False where nobody knows."""
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return False
    import fcntl  # noqa: PLC0415 - not on every system

    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # sent if someone opens it just now
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        with suppress(OSError):
            os.close(handle)
        signal.signal(signal.SIGIO, before)
    return False
