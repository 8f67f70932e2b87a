"""Change the members of a zip archive (.xlsx, .ods, .xlsb): what is in them, names, doubles."""

import io
import random
import warnings
import zipfile
import zlib

from tests.fuzz.mutate import MUTATORS, flip
from tests.fuzz.records import spoil_records
from tests.fuzz.trees import spoil_tree

Member = tuple[str, bytes]
UNREADABLE = (
    zipfile.BadZipFile, OSError, EOFError, zlib.error, RuntimeError, ValueError,
    NotImplementedError, IndexError, KeyError,
)  # fmt: skip
EXTRA: tuple[Member, ...] = (
    (".DS_Store", b"\0\0\0\1Bud1"),
    ("__MACOSX/._a", b"junk"),
    ("../outside.xml", b"<x/>"),
    ("/absolute.xml", b"<x/>"),
    ("xl\\worksheets\\sheet1.xml", b"<worksheet/>"),
    ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
    ("mimetype", b"text/plain"),
    ("xl/calcChain.xml", b"<calcChain/>"),
)


def spoil_archive(dice: random.Random, data: bytes) -> bytes:
    """Return the archive with a few changes; where it is none, with some bytes changed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(each.filename, archive.read(each)) for each in archive.infolist()]
    except UNREADABLE:
        return flip(dice, data)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if members:
            _change(dice, members)
    out = io.BytesIO()
    how = dice.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that are there twice
        with zipfile.ZipFile(out, "w", how) as archive:
            for name, content in members:
                archive.writestr(name, content)
    return out.getvalue()


def _change(dice: random.Random, members: list[Member]) -> None:
    at = dice.randrange(len(members))
    name, content = members[at]
    match dice.randrange(12):
        case 0:
            del members[at]
        case 1:
            members.insert(dice.randrange(len(members) + 1), members[at])
        case 2:
            members.append((name, spoil_part(dice, content)))  # twice, and not the same
        case 3:
            members[at] = (_other_name(dice, name, members), content)
        case 4:
            members[at] = (name, dice.choice(members)[1])
        case 5:
            members.insert(dice.randrange(len(members) + 1), dice.choice(EXTRA))
        case _:
            members[at] = (name, spoil_part(dice, content))


def _other_name(dice: random.Random, name: str, members: list[Member]) -> str:
    return dice.choice(
        (
            name.upper(),
            name.replace("/", "\\"),
            "/" + name,
            "./" + name,
            name.rpartition("/")[2] or "x",
            dice.choice(members)[0],
            name + "\u00e9",
            name.swapcase(),
        )
    )


def spoil_part(dice: random.Random, content: bytes) -> bytes:
    """Change a part by its structure, mostly: as XML, as records, else as bytes."""
    if dice.random() < 0.15:
        return dice.choice(MUTATORS)(dice, content)
    if content.lstrip()[:1] == b"<" or content.startswith(b"\xef\xbb\xbf<"):
        return spoil_tree(dice, content)
    return spoil_records(dice, content)
