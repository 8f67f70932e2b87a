"""A staged plan as its report: totals, the first changes, the digest, what is beyond its limits.

The digest covers everything that applying the plan does, row by row, so that what was approved, or
shown, is what is applied.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

import orjson

from loader.errors import ExitCode
from loader.journal import History, Journal
from loader.journal.records import NotedRow, OperationRow
from loader.merge.update_body import load_body
from loader.model import UPDATES, Notice, Operation
from loader.run.change_reports import ChangePlan, PlannedChange, PlanTotals
from loader.run.requests import Limits, Percent
from loader.run.sending.load_report import findings_of
from loader.run.wiring import Target

_MOST_NAMED: Final = 5  # offers that are deleted


def build_change_plan(
    journal: Journal,
    run_id: str,
    *,
    target: Target,
    limits: Limits,
    notices: Sequence[Notice] = (),
    most_shown: int = 50,
) -> ChangePlan:
    """Return the report of a plan."""
    history = journal.history
    first: list[PlannedChange] = []
    first_deleted: list[str] = []
    counts = Counter[str]()
    digest = sha256(orjson.dumps([target.key, target.entity.kind]))
    for row in history.operations(run_id):
        digest.update(orjson.dumps(_digest_values(row), option=orjson.OPT_APPEND_NEWLINE))
        change = planned_change(row)
        counts[row.operation] += 1
        counts["fields"] += len(change.changes)
        counts["cleared"] += sum(each.after is None for each in change.changes)
        if len(first) < most_shown:
            first.append(change)
        if row.operation is Operation.DELETE and len(first_deleted) < _MOST_NAMED:
            first_deleted.append(row.name)
    summary = history.summary(run_id)
    run = history.run(run_id)
    totals = PlanTotals(
        create=counts[Operation.CREATE],
        update=counts[Operation.UPDATE],
        archive=counts[Operation.ARCHIVE],
        delete=counts[Operation.DELETE],
        unchanged=summary.unchanged,
        conflict=summary.conflict,
        gone=summary.gone,
        invalid=summary.invalid,
        duplicate=summary.duplicate,
        skipped=summary.skipped,
        fields=counts["fields"],
        cleared=counts["cleared"],
    )
    noted, noted_in_all = _first_noted(history, run_id, most_shown=most_shown)
    refusals = tuple(_exceeded_limits(totals, limits, rows=summary.read))
    is_clean = not (totals.conflict or totals.gone or totals.invalid)
    return ChangePlan(
        plan_id=run_id,
        digest=digest.hexdigest(),
        target=target.words,
        source=next(iter(run.sources)) if run else "",
        totals=totals,
        first=tuple(first),
        findings=findings_of(history, run_id, most_shown=most_shown, notices=notices),
        noted=noted,
        first_deleted=tuple(first_deleted),
        noted_in_all=noted_in_all,
        refusals=refusals,
        exit_code=ExitCode.OK if is_clean and not refusals else ExitCode.ROWS_FAILED,
    )


def _first_noted(
    history: History, run_id: str, *, most_shown: int
) -> tuple[tuple[NotedRow, ...], int]:
    """Return the first rows with a note, and how many there are."""
    first, count = list[NotedRow](), 0
    for row in history.noted(run_id):
        count += 1
        if len(first) < most_shown:
            first.append(row)
    return tuple(first), count


def planned_change(row: OperationRow) -> PlannedChange:
    """Return what is planned for a row."""
    return PlannedChange(
        source=row.source,
        sheet=row.sheet,
        row_number=row.row_number,
        operation=row.operation,
        name=row.name,
        remote_id=row.remote_id,
        changes=tuple(load_body(row.body).changes) if row.operation in UPDATES else (),
    )


def _digest_values(row: OperationRow) -> list[object]:
    return [
        *(row.source, row.sheet, row.row_number, row.operation, row.name, row.remote_id),
        *(sha256(row.body).hexdigest(), sha256(row.before).hexdigest()),
    ]


def _exceeded_limits(totals: PlanTotals, limits: Limits, *, rows: int) -> Iterator[str]:
    """Yield what of a plan is more than its limits allow, and how to allow it."""
    if totals.delete > _limit_in_rows(limits.deletes, rows):
        allowed = _describe_limit(limits.deletes, rows)
        yield (
            f"{totals.delete} {'delete is' if totals.delete == 1 else 'deletes are'} planned,"
            f" {allowed} allowed: look at what would be deleted, then give"
            f" --max-deletes {totals.delete}"
        )
    changes = totals.update + totals.archive + totals.delete
    if limits.changes is not None and changes > _limit_in_rows(limits.changes, rows):
        yield (
            f"{changes} {'offer' if changes == 1 else 'offers'} would be changed,"
            f" {_describe_limit(limits.changes, rows)} may be: look at them, then give"
            f" --max-changes {changes}"
        )
    if totals.cleared > limits.clears:
        yield (
            f"{totals.cleared} values would be removed because their cells are blank,"
            f" {limits.clears} may be: look at them, then give --allow-clear {totals.cleared}"
        )


def _limit_in_rows(limit: int | Percent, rows: int) -> int:
    return limit.of(rows) if isinstance(limit, Percent) else limit


def _describe_limit(limit: int | Percent, rows: int) -> str:
    number = _limit_in_rows(limit, rows)
    if isinstance(limit, Percent):
        return f"{number or 'none'} ({limit} of {rows} rows)"
    return str(number or "none")
