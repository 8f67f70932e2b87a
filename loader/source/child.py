"""The parsers' process: reads one file under limits of memory, CPU and time, and dies alone.

A parser that crashes, or that a hostile file makes greedy, ends its own process; here that is an
`UnreadableSource`, and a run that is sending goes on.
Rules of this file: the child gets its job by its standard input, and answers in frames; what is
pickled goes only from us to it, so `looks_like_header` must be a function of a module.
"""

import os
import pickle
import queue
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO, BinaryIO, cast

import orjson

from loader.errors import UnreadableSource
from loader.source.batch import Batch, TableHead
from loader.source.kind import FileKind
from loader.source.options import Limits, ReadOptions
from loader.source.wire import read_event, read_frames, write_event, write_frame

AHEAD = 4  # batches that may wait for the caller
COMMAND = (sys.executable, "-m", "loader.source.child")
GREEDY = (
    "reading it took more {what} than a spreadsheet needs; it may be damaged or made to do harm."
    " Save the sheet as .csv, or split it"
)


def read_in_child(
    path: Path, kind: FileKind, options: ReadOptions, *, limits: Limits
) -> Generator[TableHead | Batch, None, None]:
    """Yield what a child process reads from the file."""
    job = (str(path.absolute()), kind, options, limits)
    child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with child:
        try:
            yield from _receive(child, pickle.dumps(job), limits)
        finally:
            child.kill()


def _receive(
    child: "subprocess.Popen[bytes]", job: bytes, limits: Limits
) -> Generator[TableHead | Batch, None, None]:
    tell, hear = cast("IO[bytes]", child.stdin), cast("BinaryIO", child.stdout)
    try:
        tell.write(job)
        tell.close()
    except BrokenPipeError:
        pass  # its end says why
    frames: queue.Queue[tuple[bytes, bytes]] = queue.Queue(AHEAD)
    threading.Thread(target=_pump, args=(hear, frames, child), daemon=True).start()
    while True:
        try:
            letter, payload = frames.get(timeout=limits.silent_seconds)
        except queue.Empty as error:
            raise UnreadableSource(GREEDY.format(what="time"), code="beyond-limits") from error
        match letter:
            case b"D":
                return
            case b"E":
                raise UnreadableSource(**orjson.loads(payload))
            case b"X":
                raise _death(child)
        yield read_event(letter, payload)


def _pump(
    hear: BinaryIO, frames: "queue.Queue[tuple[bytes, bytes]]", child: "subprocess.Popen[bytes]"
) -> None:
    """Move frames into the bounded queue; end when the child, or the caller, has ended."""
    try:
        for frame in read_frames(hear):
            while not _offer(frames, frame):
                if child.poll() is not None and child.returncode == -signal.SIGKILL:
                    return
    except (OSError, ValueError):
        pass  # the caller closed the pipe
    _offer(frames, (b"X", b""))


def _offer(frames: "queue.Queue[tuple[bytes, bytes]]", frame: tuple[bytes, bytes]) -> bool:
    try:
        frames.put(frame, timeout=1.0)
    except queue.Full:
        return False
    return True


def _death(child: "subprocess.Popen[bytes]") -> UnreadableSource:
    said = cast("IO[bytes]", child.stderr).read().decode(errors="replace").strip()
    code = child.wait()
    if code == -signal.SIGXCPU:
        return UnreadableSource(GREEDY.format(what="computing time"), code="beyond-limits")
    if "MemoryError" in said or "memory allocation" in said or "malloc" in said.lower():
        return UnreadableSource(GREEDY.format(what="memory"), code="beyond-limits")
    last = said.splitlines()[-1] if said else f"code {code}"
    return UnreadableSource(
        f"the parser could not cope with it ({last[:200]}); open it in a spreadsheet program and"
        " save it again as .xlsx or .csv",
        code="parser-failed",
    )


def main() -> int:
    """Read the job from standard input, write frames to standard output."""
    path, kind, options, limits = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our parent
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between frames
    _limit(limits)
    from loader.source.formats import read_here  # noqa: PLC0415  # parsers after the limits

    try:
        for event in read_here(Path(path), kind, options, limits=limits):
            write_event(out, event)
    except UnreadableSource as error:
        write_frame(out, b"E", orjson.dumps({"message": str(error), "code": error.code}))
    except MemoryError:
        said = {"message": GREEDY.format(what="memory"), "code": "beyond-limits"}
        write_frame(out, b"E", orjson.dumps(said))
    except BrokenPipeError:
        return 0  # nobody wants to know any more
    write_frame(out, b"D", b"")
    return 0


def _limit(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, bound in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
    ):
        most = resource.getrlimit(name)[1]
        allowed = bound if most == resource.RLIM_INFINITY else min(bound, most)
        resource.setrlimit(name, (allowed, most))


if __name__ == "__main__":
    sys.exit(main())
