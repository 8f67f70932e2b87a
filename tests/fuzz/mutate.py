"""Ways to spoil a file. Rules of this file: pure, given a random generator."""

import io
import random
import zipfile
import zlib
from collections.abc import Callable

TOKENS = (
    *(b"\0", b'"', b"\r", b"\n", b",", b";", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\x80", b"{"),
    *(b"<!DOCTYPE x>", b"<", b"&#0;", b"]]>", b'r="XFD1048576"', b'"1e999"', b"_x0000_", b"PK"),
    *(b"\x00\x00\xff\xff", b"\xff" * 8, b"9" * 40, "\u202e".encode(), "\ufeff".encode()),
)
Mutator = Callable[[random.Random, bytes], bytes]


def cut(dice: random.Random, data: bytes) -> bytes:
    """Drop the end."""
    return data[: dice.randrange(len(data) + 1)]


def flip(dice: random.Random, data: bytes) -> bytes:
    """Change some bytes."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8))):
        if out:
            out[dice.randrange(len(out))] = dice.randrange(256)
    return bytes(out)


def remove(dice: random.Random, data: bytes) -> bytes:
    """Leave out a piece."""
    start = dice.randrange(len(data) + 1)
    return data[:start] + data[start + dice.choice((1, 2, 16, 200)) :]


def repeat(dice: random.Random, data: bytes) -> bytes:
    """Repeat a piece."""
    start = dice.randrange(len(data) + 1)
    piece = data[start : start + dice.choice((1, 8, 64))]
    return data[:start] + piece * dice.choice((2, 10, 500)) + data[start:]


def insert(dice: random.Random, data: bytes) -> bytes:
    """Put something strange somewhere."""
    start = dice.randrange(len(data) + 1)
    return data[:start] + dice.choice(TOKENS) + data[start:]


MUTATORS: tuple[Mutator, ...] = (cut, flip, remove, repeat, insert)


def spoiled(dice: random.Random, data: bytes) -> bytes:
    """Spoil a file once or more: its bytes, or (for archives, mostly) a part inside."""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        if data.startswith(b"PK") and dice.random() < 0.8:
            data = _inside(dice, data)
        else:
            data = dice.choice(MUTATORS)(dice, data)
    return data


def _inside(dice: random.Random, data: bytes) -> bytes:
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, RuntimeError, ValueError):
        return flip(dice, data)
    except (NotImplementedError, IndexError, KeyError):
        return flip(dice, data)
    if not parts:
        return data
    name = dice.choice(sorted(parts))
    parts[name] = dice.choice(MUTATORS)(dice, parts[name])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in parts.items():
            archive.writestr(each, content)
    return out.getvalue()
