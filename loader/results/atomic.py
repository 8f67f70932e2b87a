"""Put a file in place whole, or leave what was there untouched.

Bytes go to a temporary name in the same folder, are flushed and fsynced, and only then take the
name; the folder is fsynced after. A process that dies in between leaves the
old file as it was, and a hidden `.part` file that a later write sweeps away.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from loader.errors import ResultsError

_STALE_SECONDS = 86_400


@contextmanager
def atomic_write(path: Path, *, path_by: str = "--results PATH") -> Iterator[BinaryIO]:
    """Yield a binary file that becomes `path` when the block ends without an exception."""
    target = path.resolve()  # a link stays a link; what it points to is replaced
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _sweep(target, newest=part)
        part.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise cannot_write(path, error, path_by=path_by) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError, *, path_by: str) -> ResultsError:
    """Return the error that `path` cannot be written; `path_by` is how another one is given."""
    reason = error.strerror or str(error)
    return ResultsError(
        f"cannot write to {path}: {reason}. Choose another place with {path_by}, or close the"
        " program that has the file open."
    )


def _sweep(target: Path, *, newest: Path) -> None:
    """Remove the temporary files of writers that were killed at least a day before `newest`."""
    born = newest.stat().st_mtime
    for stale in target.parent.iterdir():
        is_ours = stale.name.startswith(f".{target.name}.") and stale.suffix == ".part"
        if is_ours and born - stale.stat().st_mtime > _STALE_SECONDS:
            stale.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can fsync a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
