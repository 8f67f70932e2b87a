"""Connections to a mail server that end: a reply has a limit, and so has the time for all of them.

The standard library waits so long for each piece of a reply, however many pieces come.
"""

import io
import smtplib
import socket
import time
from typing import Any, Final

MOST_BYTES: Final = 1_000_000  # of all replies of a connection
MOST_WAITS: Final = 10  # times the time for one reply


class _Reply(io.RawIOBase):
    """What a server says, up to a number of bytes and until a time by the monotonic clock."""

    def __init__(self, connection: socket.socket, *, until: float) -> None:
        self._connection = connection
        self._until = until
        self._left = MOST_BYTES

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:  # Any: what holds bytes
        """Take the next bytes."""
        count = self._connection.recv_into(buffer)
        self._left -= count
        if self._left < 0 or time.monotonic() > self._until:
            raise TimeoutError("it answers without end")
        return count


class _Bounded:
    """What both kinds of connections do before they wait for a reply."""

    sock: socket.socket | None
    timeout: float
    file: Any = None  # Any: as smtplib has it, unset by each new connection
    until: float | None = None

    def read_bounded(self) -> None:
        """Read replies up to the limits."""
        if self.until is None:
            self.until = time.monotonic() + MOST_WAITS * self.timeout
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Reply(self.sock, until=self.until))


class BoundedSmtp(_Bounded, smtplib.SMTP):
    """A connection that is plain, at first or for ever."""

    def getreply(self) -> tuple[int, bytes]:
        """Wait for a reply."""
        self.read_bounded()
        return super().getreply()


class BoundedSmtpOverTls(_Bounded, smtplib.SMTP_SSL):
    """A connection over TLS from the start."""

    def getreply(self) -> tuple[int, bytes]:
        """Wait for a reply."""
        self.read_bounded()
        return super().getreply()
