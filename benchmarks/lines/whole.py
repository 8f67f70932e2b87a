"""A whole load, the command as a user starts it: from a CSV file to the results in CSV."""

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from benchmarks.bench import Bench, Costs, Measured, run_command
from benchmarks.line import Line
from benchmarks.server import running_server, settings_for

PER_SECOND = 10_000  # the most that the setting takes: the rate is not what is measured
_MEMORY = 350.0


def whole(bench: Bench) -> Iterator[Line]:
    """Rows per CPU-second, and what the memory does when the rows grow tenfold."""
    fulls = (100_000, 1_000_000) if bench.full else (20_000, 200_000)
    peaks = []
    for full in fulls:
        count = bench.rows(full)
        found = loaded(bench, count)
        peaks.append(found.peak_mb)
        yield Line(
            what=f"end to end, {full:,} rows, 32 in flight",
            found=count / found.cpu,
            unit="rows/CPU-s",
            target=2_500.0 if full == fulls[-1] else None,
            at_least=True,
            ran=found.ran(count, of=full),
        )
        yield peak(f"peak memory of a load, {full:,} rows", found, count, of=full)
    yield Line(
        what="peak memory of a load, ten times the rows",
        found=peaks[1] / peaks[0],
        unit="×",
        target=1.1,
        judged=bench.scale >= 1,
        ran=found.ran(bench.rows(fulls[-1]), of=fulls[-1]),
    )


def peak(what: str, found: Measured, count: int, *, of: int) -> Line:
    """Say how much memory was held at most; judged at the full size only."""
    return Line(
        what=what,
        found=found.peak_mb,
        unit="MB",
        target=_MEMORY,
        judged=count == of,
        ran=found.ran(count, of=of),
    )


def loaded(bench: Bench, count: int) -> Measured:
    """Load so many rows, each time with a new journal."""
    source = bench.csv(count)

    def once() -> Costs:
        with running_server(bench.folder) as address, TemporaryDirectory(dir=bench.folder) as name:
            words = ["load", source, "--results", f"{name}/r.csv", "--quiet", "--yes"]
            variables = settings_for(
                address,
                LOADER_JOURNAL=f"{name}/j.sqlite3",
                LOADER_MAX_PER_SECOND=str(PER_SECOND),
                LOADER_MAX_IN_FLIGHT="32",
            )
            return run_command([*words, "--placements", "ids-only"], variables)

    return bench.repeated(once)
