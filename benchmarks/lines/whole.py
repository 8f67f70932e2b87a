"""A whole load, the command as a user starts it: from a CSV file to the results in CSV."""

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from benchmarks.bench import STEADY_HEAP, Bench, Costs, Measured, run_command, run_python
from benchmarks.line import Against, Line, Peer
from benchmarks.server import running_server, settings_for

PER_SECOND = 10_000  # the most that the setting takes: the rate is not what is measured
ONLY_POSTS = "10,000 POSTs by aiohttp"
_MEMORY = 350.0
_OFTEN = 20_000  # rows: more take minutes, and are loaded once


def whole(bench: Bench) -> Iterator[Line]:
    """CPU per 10,000 rows, and what the memory does when the rows grow tenfold."""
    fulls = (100_000, 1_000_000) if bench.full else (20_000, 200_000)
    peaks = []
    for full in fulls:
        count = bench.rows(full)
        found, only_posts = _in_turns_with_posts(bench, count)
        peaks.append(found.peak_mb)
        yield Line(
            what=f"end to end, {full:,} rows, 32 in flight",
            found=found.cpu * 10_000 / count,
            unit="CPU-s per 10,000 rows",
            peers=(Peer(name=ONLY_POSTS, found=only_posts.cpu * 10_000 / count),),
            against=Against(name=ONLY_POSTS, most=3.0),
            judged=count == full,
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


def _in_turns_with_posts(bench: Bench, count: int) -> tuple[Measured, Measured]:
    """Measure a load, and as many POSTs: whole processes, from their start to their end."""
    source = bench.csv(count)

    def load() -> Costs:
        with running_server(bench.folder) as address, TemporaryDirectory(dir=bench.folder) as name:
            words = ["load", source, "--results", f"{name}/r.csv", "--quiet", "--yes"]
            variables = settings_for(
                address,
                LOADER_JOURNAL=f"{name}/j.sqlite3",  # a new one each time
                LOADER_MAX_PER_SECOND=str(PER_SECOND),
                LOADER_MAX_IN_FLIGHT="32",
            )
            return run_command([*words, "--placements", "ids-only"], variables)

    def only_posts() -> Costs:
        with running_server(bench.folder) as address:
            work = ["peers.http:aiohttp_bare", address, str(count), "32"]
            return run_python(["-m", "benchmarks.watch", *work], STEADY_HEAP)

    rounds = max(3, bench.repeats) if count <= _OFTEN else 1
    found, posts = bench.repeated_in_turns([load, only_posts], rounds=rounds)
    return found, posts
