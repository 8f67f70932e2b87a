"""Pivot groups of the long form into rows of the wide form, which is then checked like any sheet.

    A-1 │ Spring │ Web banner  │ <p>…</p>        name   │ placement  │ content │ placement_2 │ …
    A-1 │        │ Email image │ …         ─▶    Spring │ Web banner │ <p>…</p>│ Email image │ …

A wide row has the number of its group's first row. The fields of a representation come from its own
row; a field of the whole offer comes from the first row that fills it. Errors found in the wide
form name the cell of the sheet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.model import RowError
from loader.profile.apply import Mapped, apply
from loader.profile.bind import BoundProfile
from loader.profile.long_form.consistency import Parts, errors_of_valid_parts
from loader.profile.long_form.groups import Group, Layout, Places, SplitKey, layout_of
from loader.tables.addresses import position_in
from loader.tables.arrow import Text, series_of, text_of
from loader.tables.chunk import CellKind, Chunk, cell_address
from loader.validation.fields import numbered
from loader.validation.header import Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A column of the wide form: column `at` of the profile, for representation `number` or all.

    `rows` holds for each group the row of the sheet that the cell comes from.
    """

    at: int
    field: str
    number: int | None
    text: Text
    rows: Places
    written: Text | None = None  # as in the sheet, where that is not the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wide:
    """Groups as rows of `chunk`, and where each of their cells comes from."""

    bound: BoundProfile
    sheet: str
    groups: Sequence[Group]
    skipped: frozenset[int]  # row numbers
    chunk: Chunk
    columns: Columns
    cells: tuple[Cells, ...]  # of each column of `chunk`
    problems: tuple[RowError, ...]  # those of `chunk`, as problems of the sheet
    places: Mapping[int, tuple[int, int]]  # row number -> which group, and which row of it
    split_keys: Mapping[int, SplitKey]  # groups whose key comes back, by their first rows

    @property
    def part_of(self) -> dict[int, int]:
        """The first row of the offer of each row that is not one itself."""
        return {row: group.rows[0] for group in self.groups for row in group.rows[1:]}

    def address(self, row_number: int, cells: Cells) -> str:
        """Return the address of an offer's cell in the sheet; "" where the profile made it."""
        origins = self.bound.origins[cells.at]
        row = int(cells.rows[self.places[row_number][0]])
        return cell_address(self.sheet, row, origins[0]) if origins else ""


def pivot_groups(
    bound: BoundProfile,
    chunk: Chunk,
    groups: Sequence[Group],
    *,
    sheet: str,
    split_keys: Mapping[str, SplitKey],
) -> Wide:
    """Return whole groups, which are the rows of `chunk`, as rows of the wide form."""
    mapped = apply(bound, chunk, sheet=sheet)
    layout = layout_of(groups)
    parts = Parts(bound, chunk, groups, mapped, layout, sheet=sheet, split_keys=split_keys)
    problems = [*mapped.chunk.problems, *parts.key_errors()]
    problems += parts.missing_representations()
    cells = []
    for at, rule in enumerate(bound.rules):
        if bound.columns.fields.group_of(rule.field):
            continue
        shared = parts.shared(at)
        problems += parts.contradictions(at, shared)
        cells.append(_offer_cells(mapped, layout, at, rule.field, shared.given_at))
    cells += _representation_cells(bound, mapped, layout)
    index = pd.Index(layout.numbers[layout.starts], name="row_number")
    frame = {at: series_of(each.text, index) for at, each in enumerate(cells)}
    places = _places(groups)
    return Wide(
        bound=bound,
        sheet=sheet,
        groups=groups,
        skipped=mapped.skipped,
        chunk=Chunk(
            frame=pd.DataFrame(frame, index=index, columns=range(len(cells))),
            kinds=_kinds(mapped.chunk.kinds, cells, groups, places),
            problems=_as_problems_of_groups(problems, bound, groups, places),
            written={
                at: series_of(each.written, index)
                for at, each in enumerate(cells)
                if each.written is not None
            },
        ),
        columns=_columns(bound, cells),
        cells=tuple(cells),
        problems=tuple(problems),
        places=places,
        split_keys={
            each.rows[0]: split_keys[each.key] for each in groups if each.key in split_keys
        },
    )


def _offer_cells(mapped: Mapped, layout: Layout, at: int, field: str, given_at: Places) -> Cells:
    given = pa.array(given_at)
    written = mapped.chunk.written.get(at)
    return Cells(
        at=at,
        field=field,
        number=None,
        text=text_of(mapped.chunk.frame[at]).take(given),
        rows=layout.numbers[given_at],
        written=None if written is None else text_of(written).take(given),
    )


