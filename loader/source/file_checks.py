"""The file that a user named: whether it can be read at all, and whether it is still the same."""

import difflib
import hashlib
import os
import stat
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source.file_kind import NUMBERS_DOCUMENT
from loader.source.paths import LOCKS, is_ignored


def require_readable(path: Path) -> None:
    """Raise `UnreadableSource` for what cannot be read as a file, with what to do."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UnreadableSource(
            f"there is no such file{_did_you_mean(path)}", code="no-such-file"
        ) from error
    except (OSError, ValueError) as error:
        raise UnreadableSource(
            f"it cannot be looked at: {error}", code="unreadable-file"
        ) from error
    if stat.S_ISDIR(mode) and path.suffix.lower() == ".numbers":
        raise UnreadableSource(NUMBERS_DOCUMENT, code="not-a-file")
    if stat.S_ISDIR(mode):
        raise UnreadableSource(
            f"it is a folder, not a file; name the files in it, such as '{path}/*.xlsx'",
            code="not-a-file",
        )
    if not stat.S_ISREG(mode):
        raise UnreadableSource(
            "it is not a regular file; give a file, or - for standard input", code="not-a-file"
        )
    if path.name.startswith(LOCKS):
        raise UnreadableSource(
            "it is the lock file of a workbook that is open in an office program; close the"
            " workbook, and name the workbook itself",
            code="not-a-spreadsheet",
        )
    if not os.access(path, os.R_OK):
        raise UnreadableSource(
            "you may not read it; ask its owner for permission, or copy it", code="unreadable-file"
        )


def _did_you_mean(path: Path) -> str:
    if path.is_symlink():
        return f": it is a link to {path.readlink()}, which is not there"
    try:
        names = sorted(
            entry.name
            for entry in path.parent.iterdir()
            if not is_ignored(entry.name, pattern=path.name)
        )
    except OSError:
        return f"; the folder {path.parent} does not exist or cannot be read"
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    meant = " or ".join(str(path.with_name(name)) for name in near)
    return f"; did you mean {meant}?" if near else "; check the path"


def lock_beside(path: Path) -> Path | None:
    """Return the lock file of an office program that has the file open, None where there is none.

    Excel and LibreOffice put one beside the workbook.
    """
    locks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    return next((lock for lock in locks if lock.exists()), None)


def fingerprint(path: Path) -> tuple[int, int, int]:
    """Return what differs when the file was changed or replaced."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def file_digest(path: Path) -> str:
    """Return the sha256 of the bytes of a file. Raises `UnreadableSource`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableSource(
            f"it cannot be read: {error.strerror}; check its rights", code="unreadable-file"
        ) from error
