"""Which sources a command line names: patterns expanded (Windows shells do not), repeats reported.

A name that is a file is that file, whatever characters it has; the files of a
pattern come sorted; what a pattern matches but should not (our own results, the lock files of
office programs) is left out and reported; a file is read once.
"""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from loader.errors import UnreadableSource
from loader.model import Notice
from loader.source.query import Query

Given: TypeAlias = str | Query
LOCKS = ("~$", ".~lock.")
RESULTS = (
    *(".results.xlsx", ".results.csv", ".results.jsonl"),
    *(".checked.xlsx", ".checked.xlsm", ".failed.xlsx"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFiles:
    """The sources to read, in order, and what the user should know of how they were found."""

    given: tuple[Given, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """What the sources are called."""
        return tuple(str(each) for each in self.given)


def named_files(names: Sequence[Given]) -> NamedFiles:
    """Return what `names` (paths, patterns, "-", queries) mean; raise where a pattern has none."""
    queries = [name for name in names if isinstance(name, Query)]
    paths: dict[str, str] = {}  # where a file really is -> as the user knows it
    notices: list[Notice] = []
    for name in names:
        for path in _expand(name, notices) if isinstance(name, str) else ():
            _require_utf8(path)
            known = paths.setdefault(_real_path(path), path)
            if known is not path:
                other = f" (also as {known})" if known != path else ""
                message = f"named twice{other}; it is read once"
                notices.append(Notice(source=path, code="named-twice", message=message))
    return NamedFiles(given=(*paths.values(), *queries), notices=tuple(notices))


def _require_utf8(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UnreadableSource(
            f"{path}: the name is not UTF-8, so nothing can be written about it: rename it"
        ) from None


def _expand(name: str, notices: list[Notice]) -> Iterator[str]:
    if not glob.has_magic(name) or os.path.lexists(name):
        yield name
        return
    hits = glob.glob(name, recursive=True)  # noqa: PTH207  # Path.glob takes no absolute pattern
    found = sorted(path for path in hits if Path(path).is_file())
    sources = [path for path in found if not is_ignored(Path(path).name, pattern=name)]
    if not sources:
        others = f" (but {', '.join(found[:3])}, which is no source)" if found else ""
        raise UnreadableSource(
            f"{name}: no file matches this pattern{others}; check the folder and the spelling, or"
            " name the files",
            code="no-such-file",
        )
    ignored = [path for path in found if path not in sources]
    if ignored:
        message = f"not read, because they are results or lock files: {', '.join(ignored[:10])}"
        notices.append(Notice(source=name, code="left-out", message=message))
    yield from sources


def is_ignored(name: str, *, pattern: str) -> bool:
    """Say whether a `pattern` is not meant to match a file: our own results, a lock."""
    ours = tuple(ending for ending in RESULTS if not pattern.lower().endswith(ending))
    return name.startswith(LOCKS) or name.lower().endswith(ours)


def _real_path(path: str) -> str:
    return path if path == "-" else str(Path(path).resolve())
