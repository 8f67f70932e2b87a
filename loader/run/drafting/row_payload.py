"""What one row of a draft would send, as it is now."""

import sqlite3
from dataclasses import dataclass, replace
from enum import StrEnum

import orjson

from loader.errors import DraftError, WrongColumns
from loader.model import RowError
from loader.run.drafting.check_rows import Checker
from loader.run.drafting.stored_rows import StoredSheet, row_number, stored_sheets
from loader.run.reading.read_chunk import ReadChunk


class WhyNot(StrEnum):
    """Why a row sends nothing, or nothing that is known yet."""

    INVALID = "invalid"
    SKIPPED = "skipped"  # the mapping says that it is no offer
    UNSETTLED = "unsettled"  # names in it could not be looked up
    UNMATCHED = "unmatched"  # the columns must be matched first


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPayload:
    """The JSON of a row, and why it is not sent as it is; `before` and `after` are around it.

    The body of a row with errors is what it says, as far as that can be put into JSON.
    """

    number: int
    body: bytes | None = None
    why: WhyNot | None = None
    errors: tuple[RowError, ...] = ()
    before: int | None = None
    after: int | None = None


def row_payload(sql: sqlite3.Connection, checker: Checker, row_id: int) -> RowPayload:
    """Return what a row would send. Raises `DraftError` where there is no such row."""
    sheets = stored_sheets(sql)
    sheet = next((each for each in sheets if each.first <= row_id <= each.last), None)
    if sheet is None:
        raise DraftError(
            "there is no such row: it may belong to a file that was dropped again",
            code="no-such-row",
        )
    number = row_number(sql, row_id)
    return replace(
        _payload_of_one_row(sql, checker, sheet, row_id, number),
        before=row_id - 1 if row_id > sheet.first else None,
        after=row_id + 1 if row_id < sheet.last else None,
    )


def _payload_of_one_row(
    sql: sqlite3.Connection, checker: Checker, sheet: StoredSheet, row_id: int, number: int
) -> RowPayload:
    def only_this_row(each: StoredSheet) -> list[list[int]]:
        return [[row_id]] if each.sheet_id == sheet.sheet_id else []

    try:
        part = next(checker.parts(sql, [sheet], only_this_row, []), None)
    except WrongColumns:
        return RowPayload(number=number, why=WhyNot.UNMATCHED)
    if part is None or number in part.skipped:
        return RowPayload(number=number, why=WhyNot.SKIPPED)
    payload = part.payloads().get(number)
    errors = tuple(part.errors.get(number, ()))
    if payload is not None:
        return RowPayload(number=number, body=payload.body, errors=errors)
    is_unsettled = number in part.checked.unsettled
    return RowPayload(
        number=number,
        body=_partial_body(part, number),
        why=WhyNot.UNSETTLED if is_unsettled else WhyNot.INVALID,
        errors=errors,
    )


def _partial_body(part: ReadChunk, number: int) -> bytes | None:
    try:
        return orjson.dumps(part.document_of(number))
    except (KeyError, ValueError):  # a type or a number that is none
        return None
