"""What wakes the watcher: time, and file notifications where the system sends them.

Notifications only shorten a pause. Shares send none and some may be lost, so the next listing comes
in any case.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

_AGAIN_SECONDS: Final = 30.0  # until folders that could not be listened to are tried again


class Wake(Protocol):
    """Waits for time or changes."""

    def wait(self, seconds: float) -> None:
        """Wait that long, or until there may be something new."""

    def close(self) -> None:
        """Stop listening."""


class TimedWake:
    """Waits for time only."""

    def __init__(self) -> None:
        self._never = threading.Event()

    def wait(self, seconds: float) -> None:
        """Wait that long."""
        self._never.wait(seconds)

    def close(self) -> None:
        """Nothing to close."""


class FileEvents:
    """Waits for time or a change in the folders (inotify and its like, through watchfiles)."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="inbox-events", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait that long, or until something changed."""
        if self._changed.wait(seconds):
            self._changed.clear()

    def close(self) -> None:
        """End the thread that listens."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _listen(self) -> None:
        from watchfiles import watch  # noqa: PLC0415 - an extra

        while not self._stop.is_set():
            with suppress(OSError, RuntimeError):  # a folder is gone, or the system has no room
                for _ in watch(
                    *self._folders,
                    watch_filter=None,
                    recursive=False,
                    debounce=200,
                    step=50,
                    stop_event=self._stop,
                    raise_interrupt=False,
                    ignore_permission_denied=True,
                ):
                    self._changed.set()
            self._stop.wait(_AGAIN_SECONDS)


def wake_for(folders: Sequence[Path]) -> Wake:
    """Listen to the folders, or only scan where the extra [watch] is not installed."""
    try:
        import watchfiles  # noqa: F401, PLC0415 - an extra
    except ImportError:
        return TimedWake()
    return FileEvents(folders)
