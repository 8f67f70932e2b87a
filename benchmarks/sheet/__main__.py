"""Measure sheets in the browser, and write the section: python -m benchmarks.sheet [ROWS ...]."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.page import PAGE
from benchmarks.rows import write_csv, write_xlsx
from benchmarks.sheet.measured import HEADINGS, Contender, measured
from benchmarks.sheet.ours import Ours
from benchmarks.sheet.section import renewed, section
from benchmarks.sheet.streamlit_peer import Streamlit
from benchmarks.sheet.tabulator_peer import Tabulator, fetched

_SIZES: Final = (1_000, 50_000, 100_000)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=_SIZES, metavar="ROWS")
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--write", action="store_true", help="renew docs/performance.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        contenders, missing = _contenders(Path(name), only_ours=asked.only_ours)
        lines = []
        _say(HEADINGS)
        for line in _measured(Path(name), asked.sizes, contenders):
            _say(line)
            lines.append(line)
    if asked.write:
        new = section(lines, missing=missing)
        PAGE.write_text(renewed(PAGE.read_text("utf-8"), new), "utf-8")
    return 0


def _contenders(folder: Path, *, only_ours: bool) -> tuple[list[Contender], str]:
    """Return who is measured, and who is not and why."""
    found: list[Contender] = [Ours()]
    if only_ours:
        return found, "The others were not measured."
    missing = []
    if find_spec("streamlit") is None:
        missing.append("Streamlit was not measured: it is not installed.")
    else:
        found.append(Streamlit())
    files = fetched(folder)
    if files is None:
        missing.append("Tabulator was not measured: npm did not give it.")
    else:
        found.append(Tabulator(files))
    return found, " ".join(missing)


def _measured(
    folder: Path, sizes: list[int], contenders: list[Contender]
) -> Iterator[tuple[str, ...]]:
    for rows in sizes:
        for path in (
            write_csv(folder / f"{rows}.csv", rows, bad_share=0.01),
            write_xlsx(folder / f"{rows}.xlsx", rows),
        ):
            for contender in contenders:
                own = folder / f"{path.name}.{contender.name}"
                own.mkdir()
                found = measured(contender, path, own)
                yield (f"{rows:,}", path.suffix, contender.name, *found.cells())


def _say(line: tuple[str, ...]) -> None:
    sys.stdout.write(" | ".join(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
