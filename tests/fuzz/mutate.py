"""Ways to spoil bytes, given a random generator."""

import random
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
