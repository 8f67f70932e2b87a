"""What a place for drops must be able to do, as a Protocol: a local folder, a bucket, a server.

Rules of this file: every method may be called again after a crash in the middle of it and then
completes what was begun; `OSError` means that the place cannot be used now and is tried again.
The ledger (`loader.inbox.ledger`) remembers claims; a place that can move atomically needs no
more memory than itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from loader.inbox.values import Candidate, Claim, Look, Place, Shelf


class DropFolder(Protocol):
    """One place for drops. One watcher at a time uses it."""

    @property
    def name(self) -> str:
        """Its name in the settings; "" for the inbox itself."""

    def look(self) -> Look:
        """List what lies there: what may be taken, and what is left alone and why."""

    def is_being_written(self, candidate: Candidate) -> bool:
        """Say whether someone is known to be writing it; False where the place cannot tell."""

    def claim(self, candidate: Candidate, *, token: str) -> Claim | None:
        """Take the file out of reach; None where it is gone or is not the one that was seen."""

    def claims(self) -> Sequence[Claim]:
        """List what was claimed and is not finished, whoever did it."""

    def fetched(self, claim: Claim) -> Path:
        """Give the claimed file on this machine, in a folder of its own for its side files."""

    def dropped_as(self, claim: Claim) -> str:
        """Say where the file was dropped: what results and journal call it."""

    def place(self, claim: Claim, shelf: Shelf, *, day: str) -> Place:
        """Choose where it goes: a name that is free, with those of its side files."""

    def where(self, place: Place, *, side: str = "") -> str:
        """Say where the file (or its side file with that ending) will lie, as path or address."""

    def finish(self, claim: Claim, place: Place) -> None:
        """Move the file and its side files to their place, the file last; forget the claim."""

    def put_back(self, place: Place) -> str:
        """Move a finished file back to where files are dropped; say where it now lies."""
