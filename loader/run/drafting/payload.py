"""What one row of a draft would send, as it is now."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from loader.errors import WrongColumns
from loader.run.drafting.checking import Checker
from loader.run.drafting.refusals import DraftError
from loader.run.drafting.stored import StoredSheet, stored_sheets
from loader.run.read_chunk import ReadChunk


class WhyNot(StrEnum):
    """Why a row sends nothing, or nothing that is known yet."""

    INVALID = "invalid"
    SKIPPED = "skipped"  # the mapping says that it is no offer
    UNSETTLED = "unsettled"  # names in it could not be looked up
    UNMATCHED = "unmatched"  # the columns must be matched first


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPayload:
    """The JSON of a row, or why there is none; `before` and `after` are the rows around it."""

    number: int
    body: bytes | None = None
    why: WhyNot | None = None
    before: int | None = None
    after: int | None = None


def row_payload(sql: sqlite3.Connection, checker: Checker, row_id: int) -> RowPayload:
    """Return what a row would send. Raises `DraftError` where there is no such row."""
    sheets = stored_sheets(sql)
    sheet = next((each for each in sheets if each.first <= row_id <= each.last), None)
    if sheet is None:
        raise DraftError("there is no such row: it may belong to a file that was dropped again")
    (number,) = sql.execute("SELECT number FROM row WHERE row_id = ?", (row_id,)).fetchone()
    body, why = _body(sql, checker, sheet, row_id, number)
    return RowPayload(
        number=number,
        body=body,
        why=why,
        before=row_id - 1 if row_id > sheet.first else None,
        after=row_id + 1 if row_id < sheet.last else None,
    )


def _body(
    sql: sqlite3.Connection, checker: Checker, sheet: StoredSheet, row_id: int, number: int
) -> tuple[bytes | None, WhyNot | None]:
    def alone(each: StoredSheet) -> list[list[int]]:
        return [[row_id]] if each.sheet_id == sheet.sheet_id else []

    try:
        part = next(checker.parts(sql, [sheet], alone, []), None)
    except WrongColumns:
        return None, WhyNot.UNMATCHED
    if part is None or number in part.skipped:
        return None, WhyNot.SKIPPED
    return _of_part(part, number)


def _of_part(part: ReadChunk, number: int) -> tuple[bytes | None, WhyNot | None]:
    payload = part.payloads().get(number)
    if payload is not None:
        return payload.body, None
    is_unsettled = number in part.checked.unsettled
    return None, WhyNot.UNSETTLED if is_unsettled else WhyNot.INVALID
