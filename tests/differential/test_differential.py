"""Many small workbooks of many writers, read by us and three others: every difference has a reason.

LibreOffice reads all files at once, and what it writes is read again. The usual suite takes the
writers that are dependencies; `make writers` takes all that can be had, and is slow.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.differential.readers import (
    SOFFICE,
    Cells,
    by_calamine,
    by_libreoffice,
    by_openpyxl,
    converted,
    ours,
    seen,
)
from tests.differential.rules import REFUSED, RULES, WRITTEN, Difference, unexplained
from tests.differential.sheets import BLANK, sheet
from tests.differential.writers import ALWAYS, NODE, OF_NODE, WHERE_THERE, Rows, by_node

Files = dict[Path, tuple[str, Rows]]  # the writer, and what it was asked for
needs_libreoffice = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not installed (Debian: libreoffice-calc-nogui)"
)


def written_always(folder: Path, seeds: range) -> Files:
    """Let the writers that are dependencies write a workbook for each seed."""
    files: Files = {}
    for name, (suffix, write) in ALWAYS.items():
        for seed in seeds:
            path = folder / f"always-{len(files)}{suffix}"
            files[path] = name, sheet(seed)
            write(*(path, files[path][1]))
    return files


def written_where_there(folder: Path, seeds: range) -> Files:
    """Let the other writers write, those that are installed."""
    files: Files = {}
    for name, (module, suffix, write) in WHERE_THERE.items():
        for seed in seeds if find_spec(module) else ():
            path = folder / f"there-{len(files)}{suffix}"
            files[path] = name, sheet(seed)
            write(*(path, files[path][1]))
    for name, (library, suffix) in OF_NODE.items():
        if has_node_library(library):
            some = {folder / f"node-{name}-{seed}{suffix}": sheet(seed) for seed in seeds}
            by_node(some, library)
            files |= {path: (name, rows) for path, rows in some.items()}
    return files


def has_node_library(name: str) -> bool:
    """Tell whether node finds a library."""
    if NODE is None:
        return False
    looked = subprocess.run(
        [NODE, "-e", f"require.resolve({name!r})"], capture_output=True, check=False
    )
    return looked.returncode == 0


def differences(files: Files, converted_to: Mapping[Path, Path]) -> Iterator[Difference]:
    """Yield every cell that somebody reads otherwise than we do."""
    for path, (writer, rows) in files.items():
        wanted = {
            (row, at): found
            for row, cells in enumerate(rows, start=2)
            for at, cell in enumerate(cells)
            if (found := seen(cell.value)) is not None
        }
        readings = {WRITTEN: wanted, "calamine": read(by_calamine, path)}
        if path.suffix == ".xlsx":
            readings["openpyxl"] = read(by_openpyxl, path)
        readings["LibreOffice"] = read(by_libreoffice, converted_to[path])
        yield from compared(writer, ours(path), readings, rows)
        copy = converted_to[path]
        if not copy.exists():
            continue  # LibreOffice did not open it
        again = {"LibreOffice": readings["LibreOffice"], "calamine": read(by_calamine, copy)}
        yield from compared(f"LibreOffice, of {writer}", ours(copy), again, rows)


def read(reader: object, path: Path) -> Cells | str:
    """Return what a reader reads, or why it refuses."""
    try:
        return reader(path)  # type: ignore[operator]  # a function of a path
    except BaseException as error:  # calamine's panic is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return str(error)[:200]


def compared(
    writer: str, own: Cells, readings: Mapping[str, Cells | str], rows: Rows
) -> Iterator[Difference]:
    """Yield the cells in which readings differ from ours."""
    for reader, theirs in readings.items():
        if isinstance(theirs, str):
            yield Difference(writer, reader, None, (REFUSED, theirs), BLANK)
            continue
        for row, at in sorted(own.keys() | theirs.keys()):
            mine, other = own.get((row, at)), theirs.get((row, at))
            if mine != other:
                is_there = row - 2 < len(rows) and at < len(rows[0])
                cell = rows[row - 2][at] if is_there else BLANK
                yield Difference(writer, reader, mine, other, cell)


@needs_libreoffice
def test_what_is_always_written_is_read_alike(tmp_path: Path) -> None:
    files = written_always(tmp_path, range(2))
    copies = converted(files, tmp_path / "copies")

    assert unexplained(list(differences(files, copies))) == []


@needs_libreoffice
@pytest.mark.slow
def test_what_any_writer_writes_is_read_alike(tmp_path: Path) -> None:
    seeds = range(int(os.environ.get("WRITER_SEEDS", "25")))
    files = {**written_always(tmp_path, seeds), **written_where_there(tmp_path, seeds)}
    copies = converted(files, tmp_path / "copies")

    found = list(differences(files, copies))

    assert unexplained(found) == []
    if len({writer for writer, _ in files.values()}) == len(ALWAYS) + len(WHERE_THERE) + len(
        OF_NODE
    ):
        assert [rule.why for rule in RULES if not any(map(rule.holds, found))] == []
    shutil.rmtree(tmp_path / "copies")
