"""Whether someone has a file open for writing, where the system tells.

Linux gives a read lease only on a file that nobody has open for writing; the lease is given back at
once. Only the owner of the file and root get one.
"""

import errno
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path


def is_open_for_writing(path: Path) -> bool:
    """Say whether the file is known to be open for writing; False where nobody knows."""
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
