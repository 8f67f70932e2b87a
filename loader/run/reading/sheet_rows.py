"""The rows of a sheet that is planned: their cells by column, and what is wrong with them.

What was wrong with an offer before anybody edited its row is no error of the edit: it becomes a
warning. It is found by checking the cells as they were pulled, with the same checks. A word that
the library itself has, such as `archived`, gives no warning.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TypeAlias

import orjson
import pandas as pd

from loader.journal import StagedRow
from loader.model import RowError
from loader.planning.sheet_row import SheetRow
from loader.pulled.layout import OURS
from loader.run.reading.read_chunk import ReadChunk
from loader.run.reading.staged_rows import staged_rows
from loader.tables.chunk import Chunk, cell_address
from loader.tables.fold_headings import fold
from loader.validation.cell_checks import NOT_ALLOWED
from loader.validation.editing import Cells, Object, is_same_text

ErrorsWhenPulled: TypeAlias = frozenset[tuple[int, str, str]]  # row number, code, column


def sheet_rows(part: ReadChunk) -> Iterator[SheetRow]:
    """Yield the rows of a chunk with the cells that are ours beside those of fields."""
    ours = {
        fold(heading): at for at, heading in enumerate(part.table.header) if fold(heading) in OURS
    }
    fields: Mapping[str, int] = part.columns.positions
    frame = part.mapped.frame
    cells_now = {name: frame[at].to_dict() for name, at in fields.items()}
    for staged in staged_rows(part):
        number = staged.row_number
        now = {name: str(cells.get(number, "")) for name, cells in cells_now.items()}
        yield SheetRow(
            staged=staged,
            ours={name: str(staged.cells[at]) for name, at in ours.items()},
            now=now,
            document=partial(_document, part, staged),
            address_of=partial(_address, part, ours, number),
        )


def _document(part: ReadChunk, staged: StagedRow) -> Object:
    if staged.payload is None:
        return part.document_of(staged.row_number)
    found: Object = orjson.loads(staged.payload.body)
    return found


def _address(part: ReadChunk, ours: Mapping[str, int], row_number: int, column: str) -> str:
    if column in ours:
        return cell_address(part.table.sheet, row_number, ours[column])
    return part.key_cell(row_number, column) if column in part.columns.positions else ""


def errors_when_pulled(part: ReadChunk, pulled: Mapping[int, Cells]) -> ErrorsWhenPulled:
    """Return what was wrong with rows as they were pulled; `pulled` are their cells by number."""
    here = part.mapped.frame.index
    pulled = {number: cells for number, cells in pulled.items() if number in here}
    if not pulled:
        return frozenset()
    frame = part.mapped.frame.loc[list(pulled)].copy()
    for field, at in part.columns.positions.items():
        texts = [cells.get(field, "") for cells in pulled.values()]
        frame[at] = pd.Series(texts, index=frame.index, dtype=frame[at].dtype)
    errors = part.check_again(Chunk(frame=frame))
    return frozenset((error.row_number, error.code, error.column) for error in errors)


def downgrade_earlier_errors(row: SheetRow, pulled: Cells, before: ErrorsWhenPulled) -> SheetRow:
    """Return a row with warnings in place of what was wrong before, in cells as they were."""
    same = {
        row.address_of(field)
        for field, text in row.now.items()
        if is_same_text(text, pulled.get(field, ""))
    }

    def is_harmless(error: RowError) -> bool:
        was = (error.row_number, error.code, error.column) in before
        return was and (not error.cell or error.cell in same)

    return row.with_errors_as_warnings(is_harmless, dropped={NOT_ALLOWED})
