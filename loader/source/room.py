"""The room that temporary files need, and what to say where there is none."""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from loader.errors import UnreadableSource

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def room_in_temporary_files() -> Iterator[None]:
    """Run a block that writes temporary files; say it where there is no room for them."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise UnreadableSource(
            f"reading it takes temporary files, and there is no room for them in"
            f" {tempfile.gettempdir()} ({error.strerror}); make room there, or set TMPDIR to a"
            " folder on a disk that has some, and run the command again",
            code="no-room",
        ) from error
