"""What a person changed of the cells of a source, which itself stays as it is.

    source -> its tables -> the same tables with the edited cells -> checks, plan, load

An edited cell is checked as if the file were a text file that held the new text: what the reader
found wrong with the old one no longer counts. Addresses and row numbers stay those of the source. A
row that is blank after its edits is no row.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

import orjson
import pandas as pd

from loader.model import RowError, Severity
from loader.source.delimited.records import add_problems, unwrap
from loader.source.parsed_rows import RawRow, TableHead, row_error
from loader.tables.arrow import series_of, text_of, texts_of
from loader.tables.chunk import CellKind, Chunk, Table, cell_address

ROW: Final = -1  # the position of an edit that confirms a row: its cells are in their places


class Cell(NamedTuple):
    """A cell of a source; `position` counts the columns from 0, `sheet` is "" for none."""

    sheet: str
    row_number: int
    position: int


@dataclass(frozen=True, kw_only=True)
class CellEdits:
    """The new texts of cells.

    An edit at the position `ROW` says that a person looked at a row of which the reader could not
    tell where its cells belong: such problems of the row are gone.
    """

    cells: Mapping[Cell, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.cells)

    @cached_property
    def digest(self) -> str:
        """The sha256 of all edits, whatever their order."""
        listed = [[*cell, text] for cell, text in sorted(self.cells.items())]
        return hashlib.sha256(orjson.dumps(listed)).hexdigest()

    @cached_property
    def _by_sheet(self) -> Mapping[str, Mapping[int, Mapping[int, str]]]:
        sheets: dict[str, dict[int, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
        for cell, text in self.cells.items():
            sheets[cell.sheet][cell.row_number][cell.position] = unwrap(text)
        return sheets

    def apply_to(self, table: Table, *, is_encoding_named: bool = False) -> Table:
        """Return `table` with the edits."""
        rows = self._by_sheet.get(table.sheet)
        if not rows:
            return table
        editor = _Editor(table=table, rows=rows, is_encoding_named=is_encoding_named)
        return replace(table, chunks=editor.edited_chunks())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Editor:
    """Edits the chunks of one table."""

    table: Table
    rows: Mapping[int, Mapping[int, str]]
    is_encoding_named: bool

    def edited_chunks(self) -> Iterator[Chunk]:
        for chunk in self.table.chunks:
            numbers = chunk.frame.index
            edited_rows = (
                [number for number in self.rows if number in numbers] if len(numbers) else []
            )
            if edited_rows:
                edited = self._edit_chunk(chunk, sorted(edited_rows))
                if len(edited.frame):
                    yield edited
            else:
                yield chunk

    def _edit_chunk(self, chunk: Chunk, numbers: list[int]) -> Chunk:
        """Return a chunk with its edits; the rows `numbers` have some."""
        frame = chunk.frame.copy(deep=False)
        width = len(self.table.header)
        places = dict(
            zip(numbers, frame.index.get_indexer(pd.Index(numbers)).tolist(), strict=True)
        )
        for position in sorted({at for number in numbers for at in self.rows[number]}):
            if not 0 <= position < width:
                continue
            texts = texts_of(text_of(frame[position]))
            for number in numbers:
                texts[places[number]] = self.rows[number].get(position, texts[places[number]])
            frame[position] = series_of(texts, frame.index)
        kinds, problems = self._recheck(chunk, numbers)
        edited = replace(chunk, frame=frame, kinds=kinds, problems=problems)
        return _without_rows(edited, self._blank_rows(edited, numbers))

    def _recheck(
        self, chunk: Chunk, numbers: list[int]
    ) -> tuple[dict[tuple[int, int], CellKind], tuple[RowError, ...]]:
        """Return the kinds and problems of the cells after the edits."""
        edited = {(number, at) for number in numbers for at in self.rows[number]}
        kinds = {place: kind for place, kind in chunk.kinds.items() if place not in edited}
        problems = [each for each in chunk.problems if not self._is_resolved(each)]
        head = TableHead(
            sheet=self.table.sheet, header=self.table.header, header_row=self.table.header_row
        )
        for number in numbers:
            row = RawRow(number=number, cells=self._texts(number))
            add_problems(row, is_encoding_named=self.is_encoding_named)
            kinds |= {(number, at): kind for at, kind in (row.kinds or {}).items()}
            problems += [
                row_error(each, row_number=number, head=head) for each in row.problems or ()
            ]
        problems.sort(key=lambda each: each.row_number)
        return kinds, tuple(problems)

    def _texts(self, number: int) -> list[str]:
        """Return the new texts of a row, and blanks for what is as it was."""
        edits = self.rows[number]
        return [edits.get(position, "") for position in range(len(self.table.header))]

    def _is_resolved(self, problem: RowError) -> bool:
        """Say whether an edit resolves a problem that the reader found."""
        number = problem.row_number
        edits = self.rows.get(number)
        if not edits:
            return False
        sheet, width = self.table.sheet, len(self.table.header)
        if problem.cell in {cell_address(sheet, number, at) for at in edits if at >= 0}:
            return True
        inside = {cell_address(sheet, number, at) for at in range(width)}
        return ROW in edits and problem.cell not in inside

    def _blank_rows(self, chunk: Chunk, numbers: list[int]) -> set[int]:
        """Return the edited rows that are blank now and without errors."""
        faulty = {each.row_number for each in chunk.problems if each.severity is Severity.ERROR}
        faulty |= {
            number for (number, _), kind in chunk.kinds.items() if kind is CellKind.FORMULA_UNCACHED
        }
        rows = chunk.frame.loc[numbers]
        filled = rows.apply(lambda column: column.str.strip() != "").any(axis=1)
        return {int(number) for number in rows.index[~filled]} - faulty


def _without_rows(chunk: Chunk, numbers: set[int]) -> Chunk:
    if not numbers:
        return chunk
    return Chunk(
        frame=chunk.frame[~chunk.frame.index.isin(list(numbers))],
        kinds={place: kind for place, kind in chunk.kinds.items() if place[0] not in numbers},
        problems=tuple(each for each in chunk.problems if each.row_number not in numbers),
    )
