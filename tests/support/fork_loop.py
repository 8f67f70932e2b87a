"""The loop of a process that forks a child for every job that it is asked to do.

Each job comes with the socket on which the asker hears the number of the child and then its exit
code, and with the standard streams of the child.
"""

import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Any, cast

STREAMS = 3  # that a process has: what it is told, what it says, what it complains about
MOST_FILES = 1024
Work = Callable[[dict[str, Any]], int]


class ForkLoop:
    """Starts children and says how each of them ended.

    It is asked on `control`, by whoever started this process, and by those who connect to `shared`.
    """

    def __init__(
        self,
        control: socket.socket,
        work: Work,
        *,
        shared: socket.socket | None = None,
        kept: Collection[int] = (),
    ) -> None:
        self._control = control
        self._shared = shared
        self._work = work
        self._kept = kept  # files that stay open in the children
        # By the number of the child: on which socket it was asked for, and who hears of it.
        self._waiting: dict[int, tuple[socket.socket, socket.socket]] = {}

    def serve(self) -> None:
        """Work until `control` is closed. What somebody asked for ends when they are gone."""
        woken, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            if self._shared:
                selector.register(self._shared, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd == woken:
                        os.read(woken, 512)
                        self._say_who_ended()
                    elif key.fileobj is self._shared:
                        selector.register(self._shared.accept()[0], selectors.EVENT_READ)
                    elif not self._start(asker := cast("socket.socket", key.fileobj)):
                        self._end_all_of(asker)
                        if asker is self._control:
                            return
                        selector.unregister(asker)
                        asker.close()

    def _start(self, asker: socket.socket) -> bool:
        """Start a child; False when there is no job to come."""
        try:
            asked, descriptors, _, _ = socket.recv_fds(asker, 1, STREAMS + 1)
        except ConnectionResetError:
            return False
        if not asked:
            return False
        pid = os.fork()
        if pid == 0:
            self._be_the_child(descriptors)
        with socket.socket(fileno=descriptors[0]) as told:
            self._waiting[pid] = asker, told.dup()
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        self._say(self._waiting[pid][1], pid)
        return True

    def _say_who_ended(self) -> None:
        while self._waiting:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._waiting.pop(pid)[1] as told:
                self._say(told, os.waitstatus_to_exitcode(status))

    @staticmethod
    def _say(told: socket.socket, number: int) -> None:
        try:
            told.sendall(b"%d\n" % number)
        except BrokenPipeError:  # nobody waits for it any more
            return

    def _end_all_of(self, asker: socket.socket) -> None:
        for pid, (whose, _) in self._waiting.items():
            if asker in (whose, self._control):
                os.kill(pid, signal.SIGKILL)

    def _be_the_child(self, descriptors: list[int]) -> None:
        """Do the job in the process that was forked for it. Never returns."""
        code = 3
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with socket.socket(fileno=descriptors[0]) as told, told.makefile("rb") as said:
                job = json.loads(said.readline())
            for number, descriptor in enumerate(descriptors[1:]):
                os.dup2(descriptor, number)
            for first, last in _between(self._kept):
                os.closerange(first, last)
            os.chdir(job["folder"])
            os.environ.clear()
            os.environ.update(job["environment"])
            time.tzset()
            _open_streams()
            code = self._work(job)
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:  # what an interpreter would do with it
            traceback.print_exc()
            sys.stderr.flush()
            raise
        finally:
            os._exit(code)


def _between(kept: Collection[int]) -> list[tuple[int, int]]:
    """Return the ranges of files to close."""
    bounds = [STREAMS - 1, *sorted(kept), MOST_FILES]
    return [(one + 1, other) for one, other in pairwise(bounds)]


def _open_streams() -> None:
    """Make the objects of the standard streams, as an interpreter does when it starts."""
    buffering = 1 if os.isatty(1) else -1
    sys.stdin = os.fdopen(0, closefd=False, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", buffering, closefd=False, encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", 1, closefd=False, encoding="utf-8", errors="backslashreplace")
