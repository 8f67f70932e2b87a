"""The body of a reply, with a limit: a reply may be long, endless, or a bomb.

Never more than `limit` bytes are held, compressed or not, and nothing is parsed that would take
much more memory than its bytes. A body that is over a limit or cannot be decoded is "not whole": a
fact, not an exception.
"""

import zlib
from typing import Final

import aiohttp

MAX_BODY: Final = 1_000_000
MAX_PAGE: Final = 32_000_000  # a page of a listing: `limit` is only a hint to the server
_ZLIB, _GZIP, _RAW = 47, 31, -15  # window sizes, as zlib understands them
_WINDOWS: Final = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}
_PLAIN: Final = frozenset({"", "identity", "none", "utf-8", "utf8", "iso-8859-1"})  # or mistaken
_MOST_PARSED: Final = 256_000_000  # bytes of memory: 30 MB of empty lists would take 1 GB
_PARTS: Final = ((b"[", 64), (b"{", 64), (b'"', 30), (b",", 8))  # and what each may take
_LARGEST: Final = max(size for _, size in _PARTS)
TOO_MANY: Final = "the body of the reply has too many parts (lists, objects, texts)"
TOO_LONG: Final = "the body of the reply is longer than {limit:,} bytes"


async def read_capped(content: aiohttp.StreamReader, limit: int) -> tuple[bytes, str]:
    """Return the body, and "" or what is wrong; stop reading once it passes the limit."""
    if content.is_eof():  # all of it is here: nothing to wait for
        body = content.read_nowait()
        return (body, "") if len(body) <= limit else (body[:limit], TOO_LONG.format(limit=limit))
    chunks: list[bytes] = []
    size = 0
    while not content.at_eof():
        chunks.append(await content.readany())
        size += len(chunks[-1])
        if size > limit:
            return b"".join(chunks)[:limit], TOO_LONG.format(limit=limit)
    return b"".join(chunks), ""


def decode_body(body: bytes, *, encoding: str, limit: int) -> tuple[bytes, str]:
    """Return a body decompressed, and "" or what is wrong; servers compress though asked not to."""
    for name in reversed(encoding.lower().split(",")):
        body, problem = _decode(body, name.strip(), limit)
        if problem:
            return b"", problem
    return body, ""


def _decode(body: bytes, name: str, limit: int) -> tuple[bytes, str]:
    if name in _PLAIN:
        return body, ""
    if name not in _WINDOWS:
        return b"", (
            f"the body of the reply is compressed as {name[:20]!r}, which was not asked for and"
            " cannot be read: a proxy or firewall in between may do that"
        )
    for window in _WINDOWS[name]:
        plain = _inflate(body, window, limit)
        if plain is not None:
            break
    if plain is None:
        return b"", f"the body of the reply is no whole {name}, as its header says"
    return (b"", TOO_LONG.format(limit=limit)) if len(plain) > limit else (plain, "")


def too_many_parts(body: bytes) -> str:
    """Return what is wrong with a body that would fill the memory when it is parsed, or ""."""
    if len(body) * _LARGEST <= _MOST_PARSED:
        return ""
    taken = sum(body.count(part) * size for part, size in _PARTS)
    taken -= body.count(b'\\"') * 30  # inside a text
    return TOO_MANY if taken > _MOST_PARSED else ""


def _inflate(body: bytes, window: int, limit: int) -> bytes | None:
    """Unpack every member, and not much more than the limit; None where it is not of that form."""
    plain = b""
    while body and len(plain) <= limit:
        machine = zlib.decompressobj(window)
        try:
            plain += machine.decompress(body, limit + 1 - len(plain))
        except zlib.error:
            return plain or None
        if not machine.eof and len(plain) <= limit:
            return None
        body = machine.unused_data.lstrip(b"\0")  # some pad with zeros
    return plain
