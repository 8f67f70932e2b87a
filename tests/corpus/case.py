"""One file of the corpus and what must come out of it."""

from dataclasses import dataclass, field

from loader.source import ReadOptions
from loader.tables.chunk import CellKind

Rows = dict[int, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """`problems` are (row, cell, code); `refused` are words that the refusal must hold."""

    name: str
    suffix: str
    data: bytes = field(repr=False)
    options: ReadOptions = field(default=ReadOptions(isolated=False), repr=False)
    header: tuple[str, ...] = ("name", "content")
    rows: Rows = field(default_factory=dict, repr=False)
    kinds: dict[tuple[int, int], CellKind] = field(default_factory=dict, repr=False)
    problems: frozenset[tuple[int, str, str]] = frozenset()
    notices: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()
