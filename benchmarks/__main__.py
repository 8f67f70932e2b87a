"""`python -m benchmarks [--quick] [LINE...]`: measure, print one table, write docs/performance.md.

Rules of this file: every figure is the median of several child processes; CPU-seconds of the
client, never wall time; what is measured at a smaller size says so and is held to a target scaled
by the same factor.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.rows import write_csv, write_xlsx
from benchmarks.server import compiler, running_server, settings_for

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
START, END = "<!-- figures -->\n", "<!-- end of the figures -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table. `target` None: a peer, or a figure without one."""

    name: str
    what: str
    found: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return ""
        met = self.found >= self.target if self.at_least else self.found <= self.target
        return "met" if met else "not met"

    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        sign = "≥" if self.at_least else "≤"
        target = "" if self.target is None else f"{sign} {self.target:g}"
        return (self.what, f"{self.found:,.2f} {self.unit}", target, self.verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where inputs lie, how often each thing is measured, and at what part of the full size."""

    folder: Path
    repeats: int
    scale: float

    def rows(self, full: int) -> int:
        """Return how many rows stand for `full` of them."""
        return max(1_000, int(full * self.scale))

    def csv(self, count: int, *, bad_share: float = 0.0) -> str:
        """Return a CSV file of so many rows."""
        path = self.folder / f"rows-{count}-{bad_share}.csv"
        return str(write_csv(path, count, bad_share=bad_share))

    def cost(self, *words: str) -> dict[str, float]:
        """Return the median costs of a piece of work in processes of its own."""
        told = [_told(words) for _ in range(self.repeats)]
        return {key: statistics.median(each[key] for each in told) for key in told[0]}


def _told(words: tuple[str, ...]) -> dict[str, float]:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.watch", *words],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def delivery(bench: Bench) -> Iterator[Line]:
    """CPU of the client per 10,000 POSTs."""
    count = bench.rows(10_000)
    per = 10_000 / count
    with running_server(bench.folder) as address:
        for lanes in (8, 32, 128, 512):
            cpu = bench.cost("delivery:ours", address, str(count), str(lanes))["cpu"] * per
            target = 3.0 if lanes == 32 else None
            yield Line(
                name="delivery", what=f"10,000 POSTs, {lanes} in flight, no journal",
                found=cpu, unit="CPU-s", target=target,
            )  # fmt: skip
        for peer, share in (("bare_aiohttp", 1.0), ("httpx_pool", 0.1)):
            some = max(500, int(count * share))
            cpu = bench.cost(f"delivery:{peer}", address, str(some), "32")["cpu"] * 10_000 / some
            name = peer.replace("_", " ")
            yield Line(name="delivery", what=f"… by {name}, 32 in flight", found=cpu, unit="CPU-s")


def validation(bench: Bench) -> Iterator[Line]:
    """The pandera schema."""
    count = bench.rows(1_000_000)
    found = []
    for share in (0.01, 0.5):
        cpu = bench.cost("stages:checking", bench.csv(count, bad_share=share))["cpu"]
        found.append(cpu * 1_000_000 / count)
    what = "1,000,000 rows × 12 checked"
    yield Line(name="validation", what=f"{what}, 1 % bad", found=found[0], unit="CPU-s", target=6.0)
    yield Line(
        name="validation", what=f"{what}, 50 % bad", found=found[1], unit="CPU-s", target=12.0
    )


def mapping(bench: Bench) -> Iterator[Line]:
    """Mapping and JSON."""
    count = bench.rows(200_000)
    cpu = bench.cost("stages:mapping", bench.csv(count))["cpu"] * 200_000 / count
    yield Line(
        name="mapping", what="200,000 rows to JSON and digests", found=cpu, unit="CPU-s", target=1.5
    )


def reading(bench: Bench) -> Iterator[Line]:
    """Reading CSV and XLSX."""
    count = bench.rows(1_000_000)
    path = bench.csv(count)
    for name, work, target in (("", "reading", 4.0), (", csv module", "csv_module", None)):
        cpu = bench.cost(f"stages:{work}", path)["cpu"] * 1_000_000 / count
        yield Line(
            name="reading", what=f"1,000,000 CSV rows{name}", found=cpu, unit="CPU-s", target=target
        )
    count = bench.rows(100_000)
    book = str(write_xlsx(bench.folder / f"rows-{count}.xlsx", count))
    for name, work, target in (("", "reading", 3.0), (", openpyxl", "openpyxl_rows", None)):
        cpu = bench.cost(f"stages:{work}", book)["cpu"] * 100_000 / count
        yield Line(
            name="reading", what=f"100,000 XLSX rows{name}", found=cpu, unit="CPU-s", target=target
        )


def results(bench: Bench) -> Iterator[Line]:
    """The results workbook."""
    count = bench.rows(100_000)
    told = bench.cost("stages:results", str(bench.folder / "results.xlsx"), str(count))
    yield Line(
        name="results", what="a results workbook of 100,000 rows",
        found=told["cpu"] * 100_000 / count, unit="CPU-s", target=5.0,
    )  # fmt: skip


def whole(bench: Bench) -> Iterator[Line]:
    """CSV to results CSV, the command as a user starts it."""
    for count in (bench.rows(20_000), bench.rows(200_000)):
        with running_server(bench.folder) as address, tempfile.TemporaryDirectory() as place:
            more = {"LOADER_MAX_PER_SECOND": "1000", "LOADER_MAX_IN_FLIGHT": "32"}
            cpu, peak = _loaded(
                bench.csv(count),
                Path(place),
                settings_for(address, LOADER_JOURNAL=f"{place}/j.sqlite3", **more),
            )
        last = count == bench.rows(200_000)
        yield Line(
            name="whole", what=f"end to end, {count:,} rows", found=count / cpu, unit="rows/CPU-s",
            target=2_500.0 if last else None, at_least=True,
        )  # fmt: skip
        yield Line(
            name="whole", what=f"its peak memory, {count:,} rows", found=peak, unit="MB",
            target=350.0,
        )  # fmt: skip


def memory(bench: Bench) -> Iterator[Line]:
    """What a check holds at most, however many rows there are."""
    peaks = []
    for count in (bench.rows(100_000), bench.rows(1_000_000)):
        words = ["check", bench.csv(count), "--no-annotate", "--quiet", "--placements", "ids-only"]
        peaks.append(_ran(words)[1])
        yield Line(
            name="memory", what=f"peak memory of a check, {count:,} rows", found=peaks[-1],
            unit="MB", target=350.0,
        )  # fmt: skip
    yield Line(
        name="memory", what="… at ten times the rows", found=peaks[1] / peaks[0], unit="×",
        target=1.1,
    )  # fmt: skip


def _loaded(source: str, place: Path, variables: dict[str, str]) -> tuple[float, float]:
    words = ["load", source, "--results", str(place / "r.csv"), "--quiet", "--yes"]
    return _ran([*words, "--placements", "ids-only"], variables)


def _ran(
    words: list[str], variables: Mapping[str, str] = MappingProxyType({})
) -> tuple[float, float]:
    """Run a command; return its CPU-seconds and its peak megabytes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "loader", *words],
        cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"loader {words[0]} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def start(bench: Bench) -> Iterator[Line]:
    """What a command costs before it does anything."""
    few = write_csv(bench.folder / "few.csv", 10)
    for words, target in ((["--help"], 0.15), (["check", str(few)], 1.2)):
        spent = [_ran(words)[0] for _ in range(max(3, bench.repeats))]
        shown = words[0] if words[0] == "--help" else "check of 10 rows"
        yield Line(
            name="start", what=f"loader {shown}", found=statistics.median(spent), unit="CPU-s",
            target=target,
        )  # fmt: skip


