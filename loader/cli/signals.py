"""Signals of the operating system: the first asks a delivery to stop, the second ends the process.

Ending at once is as safe as a kill: what was sent is in the journal. Where nothing is being sent,
the first signal interrupts as Ctrl-C does. On a terminal each says what it does.
"""

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import click

from loader.delivery.stop import Ending, StopSignal
from loader.errors import ExitCode

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STDERR: Final = 2
_STOPPING: Final = "\nstopping: what is being sent is finished first; Ctrl-C again ends at once\n"
_NOTHING_SENT: Final = "nothing was sent: run the same command again to go on"
_SHOW_CURSOR: Final = "\x1b[?25h"  # the bar of the progress hides it
_ENDED: Final = f"\n{_SHOW_CURSOR}ended at once: run the command again to go on\n"


@contextmanager
def stop_signal() -> Iterator[StopSignal]:
    """Give a stop that SIGINT and SIGTERM request until the block ends.

    An interrupt before anything watched the stop says that nothing was sent.
    """
    stop = StopSignal()
    is_second = False

    def handle(_number: int, _frame: object) -> None:
        nonlocal is_second
        if not stop.is_watched:
            raise KeyboardInterrupt
        if is_second:
            _write_to_terminal(_ENDED)
            os._exit(ExitCode.INTERRUPTED)
        is_second = True
        stop.request(Ending.STOPPED, "interrupted")
        _write_to_terminal(_STOPPING)

    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread may handle signals
        return
    before = {each: signal.signal(each, handle) for each in _SIGNALS}
    try:
        yield stop
    except (KeyboardInterrupt, click.Abort):
        if stop.was_watched:
            raise
        raise KeyboardInterrupt(_NOTHING_SENT) from None
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _write_to_terminal(text: str) -> None:
    """Write to the terminal past Python's buffer, which the signal may have interrupted.

    A terminal that is paused (Ctrl-S) is skipped, so that nothing waits for it.
    """
    with suppress(OSError):
        if os.isatty(_STDERR) and (os.name == "nt" or _is_writable()):
            os.write(_STDERR, text.encode())


def _is_writable() -> bool:
    return bool(select.select((), (_STDERR,), (), 0)[1])
