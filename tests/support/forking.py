"""The process that has imported the loader, and forks a child for every command that is asked for.

Run by `tests.support.fork_server`, which hands it the standard streams of each command and the
socket on which it hears the number of the process, and at last its exit code.
"""

import gc
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import time
import traceback
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

import loader.cli
import loader.journal
import loader.results
import loader.run
from loader.__main__ import main as loader_main
from tests.support.short_waits import shorten_waits

PACKAGES = (loader.cli, loader.journal, loader.results, loader.run)
WARM = (  # what else children need not import
    "anyio._backends._asyncio",
    "encodings.cp437",
    "encodings.utf_16_le",
    "httpcore",
    "loader.api.client",
    "loader.inbox.metrics",
    "loader.inbox.service",
    "loader.profile.drafting",
    "loader.web.serving",
)
STREAMS = 3  # that a command has: what it is told, what it says, what it complains about
MOST_FILES = 1024


class _Server:
    """Starts commands and says how each of them ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._waiting: dict[int, socket.socket] = {}  # by the number of the process

    def serve(self) -> None:
        """Work until nobody can ask any more; what runs then is ended."""
        woken, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd == woken:
                        os.read(woken, 512)
                        self._say_who_ended()
                    elif not self._start():
                        self._end_all()
                        return

    def _start(self) -> bool:
        """Start a command; False when there is none to come."""
        asked, descriptors, _, _ = socket.recv_fds(self._control, 1, STREAMS + 1)
        if not asked:
            return False
        pid = os.fork()
        if pid == 0:
            _be_the_command(descriptors)
        with socket.socket(fileno=descriptors[0]) as told:
            self._waiting[pid] = told.dup()
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        self._say(self._waiting[pid], pid)
        return True

    def _say_who_ended(self) -> None:
        while self._waiting:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._waiting.pop(pid) as told:
                self._say(told, os.waitstatus_to_exitcode(status))

    @staticmethod
    def _say(told: socket.socket, number: int) -> None:
        try:
            told.sendall(b"%d\n" % number)
        except BrokenPipeError:  # nobody waits for it any more
            return

    def _end_all(self) -> None:
        for pid in self._waiting:
            os.kill(pid, signal.SIGKILL)


def _be_the_command(descriptors: list[int]) -> None:
    """Be the command, in the process that was forked for it. Never returns."""
    code = 3
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with socket.socket(fileno=descriptors[0]) as told, told.makefile("rb") as said:
            job = json.loads(said.readline())
        for number, descriptor in enumerate(descriptors[1:]):
            os.dup2(descriptor, number)
        os.closerange(STREAMS, MOST_FILES)
        code = _run(job)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # what an interpreter would do with it
        traceback.print_exc()
        sys.stderr.flush()
        raise
    finally:
        os._exit(code)


def _run(job: dict[str, Any]) -> int:
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    time.tzset()
    sys.argv = ["loader", *job["arguments"]]
    _open_streams()
    if job["limits"]:
        import resource  # noqa: PLC0415 - no such limits on every system

        for name, most in job["limits"].items():
            resource.setrlimit(getattr(resource, name), (most, most))
    if job["points"]:
        from tests.support.mortality import Mortality  # noqa: PLC0415 - few commands are mortal

        Mortality(**job["points"]).install()
    return loader_main(job["arguments"])


def _open_streams() -> None:
    """Make the objects of the standard streams, as an interpreter does when it starts."""
    buffering = 1 if os.isatty(1) else -1
    sys.stdin = os.fdopen(0, closefd=False, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", buffering, closefd=False, encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", 1, closefd=False, encoding="utf-8", errors="backslashreplace")


def main() -> None:
    """Import what commands need, then serve on the socket whose number is given."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    for name in WARM:
        import_module(name)
    shorten_waits()
    with redirect_stdout(io.StringIO()):  # pandera imports much when it first checks something
        loader_main(["check", "samples/offers.csv"])
    gc.collect()
    gc.freeze()  # else the collector of each child would touch, and so copy, all that is imported
    with socket.socket(fileno=int(sys.argv[1])) as control:
        _Server(control).serve()


if __name__ == "__main__":
    main()
