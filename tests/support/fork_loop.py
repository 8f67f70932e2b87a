"""The loop of a process that forks a child for every job that it is asked to do.

Each job comes with a socket, which gets the number of the child and then its exit code, and with
the standard streams of the child.
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

STREAMS = 3  # standard input, output and error
MOST_FILES = 1024
Work = Callable[[dict[str, Any]], int]


class ForkLoop:
    """Starts children and reports how each of them ended.

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
        # By process id: the socket that asked for the child, and the one that gets its exit code.
        self._children: dict[int, tuple[socket.socket, socket.socket]] = {}

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
                        self._report_ended()
                    elif key.fileobj is self._shared:
                        selector.register(self._shared.accept()[0], selectors.EVENT_READ)
                    elif not self._start(asker := cast("socket.socket", key.fileobj)):
                        self._kill_children_of(asker)
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
            self._run_child(descriptors)
        with socket.socket(fileno=descriptors[0]) as channel:
            self._children[pid] = asker, channel.dup()
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        self._report(self._children[pid][1], pid)
        return True

    def _report_ended(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._children.pop(pid)[1] as channel:
                self._report(channel, os.waitstatus_to_exitcode(status))

    @staticmethod
    def _report(channel: socket.socket, number: int) -> None:
        try:
            channel.sendall(b"%d\n" % number)
        except BrokenPipeError:  # the asker is gone
            return

    def _kill_children_of(self, asker: socket.socket) -> None:
        for pid, (whose, _) in self._children.items():
            if asker in (whose, self._control):
                os.kill(pid, signal.SIGKILL)

    def _run_child(self, descriptors: list[int]) -> None:
        """Do the job in the process that was forked for it. Never returns."""
        code = 3
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with socket.socket(fileno=descriptors[0]) as channel, channel.makefile("rb") as lines:
                job = json.loads(lines.readline())
            for number, descriptor in enumerate(descriptors[1:]):
                os.dup2(descriptor, number)
            for first, last in _gaps(self._kept):
                os.closerange(first, last)
            os.chdir(job["folder"])
            os.environ.clear()
            os.environ.update(job["environment"])
            time.tzset()
            _open_streams()
            code = self._work(job)
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:  # as an interpreter would end
            traceback.print_exc()
            sys.stderr.flush()
            raise
        finally:
            os._exit(code)


def _gaps(kept: Collection[int]) -> list[tuple[int, int]]:
    """Return the ranges of files to close."""
    bounds = [STREAMS - 1, *sorted(kept), MOST_FILES]
    return [(one + 1, other) for one, other in pairwise(bounds)]


def _open_streams() -> None:
    """Make the objects of the standard streams, as an interpreter does when it starts."""
    buffering = 1 if os.isatty(1) else -1
    sys.stdin = os.fdopen(0, closefd=False, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", buffering, closefd=False, encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", 1, closefd=False, encoding="utf-8", errors="backslashreplace")
