"""Servers end together with the process that started them, however that ends."""

import ctypes
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1
_SYSTEM = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before the fork


def end_with_parent() -> None:
    """Be interrupted when the parent dies. To be called in the child before it is a program."""
    if _SYSTEM:
        _SYSTEM.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)
