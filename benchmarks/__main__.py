"""`benchmarks/run [--quick] [LINE...]`: measure, print one table, write docs/performance.md."""

import argparse
import compileall
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import ROOT, Bench
from benchmarks.line import HEADINGS, Line
from benchmarks.lines import LINES
from benchmarks.page import renew_page, write_page
from benchmarks.server import compiler


def main() -> int:
    """Run from the command line."""
    parser = _parser()
    given = parser.parse_args()
    if compiler() is None:
        parser.exit(2, "a C compiler (cc) is needed for the server of the benchmark\n")
    compileall.compile_dir(ROOT / "loader", quiet=1)  # as pip does when it installs
    scale, repeats = (0.1, 1) if given.quick else (given.scale, given.repeats)
    names = given.lines or list(LINES)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(
            folder=Path(folder),
            repeats=repeats,
            scale=scale,
            full=given.full,
            with_peers=not given.no_peers,
        )
        sys.stdout.write(" | ".join(HEADINGS) + "\n")
        table = [line for name in names for line in _show_lines(bench, name)]
    if given.again:
        renew_page(table, bench)
    elif not given.quick and not given.lines:
        write_page(table, bench, options=" ".join(sys.argv[1:]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "lines", nargs="*", choices=[[], *LINES], metavar="LINE", help=f"{', '.join(LINES)}  [all]"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, once; no page")
    parser.add_argument("--repeats", type=int, default=3, help="of what is not long  [3]")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size  [1]")
    parser.add_argument(
        "--full", action="store_true", help="loads and workbooks of 1,000,000 rows, too"
    )
    parser.add_argument("--again", action="store_true", help="put these LINEs into the page")
    parser.add_argument("--no-peers", action="store_true", help="only ours")
    return parser


def _show_lines(bench: Bench, name: str) -> list[Line]:
    """Measure a group of lines, and show each as soon as it is known."""
    lines = []
    bench.measure_machine_speed()
    for line in LINES[name](bench):
        lines.append(line)
        sys.stdout.write(" | ".join(line.cells()) + "\n")
        sys.stdout.flush()
    return lines


if __name__ == "__main__":
    sys.exit(main())
