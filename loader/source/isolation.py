"""A process of its own for what strangers wrote: with limits, and ended when nobody waits.

Rules of this file: the process gets its job, pickled, by its standard input; nothing pickled comes
back. It runs `module`, which calls `confine` before it imports any parser.
"""

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, cast

from loader.errors import UnreadableSource
from loader.source.options import Limits

if sys.platform != "win32":
    import resource

KILLED = 1 if sys.platform == "win32" else -signal.SIGKILL  # the end of a child that we ended
GREEDY = (
    "reading it took more {what} than a spreadsheet needs; it may be damaged or made to do harm."
    " Save the sheet as .csv, or split it"
)


@contextmanager
def confined(module: str, job: object) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `module` in a child process, hand it its job, and end it when the block ends."""
    child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        (sys.executable, "-m", module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with child:
        try:
            tell = cast("IO[bytes]", child.stdin)
            with suppress(BrokenPipeError):  # its end says why
                tell.write(pickle.dumps(job))
                tell.close()
            yield child
        finally:
            child.kill()


def confine(limits: Limits) -> None:
    """Bound this process: memory, computing time, the size of its files, no core file."""
    if sys.platform == "win32":  # no such limits there; the parent still limits the time
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, bound in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.unpacked_bytes),
    ):
        most = resource.getrlimit(name)[1]
        allowed = bound if most == resource.RLIM_INFINITY else min(bound, most)
        resource.setrlimit(name, (allowed, most))


def greedy(what: str) -> UnreadableSource:
    """Return the error for a file that took too much of something."""
    return UnreadableSource(GREEDY.format(what=what), code="beyond-limits")


def death(child: "subprocess.Popen[bytes]") -> UnreadableSource:
    """Say why the process ended before its work was done."""
    said = cast("IO[bytes]", child.stderr).read().decode(errors="replace").strip()
    code = child.wait()
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return greedy("computing time")
    if "MemoryError" in said or "memory allocation" in said or "malloc" in said.lower():
        return greedy("memory")
    last = said.splitlines()[-1] if said else f"code {code}"
    return UnreadableSource(
        f"the parser could not cope with it ({last[:200]}); open it in a spreadsheet program and"
        " save it again as .xlsx or .csv",
        code="parser-failed",
    )
