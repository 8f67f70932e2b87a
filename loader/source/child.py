"""The parsers' process: reads one file under limits of memory, CPU and time, and dies alone.

A parser that crashes, or that a hostile file makes greedy, ends its own process; here that is an
`UnreadableSource`, and a run that is sending goes on.
Rules of this file: the child gets its job by its standard input, and answers in frames; what is
pickled goes only from us to it, so `looks_like_header` must be a function of a module.
"""

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from loader.errors import UnreadableSource
from loader.source.batch import Batch, TableHead
from loader.source.isolation import KILLED, confine, confined, death, greedy
from loader.source.kind import FileKind
from loader.source.options import Limits, ReadOptions
from loader.source.wire import read_event, read_frames, write_event, write_frame

AHEAD = 4  # batches that may wait for the caller
MODULE = "loader.source.child"


def read_in_child(
    path: Path, kind: FileKind, options: ReadOptions, *, limits: Limits
) -> Generator[TableHead | Batch, None, None]:
    """Yield what a child process reads from the file."""
    with confined(MODULE, (str(path.absolute()), kind, options, limits)) as child:
        yield from _receive(child, limits)


def _receive(
    child: "subprocess.Popen[bytes]", limits: Limits
) -> Generator[TableHead | Batch, None, None]:
    hear = cast("BinaryIO", child.stdout)
    frames: queue.Queue[tuple[bytes, bytes]] = queue.Queue(AHEAD)
    threading.Thread(target=_pump, args=(hear, frames, child), daemon=True).start()
    while True:
        try:
            letter, payload = frames.get(timeout=limits.silent_seconds)
        except queue.Empty as error:
            raise greedy("time") from error
        match letter:
            case b"D":
                return
            case b"E":
                raise UnreadableSource(**orjson.loads(payload))
            case b"X":
                raise death(child)
        yield read_event(letter, payload)


def _pump(
    hear: BinaryIO, frames: "queue.Queue[tuple[bytes, bytes]]", child: "subprocess.Popen[bytes]"
) -> None:
    """Move frames into the bounded queue; end when the child, or the caller, has ended."""
    try:
        for frame in read_frames(hear):
            while not _offer(frames, frame):
                if child.poll() is not None and child.returncode == KILLED:
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


def main() -> int:
    """Read the job from standard input, write frames to standard output."""
    path, kind, options, limits = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our parent
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between frames
    confine(limits)
    from loader.source.formats import read_here  # noqa: PLC0415  # parsers after the limits

    try:
        for event in read_here(Path(path), kind, options, limits=limits):
            write_event(out, event)
    except UnreadableSource as error:
        _refuse(out, error)
    except MemoryError:
        _refuse(out, greedy("memory"))
    except BrokenPipeError:
        return 0  # nobody wants to know any more
    write_frame(out, b"D", b"")
    return 0


def _refuse(out: BinaryIO, error: UnreadableSource) -> None:
    write_frame(out, b"E", orjson.dumps({"message": str(error), "code": error.code}))


if __name__ == "__main__":
    sys.exit(main())
