"""A source as a plain file on disk: archives of one file unpacked, standard input stored.

Bounded: the size that an archive states is not trusted; the bytes that come out are counted.
"""

import errno
import gzip
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from loader.errors import UnreadableSource
from loader.source.archive import BOMB, open_zip, short_message
from loader.source.delimited.text import long_line
from loader.source.file_kind import BROKEN_ZIP, FileKind
from loader.source.options import Limits

BLOCK = 1 << 20
ADDED = {".DS_Store", "Thumbs.db", "desktop.ini"}


def store_standard_input(folder: Path) -> Path:
    """Write standard input to a file, so that it can be read twice."""
    target = folder / "stdin"
    with reporting_full_disk(), target.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out, BLOCK)
    return target


def unpack(path: Path, kind: FileKind, *, folder: Path, limits: Limits) -> tuple[Path, str]:
    """Unpack the one file in an archive; return where it is and how it was called."""
    try:
        if kind is FileKind.GZIP:
            with gzip.open(path) as packed:
                name = path.name.removesuffix(".gz")
                return _copy(packed, path, folder=folder, limits=limits), name
        with open_zip(path) as archive:
            member = _only_member(archive)
            with archive.open(member) as packed:
                return _copy(packed, path, folder=folder, limits=limits), member.filename
    except BROKEN_ZIP as error:
        raise UnreadableSource(
            f"the archive is damaged or cut off ({short_message(error)}); get it again from where"
            " it came from",
            code="damaged-file",
        ) from error


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not _is_added_by_system(member.filename)
    ]
    if len(members) != 1:
        names = ", ".join(member.filename for member in members[:10]) or "none"
        raise UnreadableSource(
            f"the zip archive holds {len(members)} files ({names}), but must hold one; unpack it"
            " and name the file to load",
            code="archive-contents",
        )
    if members[0].flag_bits & 1:
        raise UnreadableSource(
            "the zip archive is protected by a password; unpack it yourself", code="password"
        )
    return members[0]


def _is_added_by_system(name: str) -> bool:
    """Say whether macOS or Windows added this file."""
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last in ADDED or last.startswith("._")


def _copy(packed: IO[bytes] | gzip.GzipFile, source: Path, *, folder: Path, limits: Limits) -> Path:
    target = folder / "unpacked"
    bound = max(limits.free_bytes, source.stat().st_size * limits.unpacked_ratio)
    bound = min(bound, limits.unpacked_bytes)
    total, lines, since = 0, 0, 0  # since the last line end
    with reporting_full_disk(), target.open("wb") as out:
        while block := packed.read(BLOCK):
            total += len(block)
            if total > bound:
                raise UnreadableSource(BOMB, code="beyond-limits")
            found = block.count(b"\n") + block.count(b"\r")
            lines, since = lines + found, 0 if found else since + len(block)
            if since > limits.line_bytes:  # a workbook has such bytes by chance
                raise long_line(lines + 1, limits)
            out.write(block)
    return target


# The room that temporary files need, and what to say where there is none.


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def reporting_full_disk() -> Iterator[None]:
    """Run a block that writes temporary files; raise `UnreadableSource` where the disk is full."""
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
