"""Groups of a row that name the same placement are the languages of one representation.

They must agree on the type and the channel, and each has a language of its own; the later group is
blamed. Of most rows, in which every placement is named once, only the placements are read.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from loader.offer.vocabulary import CHANNEL_BASE_PATTERN
from loader.tables.arrow import Mask, Text, text_of, texts_of
from loader.validation.entity import RowCheck
from loader.validation.fields import numbered

CODE_AND_FIELD: Final = (
    ("type-conflict", "type"),
    ("channel-conflict", "channel"),
    ("representation-repeated", "placement"),
)


class Languages:
    """The groups of some columns, as languages: compared once for all checks of the same rows."""

    def __init__(self, groups: Sequence[int]) -> None:
        self._groups = groups
        self._rows: pd.DataFrame | None = None
        self._faults: dict[tuple[str, int], Mask] = {}

    def faults(self, rows: pd.DataFrame, code: str, number: int) -> Mask:
        """Return the rows in which group `number` is to blame for `code`."""
        if self._rows is not rows:
            self._rows, self._faults = rows, {}
            self._find_faults(rows)
        return self._faults.get((code, number), np.zeros(len(rows), dtype=bool))

    def _find_faults(self, rows: pd.DataFrame) -> None:
        columns = [self._texts(rows, "placement", number) for number in self._groups]
        repeated = [at for at, row in enumerate(zip(*columns, strict=True)) if _has_two_alike(row)]
        if not repeated:
            return
        repeated_rows = rows.iloc[repeated]
        cells = {
            field: list(
                zip(*(self._texts(repeated_rows, field, n) for n in self._groups), strict=True)
            )
            for field in ("placement", "type", "channel", "language")
        }
        for at, *row in zip(repeated, *cells.values(), strict=True):
            self._compare(at, *row, rows=len(rows))

    def _texts(self, rows: pd.DataFrame, field: str, number: int) -> list[str]:
        column = numbered(field, number)
        if column not in rows:
            return [""] * len(rows)
        text = text_of(rows[column])
        return texts_of(channel_word(text) if field == "channel" else text)

    def _compare(
        self,
        at: int,
        placements: Sequence[str],
        types: Sequence[str],
        channels: Sequence[str],
        languages: Sequence[str],
        *,
        rows: int,
    ) -> None:
        seen: dict[str, tuple[set[str], set[str], set[str]]] = {}
        groups = zip(self._groups, placements, types, channels, languages, strict=True)
        for number, placement, *values in groups:
            if not placement:
                continue
            earlier = seen.setdefault(placement, (set(), set(), set()))
            kind, channel, language = values
            conflicts = (
                bool(kind) and bool(earlier[0] - {kind, ""}),
                bool(channel) and bool(earlier[1] - {channel, ""}),
                language in earlier[2],
            )
            for (code, _), is_conflict in zip(CODE_AND_FIELD, conflicts, strict=True):
                if is_conflict:
                    faults = self._faults.setdefault((code, number), np.zeros(rows, dtype=bool))
                    faults[at] = True
            for earlier_values, value in zip(earlier, values, strict=True):
                earlier_values.add(value)


def _has_two_alike(placements: Sequence[str]) -> bool:
    filled = [each for each in placements if each]
    return len(set(filled)) < len(filled)


def channel_word(text: Text) -> Text:
    """Return the word of a channel's URI; anything else as it is."""
    return pc.replace_substring_regex(text, pattern=CHANNEL_BASE_PATTERN, replacement="")


def language_checks(groups: Sequence[int]) -> Iterator[RowCheck]:
    """Yield the checks that compare the groups of a row."""
    languages = Languages(groups)
    for number in groups[1:]:
        for code, field in CODE_AND_FIELD:
            yield RowCheck(
                code=code,
                field=numbered(field, number),
                faults=lambda rows, code=code, number=number: (  # type: ignore[misc]  # a default binds the loop's value
                    languages.faults(rows, code, number)
                ),
            )
