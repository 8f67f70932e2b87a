"""Rows that come only once (the answer of a database), cached in a file that is read like others.

The file has the frames of `loader.source.child_frames`; its digest tells whether a later answer
differs.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from loader.source.child_frames import read_event, read_frames, write_event
from loader.source.options import Limits, ReadOptions
from loader.source.parsed_rows import Batch, TableHead
from loader.source.unpack import reporting_full_disk


def cache_events(events: Iterable[TableHead | Batch], folder: Path) -> Path:
    """Write heads and batches to a file in `folder`; return its path."""
    target = folder / "cached"
    with reporting_full_disk(), target.open("wb") as out:
        for event in events:
            write_event(out, event)
    return target


def read_cached(path: Path, options: ReadOptions, limits: Limits) -> Iterator[TableHead | Batch]:
    """Yield what was cached, in the same batches."""
    del options, limits
    with path.open("rb") as file:
        for letter, payload in read_frames(file):
            yield read_event(letter, payload)
