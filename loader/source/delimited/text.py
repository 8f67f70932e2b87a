"""A text file as UTF-8 blocks that end where a line ends, whatever its encoding.

Flat memory, except where one line is longer than a block; nothing is replaced
or ignored, because the encoding was checked over the whole file before.
"""

import codecs
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from loader.errors import UnreadableSource
from loader.source.delimited.encoding import Encoding
from loader.source.options import Limits, Span

BLOCK_BYTES = 2 << 20


def utf8_blocks(
    path: Path, encoding: Encoding, limits: Limits, span: Span | None = None
) -> Iterator[bytes]:
    """Yield the text of the file as UTF-8, cut after line ends; of a span, where the whole is."""
    rest, line = b"", span.line if span else 1
    for block in _of_span(path, span) if span else _encoded(path, encoding):
        rest += block
        end = _last_line_end(rest)
        if end:
            line += rest.count(b"\n", 0, end)
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > limits.line_bytes:
            raise long_line(line, limits)
    if rest:
        yield rest


def long_line(line: int, limits: Limits) -> UnreadableSource:
    """Return the error for a line that is too long."""
    return UnreadableSource(
        f"line {line} is longer than {limits.line_bytes >> 20} MB, more than any record; save or"
        " export the file again, one record a line",
        code="beyond-limits",
    )


def _last_line_end(block: bytes) -> int:
    """Return where the last whole line ends. A CR at the very end may be half of a CRLF."""
    end = block.rfind(b"\n") + 1
    return end or block.rfind(b"\r", 0, len(block) - 1) + 1


def _encoded(path: Path, encoding: Encoding) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    with path.open("rb") as file:
        file.seek(encoding.mark)
        while block := file.read(BLOCK_BYTES):
            yield block if encoding.name == "utf-8" else decoder.decode(block).encode()


def _of_span(path: Path, span: Span) -> Iterator[bytes]:
    """Yield the bytes of a range, cut where they are when the whole file is read."""
    with path.open("rb") as file:
        file.seek(span.start)
        at, end = span.start, span.mark + (span.block + 1) * BLOCK_BYTES
        while block := file.read(min(end, span.stop) - at):
            yield block
            at, end = at + len(block), end + BLOCK_BYTES


class Lines:
    """The lines of some blocks, one by one; `rest` gives what is left as blocks again."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._ready: deque[str] = deque()
        self.taken = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if not self._ready and not self._fill():
            raise StopIteration
        self.taken += 1
        return self._ready.popleft()

    def _fill(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            return False
        self._ready.extend(lines_of(block))
        return True

    def peek(self, count: int) -> list[str]:
        """Return the next lines (of the first block) without taking them."""
        if not self._ready:
            self._fill()
        return [self._ready[index] for index in range(min(count, len(self._ready)))]

    def rest(self) -> Iterator[bytes]:
        """Yield the lines that are left, as blocks."""
        if self._ready:
            ready = "".join(self._ready).encode()
            self._ready.clear()
            yield ready
        yield from self._blocks


def lines_of(block: bytes) -> list[str]:
    """Split at CR, LF and CRLF only: str.splitlines knows many more line ends."""
    return list(io.StringIO(block.decode(), newline=""))
