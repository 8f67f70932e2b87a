"""One watcher at a time for an inbox, or several that share a journal.

The lock is the operating system's and ends with the process. A note in the file says who holds it.
On a share it holds between machines only if the share passes locks on.
"""

import fcntl
import json
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from loader.errors import SettingsError


class InboxLock:
    """The lock of an inbox, held until `close` or the end of the process."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, path: Path, *, shared: bool = False) -> Self | None:
        """Take the lock at `path`, or return None where another watcher has it.

        It is `shared` with those who claim each file in the same journal, and with nobody else.
        """
        if path.is_symlink():
            raise SettingsError(f"the lock {path} is a link, and none is followed: remove it")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.lockf(handle, how | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        since = datetime.now(UTC).isoformat(timespec="seconds")
        note = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(note).encode(), 0)
        return cls(handle)

    def close(self) -> None:
        """Give it back."""
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
        os.close(self._handle)


def holder(path: Path) -> str:
    """Say who holds the lock at `path`; "" where nobody does."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return _words(path)
    finally:
        os.close(handle)
    return ""


def _words(path: Path) -> str:
    try:
        note = json.loads(path.read_text("utf-8"))
        return f"process {note['pid']} on {note['host']}, since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
