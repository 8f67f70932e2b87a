"""Target: spreadsheets and texts of the corpus, spoiled by their structure.

Each gives rows or one clear refusal; both ways of reading (in columns, and row by row) say the
same; a row is there once, and everything that is said of a row names one that is there.
"""

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from loader.errors import UnreadableSource
from loader.source import ReadOptions, open_source
from loader.source.delimited import read
from loader.source.options import Limits
from loader.tables.chunk import Table
from tests.corpus import CASES
from tests.fuzz.archives import spoil_archive
from tests.fuzz.mutate import MUTATORS
from tests.fuzz.target import demand

LARGEST = 200_000  # bombs are refused by rules of their own; here many small files count
SUFFIXES = (
    *[".xlsx"] * 8, *[".csv"] * 3, *[".ods"] * 4, *[".xlsb"] * 2, ".xls", ".parquet", ".jsonl",
    ".csv.gz", ".zip", ".tsv", ".txt", ".xlsm", ".json",
)  # fmt: skip
TEXTS = (".csv", ".tsv", ".txt", ".csv.gz", ".zip")
IN_CHILD = {".xlsb", ".xls"}  # their parsers are not ours: they may crash
IN_CHILD_SHARE = 0.02  # of the others
CAREFUL = Limits(preamble_rows=100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that came out of a file."""

    refusal: str = ""
    code: str = ""
    tables: tuple[Any, ...] = ()


class Files:
    """Spoils a file of the corpus and reads it."""

    def __init__(self) -> None:
        self._seeds = {
            suffix: tuple(
                case
                for case in CASES
                if case.suffix == suffix and 0 < len(case.content()) < LARGEST
            )
            for suffix in dict.fromkeys(SUFFIXES)
        }

    def attempt(self, dice: random.Random, folder: Path) -> str:
        """Read one spoiled file."""
        case = dice.choice(self._seeds[dice.choice(SUFFIXES)])
        path = folder / f"spoiled{case.suffix}"
        path.write_bytes(spoiled(dice, case.content()))
        quick_from = Limits(preamble_rows=case.options.header_row or 1)
        isolated = case.suffix in IN_CHILD or dice.random() < IN_CHILD_SHARE
        options = replace(case.options, isolated=False, looks_like_header=None)
        if isolated:
            found = reading(path, replace(options, isolated=True), quick_from)
            if case.suffix not in IN_CHILD:
                agree(found, reading(path, options, quick_from), "in a child, and here")
            return ended(path, found)
        quick, careful = both_ways(path, options, quick_from)
        agree(quick, careful, "in columns, and row by row")
        if quick.tables and dice.random() < 0.03:
            checked(path)
        return ended(path, quick)

    def close(self) -> None:
        """Nothing was started."""


def spoiled(dice: random.Random, data: bytes) -> bytes:
    """Spoil a file: by what is in an archive, mostly, or by its bytes."""
    for _ in range(dice.choice((1, 1, 1, 2))):
        if data.startswith(b"PK") and dice.random() < 0.9:
            data = spoil_archive(dice, data)
        else:
            data = dice.choice(MUTATORS)(dice, data)
    return data


def both_ways(path: Path, options: ReadOptions, quick_from: Limits) -> tuple[Reading, Reading]:
    """Read a file in both ways that its format has."""
    quick = reading(path, options, quick_from)
    if path.name.endswith(TEXTS):
        with patch.object(read, "end_of_records", lambda *_: None):
            return quick, reading(path, options, quick_from)
    return quick, reading(path, options, CAREFUL)


def reading(path: Path, options: ReadOptions, limits: Limits) -> Reading:
    """Read everything; a refusal is a value, too."""
    tables = []
    try:
        with open_source(str(path), options, limits=limits) as source:
            tables = [contents(table) for table in source.tables()]
    except UnreadableSource as refusal:
        return Reading(refusal=str(refusal), code=refusal.code)
    return Reading(tables=tuple(tables))


def contents(table: Table) -> tuple[Any, ...]:
    """Return what a table holds, each row once."""
    rows: dict[int, tuple[str, ...]] = {}
    kinds: dict[tuple[int, int], Any] = {}
    problems: set[tuple[int, str, str]] = set()
    last = table.header_row
    for chunk in table.chunks:
        for number, *cells in chunk.frame.itertuples():
            demand(number > last, f"row {number} comes after row {last}")
            demand(len(cells) == len(table.header), f"row {number}: {len(cells)} cells")
            rows[number], last = tuple(cells), number
        kinds.update(chunk.kinds)
        problems.update((p.row_number, p.cell, p.code) for p in chunk.problems)
    lost = {number for number, *_ in problems} - set(rows)
    demand(not lost, f"problems of rows that are not there: {sorted(lost)[:5]}")
    lost = {number for number, _ in kinds} - set(rows)
    demand(not lost, f"kinds of rows that are not there: {sorted(lost)[:5]}")
    notices = sorted({notice.code for notice in table.notices})
    return (table.sheet, table.header, table.header_row, rows, kinds, problems, notices)


def agree(one: Reading, other: Reading, ways: str) -> None:
    """Demand that two ways of reading say the same."""
    if one.code != other.code:
        demand(False, f"{ways}: {one.refusal or 'rows'} / {other.refusal or 'rows'}")
    if one.tables != other.tables:
        pairs = zip(one.tables, other.tables, strict=False)
        first = next(
            ((a, b) for this, that in pairs for a, b in zip(this, that, strict=True) if a != b),
            (len(one.tables), len(other.tables)),
        )
        demand(False, f"{ways}: {shown(first[0], first[1])}")


def shown(one: Any, other: Any) -> str:
    """Show where two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
        return "; ".join(f"{key}: {one.get(key)!r} / {other.get(key)!r}" for key in keys[:5])
    if isinstance(one, set) and isinstance(other, set):
        return f"{sorted(one - other)[:5]} / {sorted(other - one)[:5]}"
    return f"{one!r} / {other!r}"


def ended(path: Path, found: Reading) -> str:
    """Say how a reading ended, if it did as it may."""
    if not found.code:
        return "rows" if found.tables else "no rows"
    demand(found.refusal.startswith(f"{path}: "), found.refusal)
    demand("\n" not in found.refusal, found.refusal)
    demand(len(found.refusal) < 2_000, found.refusal)
    return f"refused: {found.code}"


def checked(path: Path) -> None:
    """Run the whole command."""
    from tests.fuzz.command import command  # noqa: PLC0415  # slow to import, seldom needed

    command("check", str(path), "--no-annotate", may_end={0, 1, 2})
