"""Use case: a person decides what happened to an unknown row."""

from loader.errors import SettingsError
from loader.journal import History, RunRecord
from loader.model import Receipt, State
from loader.run.history import known_run, opened_journal
from loader.run.reports import ResolveReport
from loader.run.requests import ResolveRequest
from loader.settings import Settings


def resolve_row(request: ResolveRequest, settings: Settings) -> ResolveReport:
    """Write down what a person found out about an unknown row."""
    with opened_journal(settings) as journal:
        history = journal.history
        run = known_run(history, request.run_id)
        with journal.lease(run.target):
            operation_id = _unknown_row(history, run, request)
            created = request.created_id
            journal.staging.resolve(
                operation_id,
                receipt=None if created is None else Receipt(instance_id=created, at_id=created),
                evidence="decided by a person with `loader resolve`",
            )
        return ResolveReport(run_id=run.run_id, row=history.result_of(run.run_id, operation_id))


def _unknown_row(history: History, run: RunRecord, request: ResolveRequest) -> int:
    rows = history.source_rows(
        run.run_id, request.row_number, source=request.source, sheet=request.sheet
    )
    if not rows:
        raise SettingsError(
            f"run {run.run_id} has no sent row {request.row_number}:"
            f" `loader runs show {run.run_id}` lists the unknown ones"
        )
    if len(rows) > 1:
        places = ", ".join(f"{each.source} {each.sheet}".strip() for each in rows)
        raise SettingsError(
            f"row {request.row_number} stands in several places ({places}): say of"
            " which source and sheet"
        )
    (row,) = rows
    if row.status != State.UNKNOWN:
        raise SettingsError(
            f"row {request.row_number} of run {run.run_id} is {row.status}, not unknown: there is"
            " nothing to decide"
        )
    return row.operation_id
