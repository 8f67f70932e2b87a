"""What a command costs before it does anything."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.line import Line
from benchmarks.rows import write_csv


def start(bench: Bench) -> Iterator[Line]:
    """The help, and a check of ten rows."""
    few = str(write_csv(bench.folder / "few.csv", 10))
    for words, shown, target in (
        (["--help"], "loader --help", 0.15),
        (["check", few, "--quiet"], "loader check of 10 rows", 1.2),
    ):
        found = bench.command(words)
        yield Line(
            what=shown, found=found.cpu, unit="CPU-s", target=target,
            ran=found.ran(),
        )  # fmt: skip
