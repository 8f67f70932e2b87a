"""Where the rows of groups stand among the rows that are kept, as numbers to reckon with.

Rules of this file: a place is counted from 0 among the kept rows of a chunk; groups have at least
one row each, in the order of the sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from loader.profile.groups import Group
from loader.sheet.arrow import Mask

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
    """Return where the rows of `groups` stand."""
    sizes = np.array([len(group.rows) for group in groups], dtype=np.int64)
    return Layout(
        numbers=np.array([number for group in groups for number in group.rows], dtype=np.int64),
        starts=np.cumsum(sizes) - sizes,
        sizes=sizes,
        owners=np.repeat(np.arange(len(groups)), sizes),
    )
