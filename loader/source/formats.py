"""Which reader reads which kind of file, and whether in this process or in a child.

Text is read here; whatever comes out of an archive or a binary format is read in a child process
with limits, because such parsers can crash or eat memory.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

from loader.source.batch import Batch, TableHead
from loader.source.kind import FileKind
from loader.source.options import Limits, ReadOptions

HERE = frozenset({FileKind.TEXT, FileKind.JSON_LINES, FileKind.KEPT})
Events = Generator[TableHead | Batch, None, None]


def read_events(path: Path, kind: FileKind, options: ReadOptions, *, limits: Limits) -> Events:
    """Yield the heads and batches of the file's tables."""
    if kind in HERE or not options.isolated:
        yield from read_here(path, kind, options, limits=limits)
        return
    from loader.source.child import read_in_child  # CSV needs no subprocess

    yield from read_in_child(path, kind, options, limits=limits)


def read_here(
    path: Path, kind: FileKind, options: ReadOptions, *, limits: Limits
) -> Iterator[TableHead | Batch]:
    """Read the file in this process."""
    # ruff: noqa: PLC0415  # each format imports only what it needs
    if kind is FileKind.TEXT:
        from loader.source.delimited.read import read_delimited

        return read_delimited(path, options, limits)
    if kind is FileKind.JSON_LINES:
        from loader.source.json_lines import read_json_lines

        return read_json_lines(path, options, limits)
    if kind is FileKind.KEPT:
        from loader.source.kept import read_kept

        return read_kept(path)
    if kind is FileKind.PARQUET:
        from loader.source.parquet import read_parquet

        return read_parquet(path, options, limits)
    if kind is FileKind.XLSX:
        from loader.source.workbook.read import read_xlsx

        return read_xlsx(path, options, limits)
    from loader.source.workbook.other import read_other

    return read_other(path, options, limits)
