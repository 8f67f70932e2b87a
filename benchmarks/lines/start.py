"""What a command costs before it does anything."""

from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench, run_command, run_python
from benchmarks.line import Against, Line, Peer
from benchmarks.rows import write_csv

# pandera imports hypothesis wherever it finds it, which no user has: see benchmarks/installed.py
LIBRARIES = "import sys; sys.modules['hypothesis'] = None; import pandas, pandera.pandas"
NAMES = {"pass": "python -c pass", LIBRARIES: "import of pandas and pandera"}


def start(bench: Bench) -> Iterator[Line]:
    """The help, and a check of ten rows."""
    few = str(write_csv(bench.folder / "few.csv", 10))
    for words, shown, code, most in (
        (["--help"], "loader --help", "pass", 2.0),
        (["check", few, "--quiet"], "loader check of 10 rows", LIBRARIES, 1.15),
    ):
        ours, theirs = bench.repeated_in_turns(
            [partial(run_command, words), partial(run_python, ["-c", code])]
        )
        name = NAMES[code]
        yield Line(
            what=shown,
            found=ours.cpu,
            unit="CPU-s",
            peers=(Peer(name=name, found=theirs.cpu),),
            against=Against(name=name, most=most),
            ran=ours.ran(),
        )
