"""Some rows of a sheet as read: what is wrong with them, what they send, where their keys are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from loader.model import Payload, RowError, Severity
from loader.profile.bind import BoundProfile
from loader.profile.long_form.pivot import Wide
from loader.tables.chunk import Chunk, Table, cell_address
from loader.validation.check import Checked
from loader.validation.entity import Document
from loader.validation.header import Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChunk:
    """Some rows of one sheet: as read, what is wrong with them, and what they would send.

    `make_payloads` maps the valid rows, which costs more than checking them.
    """

    table: Table
    columns: Columns  # of `mapped`
    chunk: Chunk
    mapped: Chunk  # the same rows in our columns, but for `skipped`
    skipped: frozenset[int]  # row numbers
    bound: BoundProfile | None  # None: the sheet has our columns already
    checked: Checked
    make_payloads: Callable[[], Iterator[Payload]]
    errors: dict[int, list[RowError]]  # by row number
    document_of: Callable[[int], Document]  # what a row says, valid or not, by its number
    check_again: Callable[[Chunk], Sequence[RowError]]  # rows with other cells in our columns
    wide: Wide | None = None  # the long form: `mapped` has a row for each offer

    @property
    def source(self) -> str:
        """The path of the source."""
        return self.table.source

    @property
    def sheet(self) -> str:
        """The name of the sheet, "" for none."""
        return self.table.sheet

    def payloads(self) -> dict[int, Payload]:
        """Return what the valid rows send, by row number."""
        return {payload.row_number: payload for payload in self.make_payloads()}

    def weaker_keys(self) -> dict[int, str]:
        """Return the field that holds the key of each row that lacks the strongest one."""
        strongest, *others = (f for f in self.columns.fields.keys if f in self.columns.positions)
        if not others:
            return {}
        positions, frame = self.columns.positions, self.mapped.frame
        blank = frame[frame[positions[strongest]].str.strip() == ""]
        cells = {field: blank[positions[field]].str.strip() for field in others}
        numbers = map(int, blank.index)
        return {n: next((f for f in others if cells[f][n]), strongest) for n in numbers}

    def wrong_keys(self, weaker: Mapping[int, str]) -> set[int]:
        """Return the rows whose key is wrong itself; `weaker` as `weaker_keys` gives them."""
        return {
            error.row_number
            for error in self.checked.errors
            if error.severity is Severity.ERROR
            and error.column == self.key_column(weaker.get(error.row_number))
        }

    def key_place(self, field: str | None) -> int | None:
        """Return the column of the sheet that holds keys; None where no single one does."""
        position = self._key_position(field)
        if self.wide is not None:
            return None
        if self.bound is None:
            return position
        return next(iter(self.bound.origins[position]), None)

    def key_cell(self, row_number: int, field: str | None = None) -> str:
        """Return the address of the cell that holds the key of a row, if it is in `field`."""
        position = self._key_position(field)
        if self.wide is not None:
            is_skipped = row_number in self.skipped
            return "" if is_skipped else self.wide.address(row_number, self.wide.cells[position])
        if self.bound is not None:
            origins = self.bound.origins[position]
            if not origins:
                return ""
            position = origins[0]
        return cell_address(self.table.sheet, row_number, position)

    def key_column(self, field: str | None = None) -> str:
        """Return the heading of the column that holds the key, if it is in `field`."""
        return self.columns.header[self._key_position(field)]

    def _key_position(self, field: str | None) -> int:
        return self.columns.positions[field] if field else self.columns.key_position

    def is_of_sheet(self, position: int) -> bool:
        """Return whether a column of `mapped` comes from the sheet, not from the profile alone."""
        if self.bound is None:
            return True
        at = position if self.wide is None else self.wide.cells[position].at
        return bool(self.bound.origins[at])

    @property
    def part_of(self) -> Mapping[int, int]:
        """The first row of the same offer, of each row that is a further part of one."""
        return self.wide.part_of if self.wide is not None else {}
