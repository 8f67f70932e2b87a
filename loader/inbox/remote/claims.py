"""How claims on files elsewhere are kept.

    RenameClaims   the file is renamed to processing/TOKEN/ there: everybody sees that it is taken
    CopyClaims     where nothing can be renamed: the file is copied to this machine and the copy
                   noted; the file stays until it is loaded, and is removed if it is still the same

A claim is complete or does not exist, at whatever moment the process dies. A file that was replaced
meanwhile is another file: it is neither taken for the first nor removed with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loader.inbox.drops import Candidate, Claim
from loader.inbox.file_names import MARKER, is_token, why_ignored
from loader.inbox.folder import IsOurs
from loader.inbox.remote.spool import Note, Spool
from loader.inbox.remote.store import Entry, Kind, MovingStore, Store
from loader.settings.inbox import PROCESSING


class Claims(Protocol):
    """The claims of one folder."""

    def hidden(self) -> frozenset[tuple[str, str]]:
        """Return name and identity of the files in the folder that are claimed already."""

    def take(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Claim a file; None where it is gone or was replaced."""

    def list_owned(self, is_ours: IsOurs) -> Sequence[Claim]:
        """List the claims that are ours."""

    def fetch(self, claim: Claim) -> Path:
        """Give the copy on this machine."""

    def check(self, claim: Claim) -> None:
        """Raise `OSError` if the claimed file was changed since it was copied."""

    def move_to(self, claim: Claim, path: str) -> None:
        """Move the file to its place; of the claim, only the spool is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameClaims:
    """Claims by renames there."""

    store: MovingStore
    folder: str
    spool: Spool
    markers: bool

    def hidden(self) -> frozenset[tuple[str, str]]:
        """Nothing: claimed files are moved out of the folder."""
        return frozenset()

    def take(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Rename it; its marker first: one that stayed behind would mark the next file."""
        name = candidate.name
        found = self.store.entry(join(self.folder, name))
        if found is None or found.identity != candidate.identity:
            return None
        try:
            for each in [name + MARKER, name] if self.markers else [name]:
                self.store.move(join(self.folder, each), self._claim_path(token, each))
        except FileNotFoundError:
            self.store.drop_folder(self._claim_path(token))
            return None
        except PermissionError:  # of the file: its marker goes back to it
            marker = self._claim_path(token, name + MARKER)
            if self.store.entry(marker) is not None:
                self.store.move(marker, join(self.folder, name + MARKER))
            raise
        return Claim(token=token, name=name)

    def list_owned(self, is_ours: IsOurs) -> Sequence[Claim]:
        """List processing/; what a crash left half claimed is completed or given up."""
        works = self.store.listing(join(self.folder, PROCESSING)).entries
        folders = (entry.name for entry in works if entry.kind is Kind.FOLDER)
        # What has another form was made by others.
        tokens = sorted(filter(is_ours, filter(is_token, folders)))
        names = {token: self._claimed_in(token) for token in tokens}
        for token in self.spool.tokens():
            if not names.get(token) and is_ours(token):  # all was done, here or elsewhere, but this
                self.spool.forget(token)
        return tuple(Claim(token=token, name=name) for token, name in names.items() if name)

    def fetch(self, claim: Claim) -> Path:
        """Copy it, unless that is done; a file that grows meanwhile is not whole yet."""
        path = self._claim_path(claim.token, claim.name)
        found = self._entry(path)
        address = self.store.address(path)

        def get(to: Path) -> None:
            self.store.get(path, to, most_bytes=found.size_bytes)
            _require_whole(to, size_bytes=found.size_bytes, address=address)

        copy = self.spool.fetch(claim.token, claim.name, identity=found.identity, get=get)
        if self._entry(path).identity != found.identity:
            raise BlockingIOError(f"{address} is still being written")
        return copy

    def check(self, claim: Claim) -> None:
        """Compare with what was copied."""
        path = self._claim_path(claim.token, claim.name)
        note = self.spool.note(claim.token)
        if note is not None and self._entry(path).identity != note.identity:
            raise BlockingIOError(f"{self.store.address(path)} was changed while it was loaded")

    def move_to(self, claim: Claim, path: str) -> None:
        """Rename it, the marker first."""
        for ending in (MARKER, ""):
            source = self._claim_path(claim.token, claim.name + ending)
            if self.store.entry(source) is not None:
                self.store.move(source, path + ending)
        self.store.drop_folder(self._claim_path(claim.token))

    def _claimed_in(self, token: str) -> str:
        names = self.store.listing(self._claim_path(token)).names()
        name = next((name for name in names if not why_ignored(name)), "")
        if name:
            return name
        for marked in (name.removesuffix(MARKER) for name in names):
            if not why_ignored(marked) and self.store.entry(join(self.folder, marked)) is not None:
                self.store.move(join(self.folder, marked), self._claim_path(token, marked))
                return marked
        self.store.drop_folder(self._claim_path(token))
        return ""

    def _entry(self, path: str) -> Entry:
        found = self.store.entry(path)
        if found is None:
            raise FileNotFoundError(f"{self.store.address(path)} is gone")
        return found

    def _claim_path(self, token: str, name: str = "") -> str:
        return join(self.folder, PROCESSING, token, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyClaims:
    """Claims by notes here."""

    store: Store
    folder: str
    spool: Spool
    markers: bool

    def hidden(self) -> frozenset[tuple[str, str]]:
        """Read the notes."""
        return frozenset((note.name, note.identity) for _, note in self.spool.notes())

    def take(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Copy it; it is claimed when the copy is whole and what lies there is still the same."""
        path = join(self.folder, candidate.name)
        if not self._is_still(candidate, path):
            return None

        def get(to: Path) -> None:
            self.store.get(path, to, most_bytes=candidate.size_bytes)
            if not self._is_still(candidate, path):
                raise FileNotFoundError(path)
            address = self.store.address(path)
            _require_whole(to, size_bytes=candidate.size_bytes, address=address)

        try:
            self.spool.fetch(token, candidate.name, identity=candidate.identity, get=get)
        except FileNotFoundError:
            self.spool.forget(token)
            return None
        except BaseException:
            self.spool.forget(token)
            raise
        return Claim(token=token, name=candidate.name)

    def _is_still(self, candidate: Candidate, path: str) -> bool:
        found = self.store.entry(path)
        return found is not None and found.identity == candidate.identity

    def list_owned(self, is_ours: IsOurs) -> Sequence[Claim]:
        """List the notes; what was being copied at a death was not claimed."""
        self.spool.sweep(is_ours)
        notes = self.spool.notes()
        return tuple(Claim(token=token, name=note.name) for token, note in notes if is_ours(token))

    def fetch(self, claim: Claim) -> Path:
        """Give the copy."""
        return self.spool.copy_of(claim.token, claim.name)

    def check(self, claim: Claim) -> None:
        """A file that was replaced is another one; the copy is what was claimed."""

    def move_to(self, claim: Claim, path: str) -> None:
        """Put the copy to its place, then remove the file itself, unless it is another by now."""
        note = self.spool.note(claim.token)
        if note is None:
            return
        self.store.put(self.spool.copy_of(claim.token, claim.name), path)
        source = join(self.folder, claim.name)
        if self.markers:
            self._remove_marker(source, note)
        self.store.remove(source, identity=note.identity)

    def _remove_marker(self, source: str, note: Note) -> None:
        """Remove the marker, unless it already marks another file of the same name."""
        marker, file = self.store.entry(source + MARKER), self.store.entry(source)
        if marker is not None and (file is None or file.identity == note.identity):
            self.store.remove(source + MARKER, identity=marker.identity)


def join(*parts: str) -> str:
    """Join parts of a path; empty ones are left out."""
    return "/".join(filter(None, parts))


def _require_whole(copy: Path, *, size_bytes: int, address: str) -> None:
    """Raise unless all of it came: a connection may end early without saying so."""
    came = copy.stat().st_size
    if came != size_bytes:
        raise BlockingIOError(f"{address}: {came} of {size_bytes} bytes came")
