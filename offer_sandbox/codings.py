"""Bodies in the encodings that servers and the boxes before them use; pure."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from offer_sandbox.faults import Coding

_BROTLI_BLOCK: Final = 65_536


def encoded(body: bytes, coding: Coding) -> tuple[bytes, str]:
    """Return the body in a coding, and what `Content-Encoding` says of it."""
    word, encode = _CODINGS[coding]
    return encode(body), word


def _members(body: bytes) -> bytes:
    half = len(body) // 2
    return gzip.compress(body[:half]) + gzip.compress(body[half:])


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def _brotli(body: bytes) -> bytes:
    """Write brotli that does not compress: the standard's "uncompressed meta-blocks"."""
    blocks = []
    for start in range(0, len(body), _BROTLI_BLOCK):
        block = body[start : start + _BROTLI_BLOCK]
        # not the last block, four nibbles of length, uncompressed
        bits, count = (len(block) - 1) << 3 | 1 << 19, 20
        if not start:
            bits, count = bits << 1, count + 1  # first of all a window of 64 kB
        blocks += [bits.to_bytes((count + 7) // 8, "little"), block]
    return b"".join(blocks) + (b"\x03" if body else b"\x06")  # the last block, which is empty


_CODINGS: Final[Mapping[Coding, tuple[str, Callable[[bytes], bytes]]]] = {
    Coding.GZIP: ("gzip", gzip.compress),
    Coding.GZIP_MEMBERS: ("gzip", _members),
    Coding.DEFLATE: ("deflate", zlib.compress),
    Coding.RAW_DEFLATE: ("deflate", _raw_deflate),
    Coding.BR: ("br", _brotli),
    Coding.UTF_8: ("UTF-8", bytes),
}
