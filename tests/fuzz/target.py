"""What a fuzz target is, and what may end a trial of it."""

import random
from pathlib import Path
from typing import Protocol


class BrokenPromise(AssertionError):
    """A promise that did not hold; its text says which."""


class Target(Protocol):
    """Something that takes what strangers give."""

    def attempt(self, dice: random.Random, folder: Path) -> str:
        """Make one case in `folder` and try it; return how it ended.

        Whatever is raised is a find; what stands in the folder then is kept.
        """

    def close(self) -> None:
        """End what was started."""


def demand(holds: bool, promise: str) -> None:
    """Raise `BrokenPromise` where something does not hold."""
    if not holds:
        raise BrokenPromise(promise[:2_000])
