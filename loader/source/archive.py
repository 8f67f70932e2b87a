"""Zip archives from outside: opened within bounds, whatever their directory states."""

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loader.errors import UnreadableSource

MOST_AT_ONCE = 8 << 20  # bytes; zipfile reads the whole directory at once, some 100,000 entries
BOMB = (
    "the file unpacks to far more than a spreadsheet holds, as attacks do; if it is genuine, unpack"
    " it yourself, or save the sheet as .csv"
)


def short_message(error: object) -> str:
    """Return the message of an error, cut short: a library may repeat thousands of bytes."""
    return " ".join(str(error).split())[:200]


class _BoundedFile(io.FileIO):
    def read(self, size: int | None = -1) -> bytes:
        to_end = size is None or size < 0
        wanted = os.fstat(self.fileno()).st_size - self.tell() if to_end else size
        if wanted is not None and wanted > MOST_AT_ONCE:
            raise UnreadableSource(BOMB, code="beyond-limits")
        return super().read(size) or b""


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; a directory that is too large is refused before it is in memory."""
    with _BoundedFile(path) as file, zipfile.ZipFile(file) as archive:
        yield archive


def members_by_name(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of members as they are, by their usual spelling: small letters and "/"."""
    return {name.replace("\\", "/").lower().lstrip("/"): name for name in archive.namelist()}


def read_start(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    """Return the first bytes of a member."""
    with archive.open(name) as member:
        return member.read(size)
