"""What a check holds at most, however many rows there are: the larger of its processes."""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench
from benchmarks.line import Line
from benchmarks.lines.whole import peak


def memory(bench: Bench) -> Iterator[Line]:
    """Peak memory at 100,000 rows and at ten times as many; a workbook of those takes a minute."""
    yield from _of(bench, "CSV", bench.csv)
    if bench.full:
        yield from _of(bench, "XLSX", bench.xlsx)


def _of(bench: Bench, kind: str, file_of: Callable[[int], str]) -> Iterator[Line]:
    peaks = []
    for size in (100_000, 1_000_000):
        count = bench.rows(size)
        words = ["check", file_of(count), "--no-annotate", "--quiet", "--placements", "ids-only"]
        found = bench.command(words)
        peaks.append(found.peak_mb)
        yield peak(f"peak memory of a check, {size:,} {kind} rows", found, count, of=size)
    yield Line(
        what=f"peak memory of a check of {kind}, ten times the rows",
        found=peaks[1] / peaks[0],
        unit="×",
        target=1.1,
        judged=bench.scale >= 0.5,  # 50,000 rows are more than what is held at once
        ran=found.ran(count, of=size),
    )
