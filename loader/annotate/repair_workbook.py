"""Workbooks of just the rows that a person must fix, ready to be loaded as they are.

    offers.csv, 200,000 rows  ->  offers.failed.xlsx, the 7 that are invalid or failed

One workbook for each source, one sheet for each of its sheets, the user's own columns in their
places, so that the same column profile fits. After them one column of ours, whose heading is
reserved, says what is wrong.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, Final

from loader.annotate.cell_comments import reserved_column, summarise_errors
from loader.annotate.cut_cells import with_cut_cells
from loader.annotate.marked_rows import MarkedBook, table_plan
from loader.results.atomic import atomic_write
from loader.results.columns import SheetKey, problems
from loader.run_results import ResultRow

FLAG: Final = "--failed-only"
WORD: Final = "failed"
TO_FIX: Final = frozenset({"invalid", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairWorkbook:
    """A workbook that was written; `renamed`: its only sheet, if that could not keep its name."""

    path: Path
    renamed: str = ""


def write_repair_workbooks(
    rows: Iterable[ResultRow],
    *,
    headers: Mapping[SheetKey, Sequence[str]],
    place: Callable[[str], Path],
    unnamed: str = "",
) -> dict[str, RepairWorkbook]:
    """Write the rows of each source that are to be fixed to its `place`; return what was written.

    `unnamed`: what to call the sheet of a source that has none, as CSV; "" for a name of ours.
    """
    wanted = (row for row in rows if row.status in TO_FIX)
    written = {}
    for source, of_source in groupby(wanted, key=attrgetter("source")):
        path = place(source)
        with atomic_write(path, path_by=f"{FLAG} PATH") as file:
            renamed = _write(file, of_source, headers, unnamed)
        written[source] = RepairWorkbook(path=path, renamed=renamed)
    return written


def _write(
    file: BinaryIO,
    rows: Iterable[ResultRow],
    headers: Mapping[SheetKey, Sequence[str]],
    unnamed: str,
) -> str:
    """Write the workbook; return what its sheet is called now, if that is the only one."""
    book: MarkedBook | None = None
    names: list[tuple[str, str]] = []
    with ExitStack() as stack:
        for (source, sheet), of_sheet in groupby(rows, key=attrgetter("source", "sheet")):
            header = list(headers[source, sheet])
            place, ours = reserved_column(header)
            plan = table_plan(source, sheet or unnamed, header, ours=ours)
            if book is None:
                book = stack.enter_context(MarkedBook(file, plan, title="Rows to fix"))
            else:
                book.next_table(plan)
            names.append((sheet or unnamed, book.book.table_name))
            for row in of_sheet:
                number = row.row_number
                errors = with_cut_cells(
                    problems(row), row.cells, header=header, sheet=sheet, row_number=number
                )
                cells = [*row.cells[: len(header)], *[""] * (len(header) - len(row.cells)), *ours]
                cells[place] = summarise_errors(errors, source=source, sheet=sheet)
                book.write(cells, errors, source=source, sheet=sheet)
        if book is not None:
            book.book.finish()
    return next((new for old, new in names if len(names) == 1 and old not in {"", new}), "")
