"""The section of docs/performance.md on sheets in the browser."""

import os
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from benchmarks.sheet.measured import HEADINGS
from benchmarks.sheet.tabulator_peer import VERSION as TABULATOR

HEADING: Final = "## A sheet in the browser"
_NEXT: Final = "\n## "
_TEXT: Final = Path(__file__).with_name("section.md")


def section(lines: Sequence[Sequence[str]], *, missing: str) -> str:
    """Return the section; `missing` says who was not measured, and why."""
    table = [HEADINGS, ["---"] * len(HEADINGS), *lines]
    return f"{HEADING}\n" + _TEXT.read_text("utf-8").format(
        streamlit=_version("streamlit"),
        tabulator=TABULATOR,
        missing=f" {missing}" if missing else "",
        load=f"{os.getloadavg()[2]:.0f}",
        cores=os.cpu_count(),
        table="\n".join("| " + " | ".join(line) + " |" for line in table),
    )


def renewed(page: str, new: str) -> str:
    """Return the page with this section replaced, or added at its end."""
    before, heading, rest = page.partition(HEADING)
    if heading:
        _, following, after = rest.partition(_NEXT)
        return before + new + (following + after if following else "")
    return f"{page.rstrip()}\n\n{new}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"
