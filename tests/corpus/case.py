"""One file of the corpus and what must come out of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loader.source import ReadOptions
from loader.tables.chunk import CellKind

Rows = dict[int, tuple[str, ...]]
Content = bytes | Callable[[], bytes]  # the bytes, or what makes them, where that takes long


def bytes_of(content: Content) -> bytes:
    """Return the bytes of a content."""
    return content if isinstance(content, bytes) else content()


@dataclass(frozen=True, kw_only=True)
class Case:
    """`problems` are (row, cell, code); `refused` are words that the refusal must hold."""

    name: str
    suffix: str
    data: Content = field(repr=False)
    options: ReadOptions = field(default=ReadOptions(isolated=False), repr=False)
    header: tuple[str, ...] = ("name", "content")
    rows: Rows = field(default_factory=dict, repr=False)
    kinds: dict[tuple[int, int], CellKind] = field(default_factory=dict, repr=False)
    problems: frozenset[tuple[int, str, str]] = frozenset()
    notices: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()

    def content(self) -> bytes:
        """Return the bytes of the file."""
        return bytes_of(self.data)
