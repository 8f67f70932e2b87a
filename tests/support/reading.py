"""A whole source as one value, for tests."""

from dataclasses import dataclass

from loader.source import ReadOptions, open_source
from loader.source.options import DEFAULT_LIMITS, Limits
from loader.tables.chunk import CellKind


@dataclass(frozen=True, kw_only=True)
class Everything:
    """The one table of a source."""

    header: tuple[str, ...]
    rows: dict[int, tuple[str, ...]]
    kinds: dict[tuple[int, int], CellKind]
    problems: frozenset[tuple[int, str, str]]
    notices: frozenset[str]


def read_everything(path: str, options: ReadOptions, limits: Limits = DEFAULT_LIMITS) -> Everything:
    """Read the one table of a source."""
    rows: dict[int, tuple[str, ...]] = {}
    kinds: dict[tuple[int, int], CellKind] = {}
    problems: set[tuple[int, str, str]] = set()
    with open_source(path, options, limits=limits) as source:
        tables = source.tables()
        table = next(tables)
        for chunk in table.chunks:
            assert {str(dtype) for dtype in chunk.frame.dtypes} == {"str"}
            rows.update((row[0], tuple(row[1:])) for row in chunk.frame.itertuples())
            kinds.update(chunk.kinds)
            problems.update((p.row_number, p.cell, p.code) for p in chunk.problems)
        assert next(tables, None) is None
    return Everything(
        header=table.header,
        rows=rows,
        kinds=kinds,
        problems=frozenset(problems),
        notices=frozenset(notice.code for notice in table.notices),
    )
