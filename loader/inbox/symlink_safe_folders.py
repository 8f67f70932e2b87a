"""Open the loader's own folders below an inbox, so that nothing can be led elsewhere.

Whoever may write to a share may put a symbolic link where `done/` is expected. So every folder
below the inbox is opened by its name in the one above it, links refused, and files are moved by
these open folders, not by paths.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def open_folder(root: Path, *names: str, make: int = 0) -> Iterator[int]:
    """Give ROOT/NAME/NAME… as an open folder; `make`: what is missing is made with this mode.

    The root itself is the person's and may be a link. Raises `FileNotFoundError` where a folder is
    missing, `NotADirectoryError` where something else, a link for instance, has its name.
    """
    handle = os.open(root, _FOLDER)
    try:
        for depth, name in enumerate(names, start=1):
            inner = _opened_in(handle, name, path=root.joinpath(*names[:depth]), make=make)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _opened_in(folder: int, name: str, *, path: Path, make: int) -> int:
    try:
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, make, dir_fd=folder)
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there") from None
    except OSError as error:
        if path.is_symlink():
            raise NotADirectoryError(
                f"{path} is a link, and the loader follows none below an inbox, because files"
                " would be moved to wherever it leads: remove it, or put a real folder there"
            ) from None
        raise type(error)(f"{path} cannot be used as a folder: {error.strerror}") from None


def names_in(folder: int) -> list[str]:
    """List an open folder."""
    return os.listdir(folder)
