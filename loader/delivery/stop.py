"""The stop signal: made by a door, requested by anyone, checked by every wait and loop.

What is in flight is finished first. The first reason wins. A pause holds back what is not
being sent yet, until it is resumed; a stop ends a pause, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """Why a delivery ended."""

    DONE = "done"  # everything was tried
    STOPPED = "stopped"  # a person asked
    HALTED = "halted"  # the API as a whole cannot be used
    TOO_MANY_ERRORS = "too-many-errors"


@dataclass(slots=True, kw_only=True)
class StopSignal:
    """A request to stop, with its reason."""

    ending: Ending = Ending.DONE
    reason: str = ""
    is_watched: bool = False  # someone looks at it often, and finishes what is in flight
    was_watched: bool = False  # at some moment
    parent: "StopSignal | None" = (
        None  # a stop or pause of the parent is one of its children, not vice versa
    )
    _is_paused: bool = False

    def requested(self) -> bool:
        """Whether anyone wants to stop."""
        if self.parent is not None and self.ending is Ending.DONE and self.parent.requested():
            self.ending, self.reason = self.parent.ending, self.parent.reason
        return self.ending is not Ending.DONE

    def request(self, ending: Ending, reason: str) -> None:
        """Ask to stop; the first reason stays."""
        if not self.requested():
            self.ending, self.reason = ending, reason

    def pause(self) -> None:
        """Ask to send nothing more until `resume`."""
        self._is_paused = True

    def resume(self) -> None:
        """End the pause."""
        self._is_paused = False

    def paused(self) -> bool:
        """Whether nothing more is to be sent for now."""
        return self._is_paused or (self.parent is not None and self.parent.paused())

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Inside the block a request ends the work in order; outside, Ctrl-C interrupts at once."""
        self.is_watched = self.was_watched = True
        try:
            yield
        finally:
            self.is_watched = False
