"""A check of many files: in one process, and on one and two workers of a Dask cluster.

With a core for each of them, the busiest process decides when the check ends: its CPU-seconds are
shown, which tell the same on a busy machine.
"""

import csv
from collections.abc import Iterator

from benchmarks.bench import Bench, Costs, Measured, run_command
from benchmarks.line import Line, Peer, Ran
from benchmarks.rows import HEADER, all_cells
from benchmarks.watch import cpu_seconds

FILES, ROWS = 40, 50_000
USUAL_FILES, USUAL_ROWS = 12, 10_000  # without --full
_PEERS = (
    ("duckdb, reading only", "peers.reading:duckdb_batches", 1.0),
    ("polars, reading only", "peers.reading:polars_batches", 1.0),
)


def spread(bench: Bench) -> Iterator[Line]:
    """CPU of the same check, and how much less two workers have each than one."""
    files = FILES if bench.full else USUAL_FILES
    rows = bench.rows(ROWS if bench.full else USUAL_ROWS)
    pattern = _files(bench, files, rows)
    ran = Ran(size=files * rows, of=FILES * ROWS, runs=1)
    alone = _checked(pattern)
    peers = bench.peers(_PEERS, lambda _: [pattern], count=files * rows, of=files * rows)
    what = f"check of {files} files × {rows:,} rows"
    yield Line(what=f"{what}, CPU", found=alone.cpu, unit="CPU-s", peers=peers, ran=ran)
    busiest = {workers: _on_cluster(pattern, workers) for workers in (1, 2)}
    for workers, found in busiest.items():
        words = f"{what}, the busiest process with {workers} Dask worker{'s'[: workers - 1]}"
        yield Line(what=words, found=found, unit="CPU-s", ran=ran)
    yield Line(
        what="growth from 1 to 2 Dask workers",
        found=busiest[1] / busiest[2],
        unit="×",
        target=1.6,
        at_least=True,
        judged=files * rows == FILES * ROWS,
        peers=(Peer(name="one process to 2 workers", found=alone.cpu / busiest[2]),),
        ran=ran,
    )


def _files(bench: Bench, files: int, rows: int) -> str:
    """Write the files, each with offers of its own; return their pattern."""
    folder = bench.folder / f"spread-{files}-{rows}"
    folder.mkdir(exist_ok=True)
    name = HEADER.index("name")
    for number in range(files):
        with (folder / f"{number:02}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for cells in all_cells(rows):
                own = list(cells)
                own[name] = f"{own[name]} of {number}"
                writer.writerow(own)
    return str(folder / "*.csv")


def _checked(*words: str) -> Measured:
    words = ("check", *words, "--no-annotate", "--quiet", "--placements", "ids-only")
    costs: Costs = run_command(words)
    return Measured(costs=costs, runs=1)


def _on_cluster(pattern: str, workers: int) -> float:
    """Return the CPU-seconds of the busiest process, on workers that have done a check before."""
    from distributed import Client, LocalCluster  # noqa: PLC0415 - only where it is measured

    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            memory_limit=0,
        ) as cluster,
        Client(cluster) as client,
    ):
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        first = [pattern.replace("*", f"{number:02}") for number in range(4)]
        _checked(*first, "--on", address)  # imports what is needed
        before = client.run(cpu_seconds)
        owner = _checked(pattern, "--on", address).cpu
        after = client.run(cpu_seconds)
        spent: list[float] = [after[worker] - before[worker] for worker in after]
        return max(owner, *spent)
