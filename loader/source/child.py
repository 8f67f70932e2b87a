"""The child process that reads one file, under limits of memory, computing time and disk.

It gets its job, pickled, by standard input from `loader.source.isolation`, and answers in frames.
"""

import os
import pickle
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import BinaryIO

import orjson

from loader.errors import UnreadableSource
from loader.source.child_frames import write_event, write_frame
from loader.source.file_kind import FileKind
from loader.source.isolation import confine, memory_exceeded


def main() -> int:
    """Read the job from standard input, write frames to standard output."""
    path, kind, options, limits = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our parent
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between frames
    confine(limits)
    from loader.source.formats import read_here  # noqa: PLC0415  # parsers after the limits

    if kind is not FileKind.PARQUET:  # which needs pandas for times with nanoseconds
        sys.meta_path.insert(0, _WithoutPandas())
    try:
        for event in read_here(Path(path), kind, options, limits=limits):
            write_event(out, event)
    except UnreadableSource as error:
        _refuse(out, error)
    except MemoryError:
        _refuse(out, memory_exceeded(limits))
    except BrokenPipeError:
        return 0  # the caller does not wait any more
    write_frame(out, b"D", b"")
    return 0


class _WithoutPandas(MetaPathFinder):
    """Keeps pyarrow from importing pandas, which it does to see whether a list is a pandas column.

    No parser of workbooks needs pandas, and importing it takes as long as reading a small workbook.
    """

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def _refuse(out: BinaryIO, error: UnreadableSource) -> None:
    write_frame(out, b"E", orjson.dumps({"message": str(error), "code": error.code}))


if __name__ == "__main__":
    sys.exit(main())
