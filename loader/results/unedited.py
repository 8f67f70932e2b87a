"""Files that the loader may replace: it wrote them and, if workbooks, nobody edited them since.

A person repairs cells in the workbooks that we write beside their files. So each carries a part
that nothing refers to; every spreadsheet program drops it on saving, and what lacks it is never
overwritten. Tables of results (CSV, JSON Lines) are known by how they begin.
"""

import zipfile
from itertools import count
from pathlib import Path
from typing import Final

from loader.errors import ResultsError
from loader.results.columns import NEUTRALISED_COLUMN, OUTCOME_COLUMNS

MARKER_PART: Final = "docProps/untouched.xml"
MARKER_CONTENT: Final = b'<?xml version="1.0" encoding="UTF-8"?><untouched/>'
_CSV_STARTS: Final = ",".join(OUTCOME_COLUMNS).encode()
_CSV_ENDS: Final = f",{NEUTRALISED_COLUMN}\r\n".encode()  # of the heading, in every version
_JSON_STARTS: Final = b'{"file":'
_HEAD_BYTES: Final = 1 << 20


def is_unedited(path: Path) -> bool:
    """Return whether `path` is a workbook of ours that nobody edited."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MARKER_PART in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def free_path(path: Path) -> Path:
    """Return `path`, or the first of "NAME-2", "NAME-3" … that would overwrite no work."""
    if _may_replace(path):
        return path
    others = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(other for other in others if _may_replace(other))


def refuse_edited(path: Path, *, path_by: str, look_by: str = "") -> None:
    """Raise `ResultsError` if `path` is there and is not ours to replace; `look_by` shows edits."""
    if not _may_replace(path):
        look = f"; {look_by} shows what was edited" if look_by else ""
        raise ResultsError(
            f"{path} is there already, and the loader did not write it, or someone has edited it"
            f" since: choose another place with {path_by}{look}"
        )


def _may_replace(path: Path) -> bool:
    return not path.exists() or (path.is_file() and (_is_blank(path) or _is_ours(path)))


def _is_blank(path: Path) -> bool:
    return path.stat().st_size == 0


def _is_ours(path: Path) -> bool:
    match path.suffix.lower():
        case ".csv":
            head = _head(path)
            return head.startswith(_CSV_STARTS) or _CSV_ENDS in head
        case ".jsonl":
            return _head(path).startswith(_JSON_STARTS) and b'"status":' in _head(path)
        case _:
            return is_unedited(path)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""
