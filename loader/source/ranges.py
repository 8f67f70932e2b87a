"""Cut a large file into ranges that different machines can read."""

from pathlib import Path
from typing import Final

from loader.errors import UnreadableSource
from loader.source.delimited.ranges import ranges_of_text
from loader.source.file_checks import require_readable
from loader.source.file_kind import FileKind, detect
from loader.source.options import DEFAULT_LIMITS, ReadOptions, Span
from loader.source.parquet import ranges_of_parquet

RANGE_BYTES: Final = 32 << 20  # at least


def ranges_of(path: Path, options: ReadOptions) -> list[Span]:
    """Return ranges that together are the file, in order; [] where it has to be read as a whole.

    That is what a small file has to, and one that is packed, or wrong.
    """
    try:
        require_readable(path)
        if path.stat().st_size < 2 * RANGE_BYTES:
            return []
        match detect(path, path.suffix.lower()):
            case FileKind.PARQUET:
                spans = ranges_of_parquet(path, options, bytes_each=RANGE_BYTES)
            case FileKind.TEXT:
                spans = ranges_of_text(path, options, DEFAULT_LIMITS, bytes_each=RANGE_BYTES)
            case _:
                return []
    except (UnreadableSource, OSError):  # whoever reads it says what is wrong
        return []
    return spans if len(spans) > 1 else []
