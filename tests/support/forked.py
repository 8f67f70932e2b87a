"""A child of a process that forks, for the process that asked for it."""

import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import IO, Any, AnyStr, Generic, Self

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


class Forked(Generic[AnyStr]):
    """A running child, to be used as a `subprocess.Popen`."""

    def __init__(
        self,
        channel: socket.socket,
        *,
        stdin: IO[AnyStr] | None,
        stdout: IO[AnyStr] | None,
        stderr: IO[AnyStr] | None,
    ) -> None:
        self._channel = channel
        self._received = b""
        self._lock = threading.Lock()  # signals are sent by other threads than the one that waits
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        while b"\n" not in self._received:
            self._receive()
        pid, _, self._received = self._received.partition(b"\n")
        self.pid = int(pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._close()
        finally:
            self.wait()

    def poll(self) -> int | None:
        """Return its exit code, if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, as soon as it has ended."""
        while True:
            with self._lock:
                if self.returncode is None and b"\n" in self._received:
                    self.returncode = int(self._received)
                    self._channel.close()
                if self.returncode is not None:
                    return self.returncode
                channel = self._channel.fileno()
            if not select.select([channel], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(["loader"], timeout or 0.0)
            with self._lock, suppress(BlockingIOError):
                if self.returncode is None:
                    self._receive(socket.MSG_DONTWAIT)

    def _receive(self, how: int = 0) -> None:
        piece = self._channel.recv(64, how)
        if not piece:
            raise RuntimeError("the process that forks has died")
        self._received += piece

    def communicate(self, timeout: float | None = None) -> tuple[AnyStr, AnyStr]:
        """Return its output, when it has ended."""
        outputs: dict[str, AnyStr] = {}

        def read(name: str, stream: IO[AnyStr]) -> None:
            outputs[name] = stream.read()

        streams = {"out": self.stdout, "err": self.stderr}
        readers = [
            threading.Thread(target=read, args=(name, stream), daemon=True)
            for name, stream in streams.items()
            if stream
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired(["loader"], timeout or 0.0)
        self.wait(timeout)
        self._close()
        return outputs["out"], outputs["err"]

    def life(self: "Forked[str]") -> Life:
        """Return its result, when it has ended."""
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
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream:
                stream.close()


def request_child(
    control: socket.socket,
    job: Mapping[str, object],
    *,
    text: bool,
    stdin: int,
    stdout: int,
    stderr: int,
) -> Forked[Any]:
    """Ask for a child. Each stream is a descriptor, PIPE or DEVNULL."""
    with ExitStack() as given:

        def opened(stream: int, *, is_read: bool) -> tuple[IO[Any] | None, int]:
            """Return the end that we keep, and the end of the child."""
            if stream == PIPE:
                reading, writing = os.pipe()
                ours, theirs = (writing, reading) if is_read else (reading, writing)
                given.callback(os.close, theirs)
                mode = ("w" if is_read else "r") + ("" if text else "b")
                return os.fdopen(ours, mode, encoding="utf-8" if text else None), theirs
            if stream == DEVNULL:
                stream = os.open(os.devnull, os.O_RDWR)
                given.callback(os.close, stream)
            return None, stream

        typed, given_in = opened(stdin, is_read=True)
        out, given_out = opened(stdout, is_read=False)
        err, given_err = opened(stderr, is_read=False)
        channel, theirs = socket.socketpair()
        with theirs:
            streams = (theirs.fileno(), given_in, given_out, given_err)
            socket.send_fds(control, [b"s"], streams)
    channel.sendall(json.dumps(job).encode() + b"\n")
    return Forked(channel, stdin=typed, stdout=out, stderr=err)
