"""Workbooks that are ours to replace: written by the loader, and not edited since.

A person mends cells in the workbooks that we write beside their files. So each carries a part that
nothing refers to; every spreadsheet program drops it on saving, and what lacks it is never
overwritten.
"""

import zipfile
from itertools import count
from pathlib import Path
from typing import Final

from loader.errors import ResultsError

PART: Final = "docProps/untouched.xml"
CONTENT: Final = b'<?xml version="1.0" encoding="UTF-8"?><untouched/>'


def is_unedited(path: Path) -> bool:
    """Say whether `path` is a workbook of ours that nobody edited."""
    try:
        with zipfile.ZipFile(path) as archive:
            return PART in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def free_path(path: Path) -> Path:
    """Return `path`, or the first of "NAME-2", "NAME-3" … that would overwrite no work."""
    if _is_free(path):
        return path
    others = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(other for other in others if _is_free(other))


def refuse_edited(path: Path, *, flag: str) -> None:
    """Raise `ResultsError` if `path` is there and is not ours to replace."""
    if not _is_free(path):
        raise ResultsError(
            f"{path} is there already, and the loader did not write it, or someone has edited it"
            f" since: choose another place with {flag} PATH, or remove it"
        )


def _is_free(path: Path) -> bool:
    return not path.exists() or is_unedited(path)
