"""What a check holds at most, however many rows there are."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.line import Line
from benchmarks.lines.whole import peak


def memory(bench: Bench) -> Iterator[Line]:
    """Peak memory at 100,000 rows and at ten times as many."""
    peaks = []
    for full in (100_000, 1_000_000):
        count = bench.rows(full)
        words = ["check", bench.csv(count), "--no-annotate", "--quiet", "--placements", "ids-only"]
        found = bench.command(words)
        peaks.append(found.peak_mb)
        yield peak(f"peak memory of a check, {full:,} rows", found, count, of=full)
    yield Line(
        what="peak memory of a check, ten times the rows",
        found=peaks[1] / peaks[0],
        unit="×",
        target=1.1,
        judged=bench.scale >= 0.5,  # 50,000 rows are more than what is held at once
        ran=found.ran(count, of=full),
    )
