"""The processes that read files of strangers, forked from one that has their imports done.

They have the limits, the environment and the pipes of real ones, which tests of the isolation start
(fixture `real_parsers`).
"""

import atexit
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

from loader.source import isolation
from tests.support.forked import Forked, request_child
from tests.support.forking_process import SHARED_PARSERS, ForkingProcess, connected


@cache
def parsers() -> socket.socket:
    """Return the socket on which the process that forks is asked: that of the session, or ours."""
    if place := os.environ.get(SHARED_PARSERS):
        return connected(place)
    process = ForkingProcess("tests.support.forking_parsers")
    atexit.register(process.close)
    return process.control


def use_forked_parsers(control: socket.socket | None = None) -> None:
    """Let this process, and those that it forks, ask for forked parsers."""
    start = partial(_start, control)
    isolation.subprocess = SimpleNamespace(PIPE=subprocess.PIPE, Popen=start)  # type: ignore[attr-defined]  # what it uses of it


def use_real_parsers() -> None:
    """Let this process start parsers as the product does."""
    isolation.subprocess = subprocess  # type: ignore[attr-defined]


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
    return request_child(control or parsers(), job, text=False, **streams)
