"""docs/performance.md: the table, and how it came about."""

import sys
from collections.abc import Sequence
from typing import Final

from benchmarks.bench import ROOT, Bench
from benchmarks.line import HEADINGS, Line

PAGE: Final = ROOT / "docs" / "performance.md"
START, END = "<!-- figures -->\n", "<!-- end of the figures -->\n"


def write_page(table: Sequence[Line], bench: Bench) -> None:
    """Write the figures into the page."""
    rows = ["| " + " | ".join(HEADINGS) + " |", "|---" * len(HEADINGS) + "|"]
    rows += ["| " + " | ".join(line.cells()) + " |" for line in table]
    python = sys.version.split()[0]
    size = f"Measured at {bench.scale:g} of the size, Python {python}.\n\n"
    before, _, rest = PAGE.read_text("utf-8").partition(START)
    after = rest.partition(END)[2]
    PAGE.write_text(before + START + size + "\n".join(rows) + "\n" + END + after, "utf-8")
