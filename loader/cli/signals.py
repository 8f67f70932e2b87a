"""Signals of the operating system: the first asks a delivery to stop, the second ends the process.

Ending at once is as safe as a kill: what was sent is in the journal. Where nothing is being sent,
the first signal interrupts as Ctrl-C does.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loader.delivery.stop import Ending, StopSignal
from loader.errors import ExitCode

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_signal() -> Iterator[StopSignal]:
    """Give a stop that SIGINT and SIGTERM request until the block ends."""
    stop = StopSignal()

    def handle(_number: int, _frame: object) -> None:
        if not stop.is_watched:
            raise KeyboardInterrupt
        if stop.ending is Ending.STOPPED:
            os._exit(ExitCode.INTERRUPTED)
        stop.request(Ending.STOPPED, "interrupted")

    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread may handle signals
        return
    before = {each: signal.signal(each, handle) for each in _SIGNALS}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
