"""The body of a reply, with a limit: a reply may be long, endless, or a bomb.

Never more than `limit` bytes are held, compressed or not. A body that is over the limit or cannot
be decoded is "not whole": a fact, not an exception.
"""

import zlib
from typing import Final

import aiohttp

MAX_BODY: Final = 1_000_000
MAX_PAGE: Final = 32_000_000  # a page of a listing: `limit` is only a hint to the server
_WINDOWS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 47}


async def read_capped(content: aiohttp.StreamReader, limit: int) -> tuple[bytes, bool]:
    """Return the body and whether it is whole; stop reading once it passes the limit."""
    chunks: list[bytes] = []
    size = 0
    while not content.at_eof():
        chunks.append(await content.readany())
        size += len(chunks[-1])
        if size > limit:
            return b"".join(chunks)[:limit], False
    return b"".join(chunks), True


def decoded(body: bytes, *, encoding: str, limit: int) -> tuple[bytes, bool]:
    """Decode what a server compressed although it was asked not to."""
    name = encoding.strip().lower()
    if name == "identity":
        return body, True
    if name not in _WINDOWS:
        return b"", False
    machine = zlib.decompressobj(_WINDOWS[name])
    try:
        plain = machine.decompress(body, limit)
    except zlib.error:
        return b"", False
    return plain, machine.eof
