"""docs/performance.md and its plots: the table, and how it came about. All of it is made here.

What was found and tried is written by hand, in docs/performance-findings.md; the words around the
table are in page.md.
"""

import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.bench import ROOT, Bench
from benchmarks.line import HEADINGS, Line
from benchmarks.lines.whole import PER_SECOND
from benchmarks.rates.section import HEADING as RATES
from benchmarks.yardstick import WHAT

PAGE: Final = ROOT / "docs" / "performance.md"
LIBRARIES: Final = ("pandas", "pyarrow", "pandera", "aiohttp", "httpx", "anyio", "orjson")
Row: TypeAlias = tuple[str, ...]  # the cells of a line
_VERDICT: Final = HEADINGS.index("")
TEXT: Final = Path(__file__).with_name("page.md")


def write_page(table: Sequence[Line], bench: Bench, *, options: str) -> None:
    """Write the page and its plots."""
    _write_plots(bench)
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    _, heading, rates = before.partition(RATES)
    new = page(table, bench, options=options)
    PAGE.write_text(new.rstrip() + "\n\n" + heading + rates if heading else new, "utf-8")


def renew_page(table: Sequence[Line], bench: Bench) -> None:
    """Put lines that were measured again into the page, and their plots beside it."""
    _write_plots(bench)
    PAGE.write_text(renewed(PAGE.read_text("utf-8"), table), "utf-8")


def page(table: Sequence[Line], bench: Bench, *, options: str) -> str:
    """Return the page."""
    rows = [line.cells() for line in table]
    plots = "".join(f"![{name}](performance-{name}.svg)\n\n" for name in bench.plots)
    return TEXT.read_text("utf-8").format(
        command=f"benchmarks/run {options}".strip(),
        counts=_counts(rows),
        table=_table(rows),
        repeats=bench.repeats,
        per_second=PER_SECOND,
        plots=plots,
        machine=_machine(),
        speed=_speed(bench.yardsticks),
    )


def renewed(text: str, table: Sequence[Line]) -> str:
    """Return a page with some lines as they were measured again, marked so, and those it lacked."""
    first, _, _ = text[text.index("| ") :].partition("\n\n")
    old = [tuple(row[2:-2].split(" | ")) for row in first.splitlines() if row.startswith("| ")][1:]
    again = {line.what: (*line.cells()[:-1], f"{line.ran}, again") for line in table}
    new = [again.pop(row[0], row) for row in old]
    new += again.values()  # lines that the page did not have
    return text.replace(_table(old), _table(new)).replace(_counts(old), _counts(new))


def _write_plots(bench: Bench) -> None:
    for name, svg in bench.plots.items():
        PAGE.with_name(f"performance-{name}.svg").write_text(svg, "utf-8")


def _counts(rows: Sequence[Row]) -> str:
    judged = [row for row in rows if row[_VERDICT] in {"met", "not met"}]
    missed = [row[0] for row in judged if row[_VERDICT] == "not met"]
    words = f"{len(judged) - len(missed)} of {len(judged)} targets are met."
    return f"{words} Not met: {'; '.join(missed)}." if missed else words


def _table(rows: Sequence[Row]) -> str:
    head = ["| " + " | ".join(HEADINGS) + " |", "|---" * len(HEADINGS) + "|"]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in rows])


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB of memory, {platform.system()}"
        f" {platform.release().split('-')[0]}; Python {platform.python_version()}, SQLite"
        f" {sqlite3.sqlite_version}, {libraries}."
    )


def _speed(yardsticks: Sequence[float]) -> str:
    """Say how fast the machine was, and how steady."""
    seconds = [f"{each(yardsticks):.2f}" for each in (statistics.median, min, max)]
    return f"{WHAT} took {seconds[0]} CPU-seconds ({seconds[1]} to {seconds[2]})"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
