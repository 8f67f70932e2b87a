"""The process that has imported the parsers of files, and forks a child for every file.

Run by `tests.support.forked_parsers`.
"""

import gc
import sys
from importlib import import_module
from typing import Any

from loader.source.formats import READERS
from tests.support.fork_loop import ForkLoop
from tests.support.forking_process import given_sockets

CHILDREN = ("loader.source.child", "loader.annotate.child")
WARM = (
    *(place.partition(":")[0] for place in READERS.values()),
    "loader.annotate.mark_workbook",
    "loader.annotate.correct_workbook",
)


def run(job: dict[str, Any]) -> int:
    """Be the parser."""
    code: int = import_module(job["module"]).main()
    return code


def main() -> None:
    """Import what parsers need, then serve on the sockets whose numbers are given."""
    for name in (*CHILDREN, *WARM):
        import_module(name)
    gc.collect()
    gc.freeze()
    with given_sockets(*sys.argv[1:]) as (control, shared):
        ForkLoop(control, run, shared=shared).serve()


if __name__ == "__main__":
    main()
