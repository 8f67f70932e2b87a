"""The rows of a draft as the tables that the loader's own reading takes, with their edits."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson
import pandas as pd

from loader.errors import EditRefused
from loader.model import RowError
from loader.named_sql import statements
from loader.source.edited_cells import Cell, CellEdits
from loader.source.parsed_rows import KINDS
from loader.tables.chunk import Chunk, Table

_SQL = statements("stored_rows.sql", package=__package__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSheet:
    """A sheet of a draft; its rows have the ids `first` to `last`."""

    sheet_id: int
    name: str
    header: tuple[str, ...]
    header_row: int
    first: int
    rows: int

    @property
    def last(self) -> int:
        """The id of the last row."""
        return self.first + self.rows - 1


def stored_sheets(sql: sqlite3.Connection) -> list[StoredSheet]:
    """Return the sheets of a draft."""
    rows = sql.execute(_SQL.sheets)
    return [
        StoredSheet(
            sheet_id=sheet_id,
            name=name,
            header=tuple(orjson.loads(header)),
            header_row=header_row,
            first=first,
            rows=count,
        )
        for sheet_id, name, header, header_row, first, count in rows
    ]


def sheet_of(sql: sqlite3.Connection, sheet_id: int) -> StoredSheet:
    """Return one sheet. Raises `EditRefused`."""
    found = next((sheet for sheet in stored_sheets(sql) if sheet.sheet_id == sheet_id), None)
    if found is None:
        raise EditRefused("there is no such sheet: load the page again")
    return found


def row_number(sql: sqlite3.Connection, row_id: int) -> int:
    """Return the number of a row in its sheet."""
    (number,) = sql.execute(_SQL.number, (row_id,)).fetchone()
    return int(number)


def row_ids(sql: sqlite3.Connection, sheet: StoredSheet, first: int, last: int) -> dict[int, int]:
    """Return the ids of the rows of a sheet with the numbers `first` to `last`, by number."""
    return dict(sql.execute(_SQL.ids, (sheet.first, sheet.last, first, last)))


def cell_edits(sql: sqlite3.Connection) -> CellEdits:
    """Return what was edited."""
    return CellEdits(
        cells={
            Cell(name, number, at): text for name, number, at, text in sql.execute(_SQL.all_edits)
        }
    )


@dataclass(frozen=True, kw_only=True)
class StoredSource:
    """Rows of a draft, read like a file; `batches` gives the ids of the rows of each chunk."""

    path: str
    sheets: Sequence[StoredSheet]
    batches: Callable[[StoredSheet], Sequence[Sequence[int]]]
    sql: sqlite3.Connection
    is_encoding_named: bool = False

    @property
    def takes_every_sheet(self) -> bool:
        """Whether every sheet was asked for: no, exactly these."""
        return False

    def tables(self) -> Iterator[Table]:
        """Yield the sheets that have rows to read."""
        for sheet in self.sheets:
            batches = self.batches(sheet)
            if batches:
                yield self._table(sheet, self._chunks(sheet, batches))

    def _table(self, sheet: StoredSheet, chunks: Iterator[Chunk]) -> Table:
        return Table(
            source=self.path,
            sheet=sheet.name,
            header=sheet.header,
            header_row=sheet.header_row,
            notices=(),
            chunks=chunks,
        )

    def _chunks(self, sheet: StoredSheet, batches: Sequence[Sequence[int]]) -> Iterator[Chunk]:
        """Yield the rows as they are when they are asked for."""
        for batch in batches:
            wanted = (orjson.dumps(batch).decode(),)
            rows = self.sql.execute(_SQL.rows, wanted).fetchall()
            numbers = {row_id: number for row_id, number, *_ in rows}
            edits = CellEdits(
                cells={
                    Cell(sheet.name, numbers[row_id], position): text
                    for row_id, position, text in self.sql.execute(_SQL.edits, wanted)
                }
            )
            table = self._table(sheet, iter([_chunk(rows, len(sheet.header))]))
            yield from edits.apply_to(table, is_encoding_named=self.is_encoding_named).chunks


def _chunk(rows: Sequence[tuple[int, int, str, str | None, str | None]], width: int) -> Chunk:
    cells = orjson.loads(f"[{','.join(row[2] for row in rows)}]")
    columns = list(zip(*cells, strict=True)) if cells else [()] * width
    index = pd.Index([row[1] for row in rows], name="row_number")
    frame = pd.DataFrame(
        {at: pd.array(column, dtype="str") for at, column in enumerate(columns)}, index=index
    )
    kinds = {
        (number, int(position)): KINDS[code]
        for _, number, _, some, _ in rows
        if some
        for position, code in orjson.loads(some).items()
    }
    problems = tuple(
        RowError.of_json(problem) for *_, some in rows if some for problem in orjson.loads(some)
    )
    return Chunk(frame=frame, kinds=kinds, problems=problems)
