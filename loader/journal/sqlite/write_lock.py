"""One writer at a time, over all processes: a lock of the system on a file beside the journal.

SQLite has a lock of its own for writers. But 3.7.0 to 3.51.2 can damage a journal in WAL mode when
two connections write or checkpoint at the same moment (https://sqlite.org/wal.html#walresetbug), so
every write transaction and every checkpoint of ours holds this lock. Readers need none.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

_PAUSE_SECONDS: Final = 0.002


class WriteLock:
    """The lock, for one connection. It ends with the process, however that ends."""

    def __init__(self, journal: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._handle = os.open(journal.with_name(f"{journal.name}.lock"), flags, 0o600)
        os.fchmod(self._handle, 0o600)

    def try_take(self) -> bool:
        """Take it if it is free."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, *, most_seconds: float) -> bool:
        """Take it, or say that it was not free for so long."""
        until = time.monotonic() + most_seconds
        while not self.try_take():
            if time.monotonic() > until:
                return False
            time.sleep(_PAUSE_SECONDS)
        return True

    def release(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file, and release with it."""
        os.close(self._handle)
