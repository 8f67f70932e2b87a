"""What a run tells whoever watches it: stages, counts, and why it is slow.

Rules of this file: a Protocol and its silent implementation; an observer decides nothing and must
not raise; counts are increments since the last call, so that a caller keeps no totals.
"""

from typing import Protocol

from loader.delivery.ports import DepartureHooks, Sender, Words
from loader.model import Outcome


class Observer(Protocol):
    """Someone who watches a run. Called from one thread."""

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage ("reading", "sending" …); `total` is None where it is not known."""

    def advance(self, done: int, *, created: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """Count `done` more rows of this stage, and how many of them ended in each way."""

    def note(self, text: Words) -> None:
        """Say why it is slow, or what is waited for; "" when it no longer holds."""

    def sent(self) -> None:
        """Count one request that is on its way."""

    def answered(self, outcome: Outcome) -> None:
        """Count it as over: what it taught us, and how long it took."""

    def finish(self) -> None:
        """End the stage; nothing is shown until another begins."""


class SilentObserver:
    """Watches and says nothing: for `--json`, `--quiet` and use as a library."""

    def stage(self, name: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, done: int, *, created: int = 0, failed: int = 0, unknown: int = 0) -> None:
        """Say nothing."""

    def note(self, text: Words) -> None:
        """Say nothing."""

    def sent(self) -> None:
        """Say nothing."""

    def answered(self, outcome: Outcome) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""


class WatchedSender:
    """Sends, and tells the observer of every request."""

    def __init__(self, sender: Sender, observer: Observer) -> None:
        self._sender = sender
        self._observer = observer

    async def send(self, body: bytes, way: DepartureHooks) -> Outcome:
        """Send one payload."""
        self._observer.sent()
        outcome = await self._sender.send(body, way)
        self._observer.answered(outcome)
        return outcome
