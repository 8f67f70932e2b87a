"""One file of the corpus and what must come out of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loader.source import ReadOptions
from loader.tables.chunk import CellKind

Rows = dict[int, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """`problems` are (row, cell, code); `refused` are words that the refusal must hold.

    `data` may be what makes the bytes, where that takes long.
    """

    name: str
    suffix: str
    data: bytes | Callable[[], bytes] = field(repr=False)
    options: ReadOptions = field(default=ReadOptions(isolated=False), repr=False)
    header: tuple[str, ...] = ("name", "content")
    rows: Rows = field(default_factory=dict, repr=False)
    kinds: dict[tuple[int, int], CellKind] = field(default_factory=dict, repr=False)
    problems: frozenset[tuple[int, str, str]] = frozenset()
    notices: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()

    def content(self) -> bytes:
        """Return the bytes of the file."""
        return self.data if isinstance(self.data, bytes) else self.data()
