"""How the cost grows with the rows: of a check, and of a dry run (all but the POST)."""

from collections.abc import Callable, Iterator, Mapping
from tempfile import TemporaryDirectory

from benchmarks.bench import Bench, Costs, Measured, run_command
from benchmarks.line import Line
from benchmarks.plot import Axis, Points, plot

USUAL, LARGEST = 500_000, 5_000_000  # the second with --full
STEPS = (1_000, 100, 10, 1)
POWERS = tuple(10.0**n for n in range(8))
Curve = dict[int, Measured]


def growth(bench: Bench) -> Iterator[Line]:
    """Cost per row among many rows over the cost per row among few."""
    largest = bench.rows(LARGEST if bench.full else USUAL)
    sizes = [largest // step for step in STEPS]
    curves = {
        "check": {size: bench.repeated(_check(bench, size)) for size in sizes},
        "load --dry-run": {size: bench.repeated(_dry_run(bench, size)) for size in sizes},
    }
    for name, curve in curves.items():
        few, middle, most = sizes[0], sizes[-2], sizes[-1]
        yield Line(
            what=f"{name}: a row of {most:,} against a row of {middle:,}",
            found=_of_a_row(curve, middle, most) / _of_a_row(curve, few, middle),
            unit="×",
            target=1.1,
            judged=most >= USUAL,
            ran=curve[most].ran(most, of=LARGEST),
        )
    points = {name: [(float(n), m.cpu) for n, m in curve.items()] for name, curve in curves.items()}
    bench.plots["growth"] = _plot(points)


def _of_a_row(curve: Curve, few: int, many: int) -> float:
    """Return the cost of each row beyond `few`; what a command costs at all is left out."""
    return (curve[many].cpu - curve[few].cpu) / (many - few)


def _check(bench: Bench, count: int) -> Callable[[], Costs]:
    words = ["check", bench.csv(count), "--no-annotate", "--quiet", "--placements", "ids-only"]
    return lambda: run_command(words)


def _dry_run(bench: Bench, count: int) -> Callable[[], Costs]:
    source = bench.csv(count)

    def once() -> Costs:
        with TemporaryDirectory(dir=bench.folder) as place:
            words = ["load", source, "--sandbox", "--dry-run", "--quiet"]
            words += ["--results", f"{place}/r.csv", "--placements", "ids-only"]
            return run_command(words, {"LOADER_JOURNAL": f"{place}/j.sqlite3"})

    return once


def _plot(curves: Mapping[str, Points]) -> str:
    everywhere = [point for points in curves.values() for point in points]
    rows, seconds = zip(*everywhere, strict=True)
    return plot(
        "CPU-seconds of a command, by rows (both axes logarithmic)",
        Axis(title="rows", ticks=POWERS, least=min(rows), most=max(rows), is_log=True),
        Axis(title="CPU-seconds", ticks=POWERS, least=0.5, most=max(10, *seconds), is_log=True),
        curves,
    )
