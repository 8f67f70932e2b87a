"""The texts that cells share, by number: in memory while they are few, then in a temporary file.

    block: count + 1 offsets (int32), then the texts (UTF-8) without anything between

Programs number texts by first use, so rows in their order want blocks in their order; in any other
order the file is read again and again, but nothing more is held.
They are read from the workbook when a cell asks for them, so that the first rows need not wait for
all. What is held does not grow with the texts, but for two numbers a block; the file has no name,
and the system removes it however this process ends.
"""

import struct
import tempfile
from bisect import bisect_right
from collections.abc import Generator
from contextlib import suppress
from functools import lru_cache
from typing import Self

import numpy as np
import pyarrow as pa

from loader.source.unpack import reporting_full_disk
from loader.source.workbook.raw_cells import Array

IN_MEMORY = 16 << 20  # the texts of some 100,000 ordinary rows; a check takes 240 MB anyway
BLOCK_TEXTS = 16_384
MOST_KNOWN = 1_000  # of texts asked for one by one
OFFSET = 4
FROM_TO = struct.Struct("=2i")


class SharedTexts:
    """The texts in their order. `take` is for many of them, an index for one."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed on leaving
        self._one = lru_cache(MOST_KNOWN)(self._find)
        self._coming: Generator[pa.StringArray, None, None] | None = None
        self._firsts = [0]  # the number of each block's first text, and of the next to come
        self._places = [0]  # where each block lies, and where the next will

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._coming is not None:
            self._coming.close()
        with suppress(OSError):  # of a full disk: the file is given up anyway
            self._file.close()

    def read_from(self, arrays: Generator[pa.StringArray, None, None]) -> None:
        """Take the texts from `arrays`, as far as they are asked for."""
        self._coming = arrays

    def has(self, number: int) -> bool:
        """Tell whether there is a text of this number."""
        while number >= self._firsts[-1]:
            if not self._read_more():
                return False
        return True

    def read_rest(self) -> None:
        """Read what no cell asked for: it may be damaged."""
        while self._read_more():
            pass

    def _read_more(self) -> bool:
        array = None if self._coming is None else next(self._coming, None)
        if array is None:
            return False
        with reporting_full_disk():
            self._file.seek(self._places[-1])
            for start in range(0, len(array), BLOCK_TEXTS):
                self._append(array.slice(start, BLOCK_TEXTS))
            self._file.flush()
        return True

    def _append(self, texts: pa.StringArray) -> None:
        _, offsets, content = texts.buffers()
        bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
        start, end = bounds[[0, -1]].tolist()
        self._file.write((bounds - start).tobytes())
        self._file.write(content[start:end] if end > start else b"")
        self._firsts.append(self._firsts[-1] + len(texts))
        self._places.append(self._places[-1] + len(bounds) * OFFSET + end - start)

    def __getitem__(self, number: int) -> str:
        return self._one(number)

    def _find(self, number: int) -> str:
        block = bisect_right(self._firsts, number) - 1
        place, within = self._places[block], number - self._firsts[block]
        start, end = FROM_TO.unpack(self._read(place + within * OFFSET, FROM_TO.size))
        texts = place + (self._firsts[block + 1] - self._firsts[block] + 1) * OFFSET
        return self._read(texts + start, end - start).decode()

    def take(self, numbers: Array) -> tuple[pa.StringArray, Array]:
        """Return the distinct texts of these numbers, and for each number which of them it is."""
        distinct, picks = np.unique(numbers, return_inverse=True)
        bounds = np.searchsorted(distinct, self._firsts)
        wanted = np.flatnonzero(np.diff(bounds)).tolist()
        found = [
            self._block(block).take(
                pa.array(distinct[bounds[block] : bounds[block + 1]] - self._firsts[block])
            )
            for block in wanted
        ]
        return pa.concat_arrays(found or [pa.array([], pa.string())]), picks

    def _block(self, block: int) -> pa.StringArray:
        count = self._firsts[block + 1] - self._firsts[block]
        place, end = self._places[block : block + 2]
        stored = pa.py_buffer(self._read(place, end - place))
        texts = (count + 1) * OFFSET
        return pa.StringArray.from_buffers(count, stored.slice(0, texts), stored.slice(texts))

    def _read(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        return self._file.read(size)
