"""A local folder (or a mounted share) for drops.

    inbox/offers.csv                          dropped
    inbox/processing/TOKEN/offers.csv         claimed: nobody else moves or takes it
    inbox/processing/TOKEN/sides/             its results and the like, while they are made
    inbox/done/2026-11-25/offers.csv          through, with offers.csv.results.xlsx and so on
    inbox/failed/2026-11-25/…

Every move is a rename within the folder, so a file is always in one place and whole. A name that
exists is never overwritten, and no link is followed, not even one in the place of `done/`.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path, PurePath

from loader.inbox.drops import Candidate, Claim, FinalFolder, Ignored, Listing, Place
from loader.inbox.file_names import (
    A_FOLDER,
    MARKER,
    free_name,
    is_token,
    why_ignored,
    why_not_loaded,
)
from loader.inbox.folder import SIDE_FILES, SIDES, IsOurs, every_claim, free_place
from loader.inbox.stability import is_open_for_writing
from loader.inbox.symlink_safe_folders import names_in, open_folder
from loader.settings.inbox import PROCESSING, RESERVED


class LocalFolder:
    """One folder of this machine. `known` names sub-folders that are not reported as ignored."""

    def __init__(
        self, root: Path, *, name: str = "", markers: bool = False, known: Sequence[str] = ()
    ) -> None:
        self.root = root
        self.name = name
        self._inside = PurePath(name).parts
        self._inbox = root.parents[len(self._inside) - 1] if name else root
        self._markers = markers
        self._known = frozenset({*RESERVED, *known})
        self._processing = root / PROCESSING

    def prepare(self) -> None:
        """Make the loader's folders. Raises `OSError`."""
        for folder in ("", *FinalFolder):
            with self._open_folder(*filter(None, [folder]), make=0o777):
                pass
        with self._open_folder(PROCESSING, make=0o700):
            pass

    def list_files(self) -> Listing:
        """List the files."""
        candidates: list[Candidate] = []
        left: list[Ignored] = []
        found = self._statuses()
        for name, status in found.items():
            if name in self._known or (self._markers and _marked_name(name) in found):
                continue
            if reason := why_not_loaded(name, not_a_file=_why_not_file(status.st_mode)):
                left.append(Ignored(name=name, reason=reason))
            else:
                marked = name + MARKER in found
                candidates.append(_candidate(name, status, marked=marked))
        return Listing(candidates=tuple(candidates), ignored=tuple(left))

    def _statuses(self) -> dict[str, os.stat_result]:
        """Return the status of each entry; links are not followed, vanished entries left out."""
        found: dict[str, os.stat_result] = {}
        with self._open_folder() as folder, os.scandir(folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    found[entry.name] = entry.stat(follow_symlinks=False)
        return found

    def is_being_written(self, candidate: Candidate) -> bool:
        """Whether the system knows of a process that has it open for writing."""
        return is_open_for_writing(self.root / candidate.name)

    def claim(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Rename it into a folder of its own."""
        name = candidate.name
        # The marker first: one that stayed behind would mark the next file.
        names = [name + MARKER, name] if self._markers else [name]
        with self._open_folder() as here, self._open_folder(PROCESSING) as processing:
            if not _is_same(name, candidate, folder=here):
                return None
            with self._open_folder(PROCESSING, token, make=0o700) as work:
                try:
                    is_claimed = all(_move(each, each, source=here, goal=work) for each in names)
                except PermissionError:  # of the file: its marker goes back to it
                    _move(name + MARKER, name + MARKER, source=work, goal=here)
                    raise
                if is_claimed:
                    _sync(work, processing, here)
        if not is_claimed:
            self._remove_claim_folder(token)
            return None
        return Claim(token=token, name=name)

    def claims(self, is_ours: IsOurs = every_claim) -> Sequence[Claim]:
        """List the folders of claims; what a crash left half claimed is completed or given up."""
        with self._open_folder(PROCESSING) as processing:
            tokens = sorted(filter(is_ours, filter(is_token, names_in(processing))))
        found = ((token, self._claimed_in(token)) for token in tokens)
        return tuple(Claim(token=token, name=name) for token, name in found if name)

    def _claimed_in(self, token: str) -> str:
        """Return the name of the claimed file; "" without one, and the folder is removed."""
        try:
            return self._complete_claim(token)
        except FileNotFoundError:  # another watcher has just finished it
            return ""

    def _complete_claim(self, token: str) -> str:
        with self._open_folder(PROCESSING, token) as work, self._open_folder() as here:
            names = [name for name in names_in(work) if name != SIDES]
            name = next((name for name in names if not why_ignored(name)), "")
            if name:
                return name
            for marked in filter(None, map(_marked_name, names)):
                if _is_file(marked, folder=here) and _move(marked, marked, source=here, goal=work):
                    return marked
        self._remove_claim_folder(token)
        return ""

    def can_reach_results(self, claim: Claim) -> bool:  # noqa: ARG002 - the Protocol's
        """Side files lie beside the claimed file, for every watcher."""
        return True

    def forget(self, claim: Claim) -> None:
        """Nothing to do: what others finish is gone from here, too."""

    def fetch(self, claim: Claim) -> Path:
        """Return its path; make the folder for its side files."""
        with self._open_folder(PROCESSING, claim.token, SIDES, make=0o700):
            return self._processing / claim.token / claim.name

    def drop_location(self, name: str) -> str:
        """Give the path that it was dropped under."""
        return str(self.root / name)

    def place(self, claim: Claim, folder: FinalFolder, *, day: str) -> Place:
        """Choose a free name: offers.csv, offers-2.csv, …"""
        taken: set[str] = set()
        with suppress(FileNotFoundError), self._open_folder(folder, day) as opened:
            taken.update(names_in(opened))
        return free_place(claim, folder, day=day, taken=taken)

    def location(self, place: Place, side: str = "") -> str:
        """Return the path there."""
        return str(self.root.joinpath(*place.path(side)))

    def exists(self, file: str) -> bool:
        """Whether there is anything at that path."""
        return os.path.lexists(file)

    def finish(self, claim: Claim, place: Place) -> None:
        """Rename the side files, then the file; then remove the folder of the claim."""
        token, name = claim.token, place.name
        with self._open_folder(PROCESSING) as processing:
            if token not in names_in(processing):
                return
        with (
            self._open_folder(PROCESSING, token) as work,
            self._open_folder(place.folder, place.day, make=0o777) as goal,
        ):
            with suppress(FileNotFoundError), self._open_folder(PROCESSING, token, SIDES) as sides:
                for side in SIDE_FILES:
                    _move(side, f"{name}.{side}", source=sides, goal=goal)
            for ending in (MARKER, ""):
                _move(claim.name + ending, name + ending, source=work, goal=goal)
            _sync(goal, work)
        self._remove_claim_folder(token)

    def put_back(self, place: Place, name: str) -> str:
        """Rename it back, under the name it was dropped with if that is free."""
        with self._open_folder(place.folder, place.day) as folder, self._open_folder() as here:
            free = free_name(name, names_in(here))
            os.replace(place.name, free, src_dir_fd=folder, dst_dir_fd=here)
            _move(place.name + MARKER, free + MARKER, source=folder, goal=here)
        return str(self.root / free)

    def _remove_claim_folder(self, token: str) -> None:
        """Remove the folder of a claim with the files of the loader; never a file of others.

        With one, such as an office program or a share puts there, the folder stays.
        """
        with (
            self._open_folder(PROCESSING) as processing,
            self._open_folder(PROCESSING, token) as work,
        ):
            with suppress(FileNotFoundError), self._open_folder(PROCESSING, token, SIDES) as sides:
                _remove_ours(sides, *SIDE_FILES)
            _remove_ours(work)
            with suppress(FileNotFoundError):
                os.rmdir(SIDES, dir_fd=work)
            if not names_in(work):
                os.rmdir(token, dir_fd=processing)

    def _open_folder(self, *names: str, make: int = 0) -> AbstractContextManager[int]:
        return open_folder(self._inbox, *self._inside, *names, make=make)


def _marked_name(name: str) -> str:
    return name.removesuffix(MARKER) if name.endswith(MARKER) else ""


def _is_loader_file(name: str) -> bool:
    return name.startswith(".") or name.endswith(MARKER)


def _why_not_file(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISLNK(mode):
        return "is a link; put the file itself here"
    if stat.S_ISDIR(mode):
        return A_FOLDER
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


def _is_same(name: str, candidate: Candidate, *, folder: int) -> bool:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return _identity(status) == candidate.identity


def _is_file(name: str, *, folder: int) -> bool:
    with suppress(FileNotFoundError):
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    return False


def _identity(status: os.stat_result) -> str:
    return f"{status.st_dev}.{status.st_ino}.{status.st_size}.{status.st_mtime_ns}"


def _move(name: str, new_name: str, *, source: int, goal: int) -> bool:
    """Rename from one open folder into another; False where there is no such file."""
    try:
        os.replace(name, new_name, src_dir_fd=source, dst_dir_fd=goal)
    except FileNotFoundError:
        return False
    return True


def _remove_ours(folder: int, *written: str) -> None:
    for name in names_in(folder):
        if name in written or _is_loader_file(name):
            os.unlink(name, dir_fd=folder)


def _sync(*folders: int) -> None:
    """Make renames survive a power cut."""
    for folder in folders:
        os.fsync(folder)
