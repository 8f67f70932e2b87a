"""What a drop folder must be able to do, as a Protocol: a local folder, a bucket, a server.

Every method may be called again after a crash in the middle of it and then completes what was
begun. `OSError` means that the place cannot be used now and is tried again; from `claim` and
`fetch`, those of `OF_ONE_FILE` mean that this file cannot, and others perhaps can.

A claimed file lies on this machine in a folder of its own; beside it, in `sides/`, are written
results.xlsx, to-fix.xlsx, summary.json and reason.txt, which at the end go along with it as
NAME.results.xlsx and so on.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final, Protocol

from loader.inbox.drops import Candidate, Claim, FinalFolder, Listing, Place
from loader.inbox.file_names import numbered, shortened

OF_ONE_FILE: Final = (PermissionError, BlockingIOError)
SIDES: Final = "sides"
TO_FIX: Final = "to-fix.xlsx"
SIDE_FILES: Final = ("results.xlsx", TO_FIX, "summary.json", "reason.txt")


IsOurs = Callable[[str], bool]  # by the token of a claim; it is held from then on


def every_claim(token: str) -> bool:  # noqa: ARG001 - as others may ask
    """Say of each claim that it is ours: one watcher uses the place."""
    return True


def free_place(claim: Claim, folder: FinalFolder, *, day: str, taken: AbstractSet[str]) -> Place:
    """Return a place whose name, and those of its side files, are not taken."""
    name = next(
        name
        for name in numbered(shortened(claim.name))
        if taken.isdisjoint({name, *(f"{name}.{side}" for side in SIDE_FILES)})
    )
    return Place(folder=folder, day=day, name=name)


class DropFolder(Protocol):
    """A folder that files are dropped into."""

    @property
    def name(self) -> str:
        """Its name in the settings; "" for the inbox itself."""

    def list_files(self) -> Listing:
        """List the files: those that may be claimed, and those that are ignored and why."""

    def is_being_written(self, candidate: Candidate) -> bool:
        """Say whether someone is known to be writing it; False where the place does not know."""

    def claim(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Claim a file; None where it is gone, or is not the one that was listed."""

    def claims(self, is_ours: IsOurs = every_claim) -> Sequence[Claim]:
        """List what was claimed and is not finished, by whatever watcher, the oldest first.

        What is not ours, another watcher works on: it is not touched.
        """

    def can_reach_results(self, claim: Claim) -> bool:
        """Whether the results of a claim can be reached from this machine."""

    def forget(self, claim: Claim) -> None:
        """Remove what is left on this machine of a claim that another watcher finished."""

    def fetch(self, claim: Claim) -> Path:
        """Return the path of the claimed file on this machine; beside it is the folder `sides`."""

    def drop_location(self, name: str) -> str:
        """Return the path or address where a file was dropped: its name in the results."""

    def place(self, claim: Claim, folder: FinalFolder, *, day: str) -> Place:
        """Choose the place of a finished file, where the names of its side files are free, too."""

    def location(self, place: Place, side: str = "") -> str:
        """Return the path or address of a finished file, or of its side file of that name."""

    def exists(self, file: str) -> bool:
        """Whether a finished file still exists, by path or address."""

    def finish(self, claim: Claim, place: Place) -> None:
        """Move the side files, then the file, to their place; forget the claim."""

    def put_back(self, place: Place, name: str) -> str:
        """Move a finished file back to where files are dropped; return its new path or address."""
