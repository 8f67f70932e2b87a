"""Commands of the loader in processes of their own, forked from one that has all imports done.

A process is started in a twentieth of the time that a new interpreter takes, and is as real as one:
it has a folder, an environment, standard streams, limits and signals of its own. What it lacks is
the start and the end of an interpreter: a test of those starts `python -m loader` itself.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Self

from tests.support.mortality import DIED

PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One command, from its start to its end."""

    code: int
    out: str
    err: str
    points: tuple[str, ...]  # that it passed

    @property
    def died(self) -> bool:
        """Whether it was ended by us."""
        return self.code in (DIED, -signal.SIGKILL)


class Forked:
    """A running command, to be used as a `subprocess.Popen` with text."""

    def __init__(self, told: socket.socket, out: int | None, err: int | None) -> None:
        self._told = told
        self._heard = b""
        self._lock = threading.Lock()  # signals are sent by other threads than the one that waits
        self.returncode: int | None = None
        self.stdout = None if out is None else os.fdopen(out, encoding="utf-8")
        self.stderr = None if err is None else os.fdopen(err, encoding="utf-8")
        while b"\n" not in self._heard:
            self._hear()
        pid, _, self._heard = self._heard.partition(b"\n")
        self.pid = int(pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        self._close()

    def poll(self) -> int | None:
        """Return its exit code, if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, as soon as it has ended."""
        while True:
            with self._lock:
                if self.returncode is None and b"\n" in self._heard:
                    self.returncode = int(self._heard)
                    self._told.close()
                if self.returncode is not None:
                    return self.returncode
                told = self._told.fileno()
            if not select.select([told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(["loader"], timeout or 0.0)
            with self._lock, suppress(BlockingIOError):
                if self.returncode is None:
                    self._hear(socket.MSG_DONTWAIT)

    def _hear(self, how: int = 0) -> None:
        piece = self._told.recv(64, how)
        if not piece:
            raise RuntimeError("the process that forks has died")
        self._heard += piece

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return all that it says, when it has ended."""
        said = {"out": "", "err": ""}

        def read(name: str, stream: IO[str] | None) -> None:
            said[name] = stream.read() if stream else ""

        readers = [
            threading.Thread(target=read, args=given, daemon=True)
            for given in (("out", self.stdout), ("err", self.stderr))
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired(["loader"], timeout or 0.0)
        self.wait(timeout)
        self._close()
        return said["out"], said["err"]

    def life(self) -> Life:
        """Return what it was, when it has ended."""
        out, err = self.communicate()
        return Life(code=self.wait(), out=out, err=err, points=())

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _close(self) -> None:
        for stream in (self.stdout, self.stderr):
            if stream:
                stream.close()


class ForkServer:
    """The handle of the process that forks. Commands may run side by side."""

    def __init__(self, *, measured: bool) -> None:
        self._kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LOADER_") and (measured or not name.startswith("COVERAGE_"))
        }
        self._control, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forking", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=DEVNULL,
                cwd=Path(__file__).parents[2],
                env=self._kept,
            )

    @property
    def pid(self) -> int:
        """The number of the process that is the parent of every command."""
        return self._process.pid

    def start(
        self,
        *arguments: str,
        folder: Path,
        variables: Mapping[str, str],
        stdin: int = DEVNULL,
        stdout: int = PIPE,
        stderr: int = PIPE,
        limits: Mapping[str, int] | None = None,
        points: Mapping[str, object] | None = None,
    ) -> Forked:
        """Start a command. Each stream is a descriptor, PIPE or DEVNULL; limits are by their name.

        `variables` win over the environment of this process, of which none of the loader's
        settings are left.
        """
        job = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": {**self._kept, **variables},
            "limits": dict(limits or {}),
            "points": points and dict(points),
        }
        with ExitStack() as ours:

            def opened(stream: int) -> tuple[int | None, int]:
                """Return the end that we keep, and the end of the command."""
                if stream == PIPE:
                    kept, given = os.pipe()
                    ours.callback(os.close, given)
                    return kept, given
                if stream == DEVNULL:
                    given = os.open(os.devnull, os.O_RDWR)
                    ours.callback(os.close, given)
                    return None, given
                return None, stream

            (out, given_out), (err, given_err) = opened(stdout), opened(stderr)
            told, theirs = socket.socketpair()
            with theirs, self._lock:
                streams = (theirs.fileno(), opened(stdin)[1], given_out, given_err)
                socket.send_fds(self._control, [b"s"], streams)
        told.sendall(json.dumps(job).encode() + b"\n")
        return Forked(told, out, err)

    def run(
        self,
        *arguments: str,
        folder: Path,
        variables: Mapping[str, str],
        mortal: bool = True,
        die_at: int = 0,
        die_on: str = "",
        kill_after: float | None = None,
    ) -> Life:
        """Run one command; let it die at a point (its number from 1, or name), or after seconds.

        `mortal`: note the points that it passes.
        """
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out,
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as err,
            tempfile.NamedTemporaryFile("r", encoding="utf-8") as log,
        ):
            command = self.start(
                *arguments,
                folder=folder,
                variables=variables,
                stdout=out.fileno(),
                stderr=err.fileno(),
                points={"log": log.name, "die_at": die_at, "die_on": die_on} if mortal else None,
            )
            try:
                code = command.wait(kill_after)
            except subprocess.TimeoutExpired:
                command.kill()
                code = command.wait()
            out.seek(0)
            err.seek(0)
            return Life(code=code, out=out.read(), err=err.read(), points=(*log.read().split(),))

    def close(self) -> None:
        """End it."""
        self._control.close()
        self._process.wait(30)


@cache
def shared_fork_server(*, measured: bool = True) -> ForkServer:
    """The server of this process, started when it is first needed.

    `measured`: the coverage of its commands counts, which takes as long again as they themselves.
    """
    if measured and not any(name.startswith("COVERAGE_") for name in os.environ):
        return shared_fork_server(measured=False)
    made = ForkServer(measured=measured)
    atexit.register(made.close)
    return made