def _representation_cells(bound: BoundProfile, mapped: Mapped, layout: Layout) -> Iterator[Cells]:
    for number in range(1, layout.most + 1):
        places, has = layout.nth(number)
        for at, rule in enumerate(bound.rules):
            if bound.columns.fields.group_of(rule.field):
                text = text_of(mapped.chunk.frame[at]).take(pa.array(places, mask=~has))
                yield Cells(
                    at=at,
                    field=numbered(rule.field, number),
                    number=number,
                    text=pc.fill_null(text, ""),
                    rows=layout.numbers[places],
                )


def _columns(bound: BoundProfile, cells: Sequence[Cells]) -> Columns:
    return Columns(
        fields=bound.columns.fields,
        header=tuple(_heading(bound.columns.header[each.at], each.number) for each in cells),
        positions=MappingProxyType({each.field: at for at, each in enumerate(cells)}),
    )


def _places(groups: Sequence[Group]) -> dict[int, tuple[int, int]]:
    return {
        row: (at, number)
        for at, group in enumerate(groups)
        for number, row in enumerate(group.rows, start=1)
    }


def _heading(heading: str, number: int | None) -> str:
    """Return a heading that is a wide column's alone."""
    return f"{heading} (row {number} of the offer)" if (number or 1) > 1 else heading


def _as_problems_of_groups(
    problems: Sequence[RowError],
    bound: BoundProfile,
    groups: Sequence[Group],
    places: Mapping[int, tuple[int, int]],
) -> tuple[RowError, ...]:
    """Return problems of rows as problems of their groups, under the headings of the wide form."""
    are_numbered = {
        heading
        for heading, rule in zip(bound.columns.header, bound.rules, strict=True)
        if bound.columns.fields.group_of(rule.field)
    }
    moved = []
    for each in problems:
        at, number = places[each.row_number]
        column = _heading(each.column, number if each.column in are_numbered else None)
        moved.append(replace(each, row_number=groups[at].rows[0], column=column))
    return tuple(moved)


def _kinds(
    kinds: Mapping[tuple[int, int], CellKind],
    cells: Sequence[Cells],
    groups: Sequence[Group],
    places: Mapping[int, tuple[int, int]],
) -> dict[tuple[int, int], CellKind]:
    """Return the kinds of the cells of the sheet that are cells of the wide form."""
    positions = {(each.at, each.number): position for position, each in enumerate(cells)}
    found = {}
    for (row, at), kind in kinds.items():
        group, number = places[row]
        position = positions.get((at, number), positions.get((at, None)))
        if position is not None and cells[position].rows[group] == row:
            found[groups[group].rows[0], position] = kind
    return found


def relocate_errors(wide: Wide, errors: Sequence[RowError]) -> list[RowError]:
    """Return the errors that a check found in the wide form as errors of rows of the sheet."""
    already_located = frozenset(wide.chunk.problems)
    found = [
        *wide.problems,
        *(
            _relocate(wide, error)
            for error in errors
            if error not in already_located and not _is_explained(wide, error)
        ),
    ]
    found += errors_of_valid_parts(wide.groups, found)
    return sorted(found, key=lambda error: error.row_number)


def _is_explained(wide: Wide, error: RowError) -> bool:
    """Say whether an error follows from a wrong key, which is reported already."""
    split = wide.split_keys.get(error.row_number)
    if split is None:
        return False
    if error.code == "missing-value":  # it may be filled where the offer began, further above
        cells = _cells_of(wide, error)
        is_shared = cells is not None and cells.number is None
        return is_shared and error.row_number != split.first
    return split.is_long and error.code in wide.columns.fields.between_groups


def _cells_of(wide: Wide, error: RowError) -> Cells | None:
    """Return the column that an error of the wide form is in, if it is in one."""
    position = position_in(error.cell)
    return None if position is None else wide.cells[position]


def _relocate(wide: Wide, error: RowError) -> RowError:
    group, _ = wide.places[error.row_number]
    cells = _cells_of(wide, error)
    if cells is not None:
        heading = wide.bound.columns.header[cells.at].strip()
        row, cell = int(cells.rows[group]), wide.address(error.row_number, cells)
    else:  # of a field that has no column, by its name: "type_2"
        number = wide.columns.fields.group_of(error.column) or 1
        heading = error.column.removesuffix(f"_{number}")
        row, cell = wide.groups[group].rows[number - 1], ""
    message = error.message
    if heading != error.column:
        message = message.replace(error.column, heading)
    return replace(error, row_number=row, cell=cell, column=heading, message=message)
