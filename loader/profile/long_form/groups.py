"""The long form: rows one below the other that share a key are one offer.

    row 2  A-1  Spring  Web banner       ┐ one group, one offer
    row 3  A-1          Email image      ┘
    row 4  A-2  Summer  Web banner       - another

Groups follow the order of the sheet; nothing is sorted. Skipped rows do not separate the rows of an
offer. A row with a blank key counts as part of the offer above it, so that this offer is not sent
without it. A group spans `MOST_ROWS` rows of the sheet at most: this bounds what is held back until
the next chunk.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.profile.bind import BoundProfile
from loader.profile.skip_rows import skip_mask
from loader.tables.arrow import Mask, mask_of, text_of, texts_of
from loader.tables.chunk import CellKind, Chunk

MOST_ROWS: Final = 100
_BETWEEN: Final = pa.scalar("\x1f", pa.large_string())  # joined keys: no cell has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows of one offer, by number. `key` is "" where none of them has one."""

    key: str
    rows: tuple[int, ...]
    without_key: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitKey:
    """A key of more than one group of a sheet: the first rows of the first two."""

    first: int
    again: int
    is_long: bool  # no other key is between the two: it is one group with too many rows


def groups_of(bound: BoundProfile, chunk: Chunk) -> list[Group]:
    """Return the groups of a chunk that begins with a new one."""
    keep = ~skip_mask(bound, chunk)
    numbers: list[int] = chunk.frame.index[keep].tolist()
    found: list[tuple[str, list[int], list[int]]] = []
    for number, key in zip(numbers, compress(_keys(bound, chunk), keep), strict=True):
        continues = found and key in {"", found[-1][0]} and number - found[-1][1][0] < MOST_ROWS
        if not continues:
            found.append((key, [], []))
        found[-1][1].append(number)
        if not key:
            found[-1][2].append(number)
    return [
        Group(key=key, rows=tuple(rows), without_key=tuple(blank)) for key, rows, blank in found
    ]


def _keys(bound: BoundProfile, chunk: Chunk) -> list[str]:
    """Return the key of each row; "" where a part of it is blank or an error."""
    parts = [pc.utf8_trim_whitespace(text_of(chunk.frame[at])) for at in bound.keys]
    joined = pc.utf8_normalize(pc.binary_join_element_wise(*parts, _BETWEEN), form="NFC")
    keys = texts_of(joined)
    for part in parts:
        for at in np.flatnonzero(mask_of(pc.equal(part, ""))).tolist():
            keys[at] = ""
    for (number, position), kind in chunk.kinds.items():
        if kind is CellKind.ERROR and position in bound.keys:
            keys[int(chunk.frame.index.searchsorted(number))] = ""
    return keys


def whole_groups(
    bound: BoundProfile, chunks: Iterable[Chunk]
) -> Iterator[tuple[Chunk, Sequence[Group]]]:
    """Yield the same rows in chunks that split no group, with the groups of each."""
    pending: Chunk | None = None
    for read, is_last in _mark_last(chunks):
        chunk = read if pending is None else _concatenate(pending, read)
        groups = groups_of(bound, chunk)
        pending = None
        if groups and not is_last and chunk.frame.index[-1] + 1 - groups[-1].rows[0] < MOST_ROWS:
            chunk, pending = _split_at(chunk, groups.pop().rows[0])
        if len(chunk.frame):
            yield chunk, groups


def _mark_last(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, bool]]:
    """Yield each chunk, and whether it is the last."""
    before: Chunk | None = None
    for chunk in chunks:
        if before is not None:
            yield before, False
        before = chunk
    if before is not None:
        yield before, True


def _concatenate(one: Chunk, other: Chunk) -> Chunk:
    return Chunk(
        frame=pd.concat([one.frame, other.frame]),
        kinds={**one.kinds, **other.kinds},
        problems=(*one.problems, *other.problems),
    )


def _split_at(chunk: Chunk, first: int) -> tuple[Chunk, Chunk]:
    """Return the rows before row number `first`, and those from there on."""
    place = int(chunk.frame.index.searchsorted(first))
    kinds = chunk.kinds.items()
    return (
        Chunk(
            frame=chunk.frame.iloc[:place],
            kinds={at: kind for at, kind in kinds if at[0] < first},
            problems=tuple(each for each in chunk.problems if each.row_number < first),
        ),
        Chunk(
            frame=chunk.frame.iloc[place:],
            kinds={at: kind for at, kind in kinds if at[0] >= first},
            problems=tuple(each for each in chunk.problems if each.row_number >= first),
        ),
    )


# The positions of the rows of groups among the kept rows of a chunk, as arrays, counted from 0.
# Groups have at least one row each, in the order of the sheet.


Places: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`numbers` has the row number at each place; the others have an item for each group."""

    numbers: Places
    starts: Places
    sizes: Places
    owners: Places  # the group at each place

    @property
    def most(self) -> int:
        """How many rows the largest group has; 1 where there is none."""
        return int(self.sizes.max(initial=1))

    def nth(self, number: int) -> tuple[Places, Mask]:
        """Return the place of each group's row `number`, and which groups have one."""
        has = self.sizes >= number
        return np.where(has, self.starts + number - 1, self.starts), has

    def first_of_best(self, rank: Places) -> Places:
        """Return for each group the first place of the lowest rank."""
        if not len(self.starts):
            return self.starts
        count = len(rank)
        best = np.minimum.reduceat(rank * count + np.arange(count), self.starts)
        places: Places = best % count
        return places


def layout_of(groups: Sequence[Group]) -> Layout:
    """Return the positions of the rows of `groups`."""
    sizes = np.array([len(group.rows) for group in groups], dtype=np.int64)
    return Layout(
        numbers=np.array([number for group in groups for number in group.rows], dtype=np.int64),
        starts=np.cumsum(sizes) - sizes,
        sizes=sizes,
        owners=np.repeat(np.arange(len(groups)), sizes),
    )
