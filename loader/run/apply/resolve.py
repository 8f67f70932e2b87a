"""Use case: a person decides what happened to an unknown row."""

from loader.errors import SettingsError
from loader.journal import History, Journal, Lease, RunRecord
from loader.journal.records import SourceRow
from loader.model import Operation, Receipt, State
from loader.run.apply.named_offer import claimed_by_another_row, receipt_of_named_offer
from loader.run.history.runs import known_run, open_existing_journal
from loader.run.reports import ResolveReport
from loader.run.requests import Finding, ResolveRequest
from loader.run.wiring import run_target
from loader.settings import Settings


def resolve_row(request: ResolveRequest, settings: Settings) -> ResolveReport:
    """Write down what a person found out about an unknown row.

    Only an id asks the API, which must show that offer: other answers need no settings of a target.
    """
    with open_existing_journal(settings) as journal:
        history = journal.history
        run = known_run(history, request.run_id)
        words = ", ".join(part for part in run.target.split("|") if part)
        with journal.lease(run.target, words=words) as lease:
            row = _unknown_row(history, run, request)
            _check_finding(request, row.operation)
            receipt = None
            if request.finding is Finding.CREATED:
                receipt = _receipt(request, row, run, settings, journal=journal, lease=lease)
            other = journal.staging.resolve(
                row.operation_id,
                was_done=request.finding in (Finding.CREATED, Finding.DONE),
                receipt=receipt,
                evidence="decided by a person with `loader resolve`",
            )
            if other:
                raise claimed_by_another_row(request.created_id, other)
        return ResolveReport(run_id=run.run_id, row=history.result_of(run.run_id, row.operation_id))


def _receipt(
    request: ResolveRequest,
    row: SourceRow,
    run: RunRecord,
    settings: Settings,
    *,
    journal: Journal,
    lease: Lease,
) -> Receipt:
    """Return the receipt of the offer that is said to be the row's, or raise why it is not."""
    if not request.created_id:
        raise SettingsError("--created needs the id of the offer: look it up in Adobe")
    with run_target(run, settings, request.entity) as target:
        return receipt_of_named_offer(request, row, journal=journal, lease=lease, target=target)


def _check_finding(request: ResolveRequest, operation: Operation) -> None:
    """Refuse an answer to another question: an absent offer is a delete that was done."""
    is_create = operation is Operation.CREATE
    if is_create == (request.finding in (Finding.CREATED, Finding.ABSENT)):
        return
    ask = (
        "whether its offer is there: --created ID or --absent"
        if is_create
        else f"whether its {operation} was done: --done or --not-done"
    )
    raise SettingsError(f"row {request.row_number} is to {operation} an offer: say {ask}")


def _unknown_row(history: History, run: RunRecord, request: ResolveRequest) -> SourceRow:
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
            f"row {request.row_number} is in several places ({places}): say of"
            " which source and sheet"
        )
    (row,) = rows
    if row.status != State.UNKNOWN:
        raise SettingsError(
            f"row {request.row_number} of run {run.run_id} is {row.status}, not unknown: there is"
            " nothing to decide"
        )
    return row
