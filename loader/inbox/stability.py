"""When a dropped file is complete: nobody writes it, and it is unchanged for long enough.

The time is measured with a clock that never steps back, and times of files are only compared for
equality, so neither a wrong clock nor an old file time keeps a file waiting.
"""

import errno
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from loader.inbox.drops import Candidate


class Stability:
    """The files of one folder when it was last listed, and since when each is unchanged."""

    def __init__(self, *, settle_seconds: float) -> None:
        self._settle_seconds = settle_seconds
        self._since: dict[str, tuple[str, float]] = {}

    def record(self, candidates: Sequence[Candidate], *, now: float) -> None:
        """Record the files listed at the monotonic time `now`; forget those that are gone."""
        self._since = {
            each.name: (each.identity, self._same_since(each, now)) for each in candidates
        }

    def is_stable(self, candidate: Candidate, *, now: float) -> bool:
        """Say whether the file has been the same for the settle time."""
        since = self._same_since(candidate, now)
        return now - since >= self._settle_seconds

    def next_settled_at(self) -> float | None:
        """Return when the next of them will have settled if it stays as it is."""
        return min(
            (since + self._settle_seconds for _, since in self._since.values()), default=None
        )

    def _same_since(self, candidate: Candidate, now: float) -> float:
        identity, since = self._since.get(candidate.name, ("", now))
        return since if identity == candidate.identity else now


def is_open_for_writing(path: Path) -> bool:
    """Say whether the file is known to be open for writing; False where nobody knows.

    Linux gives a read lease only on a file that nobody has open for writing; the lease is given
    back at once. Only the owner of the file and root get one.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return False
    import fcntl  # noqa: PLC0415 - not on every system

    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # sent if someone opens it just now
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        with suppress(OSError):
            os.close(handle)
        signal.signal(signal.SIGIO, before)
    return False