LINES: dict[str, Callable[[Bench], Iterator[Line]]] = {
    "delivery": delivery,
    "validation": validation,
    "mapping": mapping,
    "reading": reading,
    "results": results,
    "whole": whole,
    "memory": memory,
    "start": start,
}


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "lines", nargs="*", choices=[[], *LINES], metavar="LINE", help=f"{', '.join(LINES)}  [all]"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, once; no page")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size")
    given = parser.parse_args()
    if compiler() is None:
        parser.exit(2, "a C compiler (cc) is needed for the server of the benchmark\n")
    scale, repeats = (0.1, 1) if given.quick else (given.scale, given.repeats)
    table = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(folder=Path(folder), repeats=repeats, scale=scale)
        for name in given.lines or LINES:
            for line in LINES[name](bench):
                table.append(line)
                sys.stdout.write("  ".join(line.cells()) + "\n")
                sys.stdout.flush()
    if not given.quick and not given.lines:
        _write_page(table, scale=scale, repeats=repeats)
    return 0


def _write_page(table: list[Line], *, scale: float, repeats: int) -> None:
    rows = ["| what | ours or a peer | target | |", "|---|---|---|---|"]
    rows += ["| " + " | ".join(line.cells()) + " |" for line in table]
    python = sys.version.split()[0]
    size = f"Measured at {scale:g} of the size, medians of {repeats}, Python {python}.\n\n"
    before, _, rest = PAGE.read_text("utf-8").partition(START)
    after = rest.partition(END)[2]
    PAGE.write_text(before + START + size + "\n".join(rows) + "\n" + END + after, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
