"""From the columns of a query of the history to a row of the results, or an operation."""

from collections.abc import Sequence
from typing import Any

import orjson

from loader.journal.records import DELETED_SINCE, EDITED_BEFORE, OperationRow
from loader.merge.update_body import load_body
from loader.model import Operation, RowError, State
from loader.run_results import ChangedField, ResultRow
from loader.tables.stored_fractions import cells_of_json


def operation_row(row: Sequence[Any]) -> OperationRow:
    """Return an operation as it ended."""
    operation_id, source, sheet, number, operation, state, name, remote_id, *rest = row
    body, before, code, message = rest
    return OperationRow(
        operation_id=operation_id,
        source=source,
        sheet=sheet,
        row_number=number,
        operation=Operation(operation),
        state=State(state),
        name=name,
        remote_id=remote_id,
        body=body or b"",
        before=before or b"",
        code=code,
        message=message,
    )


def result_row(row: Sequence[Any]) -> ResultRow:
    """Return a source row as it ended, and what a later run did to its offer."""
    (source, sheet, number, cells, status, errors, *rest) = row
    instance_id, at_id, etag, attempts, http_status, request_id, code, message, *last = rest
    finished_at, part_of, held, payload, *later = last
    body = load_body(held) if held else None
    later_code, later_words = _describe_later_run(*later)
    is_deleted = later_code == DELETED_SINCE
    joint = "; before that: " if is_deleted else ": "
    return ResultRow(
        source=source,
        sheet=sheet,
        row_number=number,
        cells=tuple(cells_of_json(cells)),
        status=status,
        instance_id=instance_id or "",
        at_id=(instance_id and at_id) or "",  # without the one, the other was only named
        etag=(etag or "").removeprefix(EDITED_BEFORE),
        attempts=attempts or 0,
        http_status=http_status,
        request_id=request_id or "",
        error_code=later_code if is_deleted else code or later_code,
        error=joint.join(filter(None, (later_words, message))),
        finished_at=finished_at,
        payload=payload,
        errors=() if errors == "[]" else tuple(map(RowError.of_json, orjson.loads(errors))),
        part_of=part_of,
        changes=body.lines() if body else (),
        fields=tuple(
            ChangedField(field=each.field, before=each.before, after=each.after)
            for each in (body.changes if body else ())
        ),
    )


def _describe_later_run(went_to: str | None, deleted_by: str | None) -> tuple[str, str]:
    """Return the code and the message of what a later run did to the offer of a row."""
    if deleted_by:
        return DELETED_SINCE, f"this offer was deleted since, by run {deleted_by}"
    if went_to:
        return "went-on", f"it went on in run {went_to}"
    return "", ""
