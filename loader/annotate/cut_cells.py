"""Cells that do not fit into a cell of a workbook, where they are cut: their rows must be fixed."""

from collections.abc import Sequence
from typing import Final

from loader.model import RowError
from loader.results.cell_text import CELL_LIMIT, shorten
from loader.tables.chunk import cell_address

_CODE: Final = "cell-too-long"


def with_cut_cells(
    errors: Sequence[RowError],
    cells: Sequence[str],
    *,
    header: Sequence[str],
    sheet: str,
    row_number: int,
) -> Sequence[RowError]:
    """Return the errors of a row, and one for each of its cells that is cut, if there is none."""
    places = {
        cell_address(sheet, row_number, at): heading
        for at, (heading, cell) in enumerate(zip(header, cells, strict=False))
        if shorten(cell) is not cell
    }
    for error in errors:
        if error.code == _CODE:
            places.pop(error.cell, None)
    return (
        *errors,
        *(
            RowError(
                row_number=row_number,
                column=heading,
                cell=address,
                code=_CODE,
                message=f"{heading} is longer than the {CELL_LIMIT:,} characters that a cell of a"
                " workbook holds (an emoji counts as two), and is cut here",
                suggestion="give the whole text in a file that is no workbook, or shorten it",
            )
            for address, heading in places.items()
        ),
    )
