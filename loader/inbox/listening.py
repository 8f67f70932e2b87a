"""Who is told what happens in the inbox: the terminal, notifications, metrics, logs.

Rules of this file: a listener decides nothing and is called from one thread; whatever it raises
is said once and changes nothing about a load. The end of a file is told at least once: after a
crash it may be told again.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from loader.inbox.values import Drop, DropReport, Ignored, Outage, Standing
from loader.model import Outcome


class Listener(Protocol):
    """Someone who is told."""

    def started(self, drop: Drop) -> None:
        """A file was claimed (or, after a stop, taken up again) and is being worked on."""

    def rows(self, drop: Drop, *, created: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """So many more rows of the file ended in each way."""

    def sent(self, drop: Drop) -> None:
        """One request of the file is on its way."""

    def answered(self, drop: Drop, outcome: Outcome) -> None:
        """It is over: what it taught us, and how long it took."""

    def ended(self, report: DropReport) -> None:
        """A file is through, or waits (`outcome` says which); its side files are in place."""

    def troubled(self, trouble: Outage) -> None:
        """A folder waits because of something that none of its files can help; told each time."""

    def recovered(self, trouble: Outage) -> None:
        """What kept a folder waiting is over."""

    def left_alone(self, folder: str, what: Ignored) -> None:
        """Something is not taken; told once."""

    def idle(self, standings: Sequence[Standing]) -> None:
        """A look at every folder is over and nothing is ready; told after each look."""

    def close(self) -> None:
        """The watcher ends."""


class Silent:
    """Hears everything and says nothing; whoever hears only some of it derives from it."""

    def started(self, drop: Drop) -> None:
        """Say nothing."""

    def rows(self, drop: Drop, *, created: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """Say nothing."""

    def sent(self, drop: Drop) -> None:
        """Say nothing."""

    def answered(self, drop: Drop, outcome: Outcome) -> None:
        """Say nothing."""

    def ended(self, report: DropReport) -> None:
        """Say nothing."""

    def troubled(self, trouble: Outage) -> None:
        """Say nothing."""

    def recovered(self, trouble: Outage) -> None:
        """Say nothing."""

    def left_alone(self, folder: str, what: Ignored) -> None:
        """Say nothing."""

    def idle(self, standings: Sequence[Standing]) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class Listeners:
    """Several listeners as one. `complain` is told, once each, which of them failed and how."""

    def __init__(self, listeners: Sequence[Listener], *, complain: Callable[[str], None]) -> None:
        self._listeners = tuple(listeners)
        self._complain = complain
        self._complained: set[int] = set()

    def started(self, drop: Drop) -> None:
        """Tell all."""
        self._tell(lambda each: each.started(drop))

    def rows(self, drop: Drop, *, created: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """Tell all."""
        self._tell(lambda each: each.rows(drop, created=created, failed=failed, unknown=unknown))

    def sent(self, drop: Drop) -> None:
        """Tell all."""
        self._tell(lambda each: each.sent(drop))

    def answered(self, drop: Drop, outcome: Outcome) -> None:
        """Tell all."""
        self._tell(lambda each: each.answered(drop, outcome))

    def ended(self, report: DropReport) -> None:
        """Tell all."""
        self._tell(lambda each: each.ended(report))

    def troubled(self, trouble: Outage) -> None:
        """Tell all."""
        self._tell(lambda each: each.troubled(trouble))

    def recovered(self, trouble: Outage) -> None:
        """Tell all."""
        self._tell(lambda each: each.recovered(trouble))

    def left_alone(self, folder: str, what: Ignored) -> None:
        """Tell all."""
        self._tell(lambda each: each.left_alone(folder, what))

    def idle(self, standings: Sequence[Standing]) -> None:
        """Tell all."""
        self._tell(lambda each: each.idle(standings))

    def close(self) -> None:
        """Tell all."""
        self._tell(lambda each: each.close())

    def _tell(self, tell: Callable[[Listener], None]) -> None:
        for number, listener in enumerate(self._listeners):
            try:
                tell(listener)
            except Exception as error:  # noqa: BLE001 - a sink that fails must not fail a load
                if number not in self._complained:
                    self._complained.add(number)
                    name = type(listener).__name__
                    self._complain(f"{name} failed ({type(error).__name__}: {error})")
