"""Write the results of a run, whole or not at all.

The extension chooses the form. The old file is replaced only by a complete new one.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from loader.model import Notice
from loader.results.atomic import atomic_write
from loader.results.columns import Layout, SheetKey
from loader.results.csv_and_jsonl import CsvTable, JsonLines
from loader.results.paths import Form, form_of
from loader.run_results import ResultRow, RunSummary


def write_results(
    path: Path,
    rows: Iterable[ResultRow],
    *,
    headers: Mapping[SheetKey, Sequence[str]],
    summary: RunSummary,
    notices: Sequence[Notice] = (),
    with_parts: bool = False,
    with_changes: bool = False,
) -> None:
    """Write every row to `path`, in the form of its extension; a dry run shows its payloads.

    `headers` has the header of each (source, sheet) that rows come from; `with_parts`: some rows
    are parts of the offer of another row; `with_changes`: some change offers that exist. Raises
    `ResultsError`.
    """
    form = form_of(path)
    layout = Layout(
        headers,
        with_payload=summary.dry_run,
        with_parts=with_parts,
        with_changes=with_changes,
    )
    with atomic_write(path) as file:
        match form:
            case Form.WORKBOOK:
                _write_workbook(file, rows, layout=layout, summary=summary, notices=notices)
            case Form.CSV:
                _write_table(CsvTable(file, layout=layout), rows)
            case Form.JSON_LINES:
                _write_table(JsonLines(file, layout=layout), rows)


def _write_workbook(
    file: BinaryIO,
    rows: Iterable[ResultRow],
    *,
    layout: Layout,
    summary: RunSummary,
    notices: Sequence[Notice],
) -> None:
    from loader.results.results_workbook import Workbook  # noqa: PLC0415 - only where one is written

    workbook = Workbook(file, layout=layout)
    with workbook.book:
        for row in rows:
            workbook.write(row)
        workbook.finish(summary, notices=notices)


def _write_table(table: CsvTable | JsonLines, rows: Iterable[ResultRow]) -> None:
    for row in rows:
        table.write(row)
    table.finish()
