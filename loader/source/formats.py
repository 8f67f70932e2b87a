"""Which reader reads which kind of file, and whether in this process or in a child.

Text is read here; whatever comes out of an archive or a binary format is read in a child process
with limits, because such parsers can crash or eat memory.
"""

from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from pathlib import Path

from loader.source.file_kind import FileKind
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, TableHead

Reader = Callable[[Path, ReadOptions, Limits], Iterator[TableHead | Batch]]
READERS = {
    FileKind.TEXT: "loader.source.delimited.read:read_delimited",
    FileKind.JSON_LINES: "loader.source.json_lines:read_json_lines",
    FileKind.CACHED: "loader.source.query_cache:read_cached",
    FileKind.PARQUET: "loader.source.parquet:read_parquet",
    FileKind.XLSX: "loader.source.workbook.read:read_xlsx",
    FileKind.ODS: "loader.source.workbook.ods:read_ods",
    FileKind.XLS: "loader.source.workbook.xls:read_xls",
    FileKind.XLSB: "loader.source.workbook.xlsb:read_xlsb",
}
HERE = frozenset({FileKind.TEXT, FileKind.JSON_LINES, FileKind.CACHED})
Events = Generator[TableHead | Batch, None, None]


def read_events(path: Path, kind: FileKind, options: ReadOptions, *, limits: Limits) -> Events:
    """Yield the heads and batches of the file's tables."""
    if kind in HERE or not options.isolated:
        yield from read_here(path, kind, options, limits=limits)
        return
    from loader.source.isolation import read_in_child  # noqa: PLC0415 - CSV needs no child

    yield from read_in_child(path, kind, options, limits=limits)


def read_here(
    path: Path, kind: FileKind, options: ReadOptions, *, limits: Limits
) -> Iterator[TableHead | Batch]:
    """Read the file in this process. Each format imports only what it needs."""
    module, _, name = READERS[kind].partition(":")
    reader: Reader = getattr(import_module(module), name)
    return reader(path, options, limits)
