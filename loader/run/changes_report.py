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
from loader.journal import Journal
from loader.journal.values import OperationRow
from loader.merge.body import load_body
from loader.model import Notice, Operation
from loader.run.load_report import findings_of
from loader.run.plan_reports import ChangePlan, PlannedChange, PlanTotals
from loader.run.requests import Limits
from loader.run.wiring import Target

WITH_BODY: Final = frozenset({Operation.UPDATE, Operation.ARCHIVE})


def change_plan(
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
    counts = Counter[str]()
    digest = sha256(orjson.dumps([target.key, target.entity.kind]))
    for row in history.operations(run_id):
        digest.update(orjson.dumps(_said(row), option=orjson.OPT_APPEND_NEWLINE))
        change = planned_change(row)
        counts[row.operation] += 1
        counts["fields"] += len(change.changes)
        counts["cleared"] += sum(each.after is None for each in change.changes)
        if len(first) < most_shown:
            first.append(change)
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
    refusals = tuple(_beyond(totals, limits))
    is_clean = not (totals.conflict or totals.gone or totals.invalid)
    return ChangePlan(
        plan_id=run_id,
        digest=digest.hexdigest(),
        target=target.words,
        source=next(iter(run.sources)) if run else "",
        totals=totals,
        first=tuple(first),
        findings=findings_of(history, run_id, most_shown=most_shown, notices=notices),
        refusals=refusals,
        exit_code=ExitCode.OK if is_clean and not refusals else ExitCode.ROWS_FAILED,
    )


def planned_change(row: OperationRow) -> PlannedChange:
    """Return what is planned for a row."""
    return PlannedChange(
        source=row.source,
        sheet=row.sheet,
        row_number=row.row_number,
        operation=row.operation,
        name=row.name,
        remote_id=row.remote_id,
        changes=tuple(load_body(row.body).changes) if row.operation in WITH_BODY else (),
    )


def _said(row: OperationRow) -> list[object]:
    return [
        *(row.source, row.sheet, row.row_number, row.operation, row.name, row.remote_id),
        *(sha256(row.body).hexdigest(), sha256(row.before).hexdigest()),
    ]


def _beyond(totals: PlanTotals, limits: Limits) -> Iterator[str]:
    """Yield what of a plan is more than its limits allow, and how to allow it."""
    if totals.delete > limits.deletes:
        yield (
            f"{totals.delete} {'delete is' if totals.delete == 1 else 'deletes are'} planned,"
            f" {limits.deletes or 'none'} allowed: look at what would be deleted, then give"
            f" --max-deletes {totals.delete}"
        )
    changes = totals.update + totals.archive + totals.delete
    if limits.changes is not None and changes > limits.changes:
        yield (
            f"{changes} offers would be changed, {limits.changes} may be: look at them, then give"
            f" --max-changes {changes}"
        )
    if totals.cleared > limits.clears:
        yield (
            f"{totals.cleared} values would be removed because their cells are blank,"
            f" {limits.clears} may be: look at them, then give --allow-clear {totals.cleared}"
        )
