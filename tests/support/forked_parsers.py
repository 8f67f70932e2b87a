"""The processes that read files of strangers, forked from one that has their imports done.

They have the limits, the environment and the pipes of real ones, which tests of the isolation start
(fixture `real_parsers`).
"""

import atexit
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

from loader.source import isolation
from tests.support.forked import Forked, asked


@cache
def parsers() -> socket.socket:
    """Start the process that forks; return the socket on which it is asked."""
    control, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forking_parsers", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
        )

    def end() -> None:
        control.close()
        process.wait(30)

    atexit.register(end)
    return control


def start_forked_ones(control: socket.socket | None = None) -> None:
    """Let this process, and those that it forks, ask for forked parsers."""
    start = partial(_start, control)
    isolation.subprocess = SimpleNamespace(PIPE=subprocess.PIPE, Popen=start)  # type: ignore[assignment]  # what it uses of it


def start_real_ones() -> None:
    """Let this process start parsers as the product does."""
    isolation.subprocess = subprocess


def _start(
    control: socket.socket | None,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    **streams: int,
) -> Forked[bytes]:
    """Start a parser as `subprocess.Popen` would."""
    assert set(streams.values()) == {subprocess.PIPE}
    job = {"module": command[-1], "environment": dict(env), "folder": str(Path.cwd())}
    return asked(control or parsers(), job, text=False, **streams)
