"""What is wrong with rows of a draft that only its own file shows, and no workbook of texts."""

import sqlite3
from collections.abc import Iterator

from loader.model import RowError
from loader.named_sql import statements
from loader.run.drafting.check_rows import Checker
from loader.run.drafting.database import fact
from loader.run.drafting.stored_rows import stored_sheets
from loader.tables.chunk import cell_address
from loader.validation.repair_column import must_be_confirmed

_SQL = statements("unrepeatable_errors.sql", package=__package__)


def unrepeatable_errors(
    sql: sqlite3.Connection, checker: Checker
) -> Iterator[tuple[str, RowError]]:
    """Yield the errors with their sheets: those of the checks, else those of the reader."""
    is_checked = fact(sql, "is_checked", 0) and not fact(sql, "headings")
    found = _of_checks(sql) if is_checked else checker.problems(sql)
    for sheet, error in found:
        if must_be_confirmed(error):
            yield sheet, error


def _of_checks(sql: sqlite3.Connection) -> Iterator[tuple[str, RowError]]:
    for sheet in stored_sheets(sql):
        for number, position, *texts in sql.execute(_SQL.errors, (sheet.first, sheet.last)):
            code, value, message, suggestion = texts
            is_of_cell = 0 <= position < len(sheet.header)
            yield (
                sheet.name,
                RowError(
                    row_number=number,
                    column=sheet.header[position] if is_of_cell else "",
                    cell=cell_address(sheet.name, number, position) if is_of_cell else "",
                    code=code,
                    value=value,
                    message=message,
                    suggestion=suggestion,
                ),
            )
