"""The hooks of a request, by which its sender may hold it back."""

from typing import Protocol


class DepartureHooks(Protocol):
    """Called before a request is written, when it was written, and before it is sent again."""

    def may_send(self) -> bool: ...  # False: its intent is too old, nothing may be written
    def sent(self) -> None: ...  # its bytes are with the socket
    async def wait_to_resend(self) -> bool: ...  # False: a stop was requested
