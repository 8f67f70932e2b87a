"""A child process for files from outside: limited, without secrets, ended with its caller.

A parser that crashes, or that a hostile file makes greedy, ends its own process; here that is an
`UnreadableSource`, and a run that is sending goes on. The child gets its job, pickled, by its
standard input; nothing pickled comes back.
"""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

import orjson

from loader.errors import LoaderError, UnreadableSource
from loader.source.child_frames import read_event, read_frames
from loader.source.file_kind import FileKind
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, TableHead

if sys.platform != "win32":
    import resource

READING = "loader.source.child"
FRAMES_AHEAD = 4  # batches that may wait for the caller
KILLED = 1 if sys.platform == "win32" else -signal.SIGKILL  # the exit code of a child that we ended
STARTED = "loader: the process has started\n"  # until it says so, its end is no fault of a file
LIMIT_EXCEEDED = (
    "reading it takes more than {most}, which is the limit for one file. Split the file, or save it"
    " as .csv; if it is a small one, it may be damaged or made to do harm"
)
# What an interpreter needs to start, to find temporary folders, and to use one thread.
NEEDED = {
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "HOME", "LANG", "TZ"),
    *("TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR", "OPENBLAS_NUM_THREADS"),
}
NEEDED_PREFIXES = ("PYTHON", "LC_", "COVERAGE_")


@contextmanager
def confined_child(module: str, job: object) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `module` in a child process, hand it its job, and end it when the block ends."""
    child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        (sys.executable, "-m", module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment_of_child(os.environ),
    )
    with child:
        try:
            job_input = cast("IO[bytes]", child.stdin)
            with suppress(BrokenPipeError):  # how it ended says why
                job_input.write(pickle.dumps(job))
                job_input.close()
            yield child
        finally:
            child.kill()


def environment_of_child(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a child may know of the environment: no setting of ours, and no secret."""
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in NEEDED or name.upper().startswith(NEEDED_PREFIXES)
    }


def confine(limits: Limits) -> None:
    """Bound this process: memory, computing time, the size of its files, no core file."""
    sys.stderr.write(STARTED)
    sys.stderr.flush()
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


def memory_exceeded(limits: Limits) -> UnreadableSource:
    """Return the error for a file that takes too much memory."""
    return _limit_exceeded(f"{limits.memory_bytes / (1 << 30):.2g} GB of memory")


def time_exceeded(limits: Limits) -> UnreadableSource:
    """Return the error for a file that takes too much computing time."""
    return _limit_exceeded(f"{limits.cpu_seconds} s of computing time")


def silent_time_exceeded(seconds: float) -> UnreadableSource:
    """Return the error for a file from which no row came for so long."""
    return _limit_exceeded(f"{seconds:g} s without a row of it")


def _limit_exceeded(most: str) -> UnreadableSource:
    return UnreadableSource(LIMIT_EXCEEDED.format(most=most), code="beyond-limits")


def describe_exit(child: "subprocess.Popen[bytes]", limits: Limits) -> LoaderError:
    """Say why the process ended before its work was done."""
    output = cast("IO[bytes]", child.stderr).read().decode(errors="replace")
    _, has_started, errors = output.rpartition(STARTED)
    code = child.wait()
    last = errors.strip().splitlines()[-1][:200] if errors.strip() else f"code {code}"
    if not has_started or last.startswith(("ImportError", "ModuleNotFoundError")):
        return LoaderError(
            f"the loader's own process that reads files did not start ({last}); nothing is known"
            " about the file. Install the loader again, and check that this Python can import it",
            code="reader-not-started",
        )
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return time_exceeded(limits)
    if "MemoryError" in errors or "memory allocation" in errors or "malloc" in errors.lower():
        return memory_exceeded(limits)
    return UnreadableSource(
        f"the parser failed on it ({last}); open it in a spreadsheet program and save it again as"
        " .xlsx or .csv",
        code="parser-failed",
    )


def read_in_child(
    path: Path, kind: FileKind, options: ReadOptions, *, limits: Limits
) -> Generator[TableHead | Batch, None, None]:
    """Yield what a child process reads from the file."""
    with confined_child(READING, (str(path.absolute()), kind, options, limits)) as child:
        yield from _receive(child, limits)


def _receive(
    child: "subprocess.Popen[bytes]", limits: Limits
) -> Generator[TableHead | Batch, None, None]:
    stream = cast("BinaryIO", child.stdout)
    frames: queue.Queue[tuple[bytes, bytes]] = queue.Queue(FRAMES_AHEAD)
    threading.Thread(target=_pump, args=(stream, frames, child), daemon=True).start()
    while True:
        try:
            letter, payload = frames.get(timeout=limits.silent_seconds)
        except queue.Empty as error:
            raise silent_time_exceeded(limits.silent_seconds) from error
        match letter:
            case b"D":
                return
            case b"E":
                raise UnreadableSource(**orjson.loads(payload))
            case b"X":
                raise describe_exit(child, limits)
        yield read_event(letter, payload)


def _pump(
    stream: BinaryIO, frames: "queue.Queue[tuple[bytes, bytes]]", child: "subprocess.Popen[bytes]"
) -> None:
    """Move frames into the bounded queue; end when the child, or the caller, has ended."""
    try:
        for frame in read_frames(stream):
            while not _put(frames, frame):
                if child.poll() is not None and child.returncode == KILLED:
                    return
    except (OSError, ValueError):
        pass  # the caller closed the pipe
    _put(frames, (b"X", b""))


def _put(frames: "queue.Queue[tuple[bytes, bytes]]", frame: tuple[bytes, bytes]) -> bool:
    try:
        frames.put(frame, timeout=1.0)
    except queue.Full:
        return False
    return True
