"""Check the rows of one offer against each other: their keys, and the fields of the whole offer.

An error names the cell to fix and, where two cells contradict each other, the other one. The valid
rows of an invalid offer get an error too, which names the invalid ones.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow.compute as pc

from loader.messages.catalogue import CODES
from loader.messages.parts import part_of_invalid
from loader.model import LONGEST_VALUE, RowError, Severity
from loader.profile.apply import PASSED_ON, Mapped, quoted
from loader.profile.bind import BoundProfile
from loader.profile.long_form.groups import MOST_ROWS, Group, Layout, Places, SplitKey
from loader.tables.arrow import Mask, Text, filled, mask_of, text_of
from loader.tables.chunk import CellKind, Chunk, cell_address
from loader.validation.fields import Fields, Form
from loader.validation.suggestions import ADVICE

_ERROR_CODES: Final = {
    CellKind.ERROR: "cell-error",
    CellKind.FORMULA_UNCACHED: "formula-no-value",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A field of the whole offer: the row that gives it in each group, and where it differs."""

    given_at: Places
    differs: Mask


class Parts:
    """The kept rows of one chunk, as parts of their groups."""

    def __init__(
        self,
        bound: BoundProfile,
        chunk: Chunk,
        groups: Sequence[Group],
        mapped: Mapped,
        layout: Layout,
        *,
        sheet: str,
        split_keys: Mapping[str, SplitKey],
    ) -> None:
        self._bound = bound
        self._chunk = chunk
        self._groups = groups
        self._frame = chunk.frame.loc[layout.numbers]
        self._mapped = mapped.chunk
        self._layout = layout
        self._sheet = sheet
        self._split_keys = split_keys

    def shared(self, at: int) -> Shared:
        """Return which rows give the field of column `at`: the first that fill it."""
        text = text_of(self._mapped.frame[at])
        is_filled = self._is_filled(at, text)
        has_error = self._has_error(at)
        rank = np.where(has_error, 0, np.where(is_filled, 1, 2))
        given_at = self._layout.first_of_best(rank)
        values = _comparable(text, self._bound.rules[at].field, self._bound.columns.fields)
        givers = given_at[self._layout.owners]
        differs = mask_of(pc.not_equal(values, values.take(givers)))
        sound = is_filled & ~has_error
        return Shared(given_at=given_at, differs=differs & sound & sound[givers])

    def _is_filled(self, at: int, text: Text) -> Mask:
        """Return where the sheet has text; what the profile puts in a blank cell does not count.

        A row without a key does not count either: it may belong to another offer.
        """
        found = np.zeros(len(text), dtype=bool)
        for origin in self._bound.origins[at]:
            found |= filled(pc.utf8_trim_whitespace(text_of(self._frame[origin])))
        keyless = [number for group in self._groups for number in group.without_key]
        has_key = ~np.isin(self._layout.numbers, keyless)
        return found & has_key & filled(pc.utf8_trim_whitespace(text))

    def _has_error(self, at: int) -> Mask:
        with_error = {
            number
            for (number, position), kind in self._mapped.kinds.items()
            if position == at and kind in PASSED_ON
        }
        return np.isin(self._layout.numbers, list(with_error))

    def contradictions(self, at: int, shared: Shared) -> Iterator[RowError]:
        """Yield errors for rows of an offer that contradict each other; skip groups too long."""
        for place in np.flatnonzero(shared.differs).tolist():
            group = int(self._layout.owners[place])
            split = self._split_keys.get(self._groups[group].key)
            if split is not None and split.is_long:
                continue
            other = int(shared.given_at[group])
            number = int(self._layout.numbers[other])
            origin = self._origin(at, other)
            address = cell_address(self._sheet, number, origin)
            other_cell = f"{quoted(self._text(other, origin))} in {address}"
            yield self._error("part-differs", place, self._origin(at, place), other=other_cell)

    def _origin(self, at: int, place: int) -> int:
        """Return the first column of a field that is filled in a row."""
        origins = self._bound.origins[at]
        return next((each for each in origins if self._text(place, each).strip()), origins[0])

    def _text(self, place: int, position: int) -> str:
        return str(self._frame.iat[place, position])

    def key_errors(self) -> Iterator[RowError]:
        """Yield an error for each row without a key and each key of several groups."""
        for group, start in zip(self._groups, self._layout.starts.tolist(), strict=True):
            for number in group.without_key:
                yield self._missing_key_error(start + group.rows.index(number))
            split = self._split_keys.get(group.key)
            if split is not None:
                code = "too-many-parts" if split.is_long else "key-not-adjacent"
                yield self._error(code, start, self._bound.keys[0], other=_describe_split(split))

    def _missing_key_error(self, place: int) -> RowError:
        number = int(self._layout.numbers[place])
        kinds = {at: self._chunk.kinds.get((number, at)) for at in self._bound.keys}
        position = next(
            at
            for at, kind in kinds.items()
            if not self._text(place, at).strip() or kind is CellKind.ERROR
        )
        code = _ERROR_CODES.get(kinds[position] or CellKind.TEXT, "key-blank")
        return self._error(code, place, position, expected="the key of an offer")

    def missing_representations(self) -> Iterator[RowError]:
        """Yield an error for each row after the first of its group without a representation."""
        known = self._bound.columns.fields
        fields = {rule.field: at for at, rule in enumerate(self._bound.rules)}
        has_representation = np.zeros(len(self._layout.numbers), dtype=bool)
        has_representation[self._layout.starts] = True  # of a first row, the check says so
        for field, at in fields.items():
            if known.group_of(field):
                has_representation |= filled(
                    pc.utf8_trim_whitespace(text_of(self._mapped.frame[at]))
                )
        origins = self._bound.origins[fields[known.group]]
        for place in np.flatnonzero(~has_representation).tolist():
            if origins:
                expected = known.facts_of(known.group).expected
                yield self._error("missing-value", place, origins[0], expected=expected)

    def _error(
        self,
        code: str,
        place: int,
        position: int,
        *,
        other: str = "",
        expected: str = f"{MOST_ROWS} rows of the sheet at most",
    ) -> RowError:
        number = int(self._layout.numbers[place])
        value = self._text(place, position).strip()
        heading = self._bound.header[position].strip()
        known = CODES[code]
        return RowError(
            row_number=number,
            column=heading,
            cell=cell_address(self._sheet, number, position),
            code=code,
            message=known.message.format(
                value=quoted(value), column=heading, other=other, expected=expected
            ),
            value=value[:LONGEST_VALUE],
            suggestion=ADVICE.get(code, ""),
            severity=known.severity,
        )


def errors_of_valid_parts(
    groups: Iterable[Group], errors: Iterable[RowError]
) -> Iterator[RowError]:
    """Yield an error for each valid row of an offer with invalid rows: the offer is not sent."""
    invalid = {error.row_number for error in errors if error.severity is Severity.ERROR}
    for group in groups:
        invalid_rows = [number for number in group.rows if number in invalid]
        if invalid_rows:
            yield from (
                part_of_invalid(each, invalid_rows) for each in group.rows if each not in invalid
            )


def _comparable(text: Text, field: str, fields: Fields) -> Text:
    """Return the cells of a field so that equal ones mean the same."""
    text = pc.utf8_normalize(pc.utf8_trim_whitespace(text), form="NFC")
    return pc.utf8_lower(text) if fields.facts_of(field).form is Form.WORD else text


def _describe_split(split: SplitKey) -> str:
    first = f"row {split.first}"
    return first if split.is_long else f"{first} and again in row {split.again}"
