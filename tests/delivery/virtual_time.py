"""An event loop whose time stands still until nobody has anything to do, and then jumps."""

import asyncio
import selectors
from dataclasses import dataclass
from typing import Any

START = 1_700_000_000.0


class _Instant(selectors.DefaultSelector):
    """Never waits, nor asks the system: there are no files, and time is ours."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        self.loop.now += timeout or 0.0
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _Instant()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


@dataclass(slots=True, kw_only=True)
class VirtualClock:
    """The engine's clock."""

    loop: VirtualLoop

    def now(self) -> float:
        return START + self.loop.now

    def monotonic(self) -> float:
        return self.loop.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 1e-6))  # less would be lost in the sum: time would stand
