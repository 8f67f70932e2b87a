"""The heartbeat of a session, from a thread: the process may be busy with a large file."""

import threading
from collections.abc import Callable
from typing import Final

_BEATS: Final = 4  # in the time that a session may be silent


class Heartbeat:
    """Calls `beat` again and again, until it returns False or is stopped."""

    def __init__(self, name: str, beat: Callable[[], bool], *, silent_seconds: float) -> None:
        self._beat = beat
        self._seconds = silent_seconds / _BEATS
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; the last beat is over when this returns."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds) and self._beat():
            pass
