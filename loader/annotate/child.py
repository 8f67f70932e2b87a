"""The process that copies a workbook, to mark or to correct it, and how it is asked to.

It has the same limits as reading, and answers with one JSON document.
"""

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from loader.errors import UnreadableSource
from loader.source.isolation import (
    confine,
    confined_child,
    describe_exit,
    memory_exceeded,
    silent_time_exceeded,
)
from loader.source.options import Limits

if TYPE_CHECKING:
    from loader.annotate.mark_workbook import CopyResult

MODULE = "loader.annotate.child"
_CLOCK_PER_CPU_SECOND = 5  # a busy machine may give it a fifth of its time


def copy_with_marks(
    source: Path, spool: Path, out: Path, *, macros: bool, limits: Limits
) -> "CopyResult":
    """Write the marked copy of `source` to `out`; `refused` says why there is none."""
    return _run_child(("annotate", source.absolute(), spool, out, macros, limits), limits)


def copy_with_edits(
    source: Path, edits: Path, out: Path, *, macros: bool, limits: Limits
) -> "CopyResult":
    """Write a copy of `source` with edited cells to `out`; `refused` says why there is none."""
    return _run_child(("correct", source.absolute(), edits, out, macros, limits), limits)


def _run_child(job: tuple[str, Path, Path, Path, bool, Limits], limits: Limits) -> "CopyResult":
    limits = replace(limits, cpu_seconds=min(limits.cpu_seconds, limits.copying_seconds))
    with confined_child(MODULE, job) as child:
        try:
            child.wait(timeout=_CLOCK_PER_CPU_SECOND * limits.cpu_seconds)
        except subprocess.TimeoutExpired:
            return _refused(silent_time_exceeded(_CLOCK_PER_CPU_SECOND * limits.cpu_seconds))
        if child.returncode != 0 or child.stdout is None:
            return _refused(describe_exit(child, limits))
        answer: CopyResult = orjson.loads(child.stdout.read())
        return answer


def _refused(error: Exception) -> "CopyResult":
    return {"refused": str(error), "lost": [], "uncommented": 0}


def main() -> int:
    """Read the job from standard input, write the answer to standard output."""
    action, source, input_file, out, macros, limits = pickle.load(sys.stdin.buffer)  # noqa: S301  # our parent
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    confine(limits)
    from loader.annotate.correct_workbook import correct  # noqa: PLC0415  # as above
    from loader.annotate.mark_workbook import annotate  # noqa: PLC0415  # parsers after the limits

    try:
        write = annotate if action == "annotate" else correct
        result = write(source, input_file, out, macros=macros, limits=limits)
    except MemoryError:
        result = _refused(memory_exceeded(limits))
    except UnreadableSource as error:
        result = _refused(error)
    except Exception as error:  # noqa: BLE001  # whatever openpyxl makes of strange workbooks
        result = _refused(UnreadableSource(f"openpyxl cannot copy it ({type(error).__name__})"))
    with suppress(BrokenPipeError):
        answer.write(orjson.dumps(result))
        answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
