"""What a request asks and tells on its way out. Whoever sends rows provides it."""

from typing import Protocol


class DepartureHooks(Protocol):
    """Asked before a request leaves, and before it leaves again; called when it left."""

    def may_leave(self) -> bool: ...  # False: its intent is too old; nothing may be written
    def left(self) -> None: ...
    async def opens_again(self) -> bool: ...  # False: someone wants to stop
