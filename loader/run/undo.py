"""Use case: delete exactly what a run created; keep what someone edited since.

An undo is a run of its own: a plan of one delete for each offer that the run created and that still
exists, applied as any other. It is staged after the question: a plan of deletes that was declined
must not wait in the journal for a resume.
"""

from loader.delivery.stop import Ending, StopSignal
from loader.errors import ExitCode, SettingsError
from loader.events import Listener, PhaseEnded
from loader.journal import History, RunRecord
from loader.journal.values import ALREADY_GONE
from loader.model import State
from loader.run.delivering import Delivered
from loader.run.history import known_run, opened_journal
from loader.run.reports import KeptOffer, UndoReport
from loader.run.requests import Confirm, Plan, UndoRequest
from loader.run.staged import StagedRun
from loader.run.wiring import run_target
from loader.settings import Settings

_MOST_KEPT_SHOWN = 20


def undo_run(
    request: UndoRequest,
    settings: Settings,
    *,
    listener: Listener,
    confirm: Confirm | None,
    stop: StopSignal,
) -> UndoReport:
    """Delete what a run created, as far as it is unchanged. Safe to repeat."""
    with opened_journal(settings) as journal:
        run = known_run(journal.history, request.run_id)
        if run.dry_run:
            raise SettingsError(f"run {run.run_id} was a dry run: it created nothing")
        with (
            run_target(run, settings, request.entity) as target,
            journal.lease(run.target) as lease,
        ):
            offers = journal.history.count_created(run.run_id)
            undo_id, delivered = "", Delivered()
            plan = Plan(verb="delete", target=target.words, offers=offers)
            if request.dry_run or not offers:
                pass
            elif confirm is not None and not confirm(plan):
                delivered = Delivered(
                    ending=Ending.STOPPED, reason="not confirmed; nothing was deleted"
                )
            else:
                undo_id = journal.staging.begin_undo(run.run_id, options={})
                undo = StagedRun(run_id=undo_id, journal=journal, target=target, lease=lease)
                delivered = undo.apply(settings, listener=listener, stop=stop)
                undo.note_end(delivered)
                listener(PhaseEnded())
            return _report(
                journal.history,
                run,
                undo_id,
                target=target.words,
                offers=offers,
                dry_run=request.dry_run,
                delivered=delivered,
            )


def _report(
    history: History,
    run: RunRecord,
    undo_id: str,
    *,
    target: str,
    offers: int,
    dry_run: bool,
    delivered: Delivered,
) -> UndoReport:
    deleted = gone = kept = unknown = 0
    first_kept: list[KeptOffer] = []
    pending = 0 if undo_id else offers
    for row in history.results(undo_id) if undo_id else ():
        if row.part_of is not None:
            continue
        gone += row.status == "deleted" and row.error_code == ALREADY_GONE
        deleted += row.status == "deleted" and row.error_code != ALREADY_GONE
        kept += row.status == State.FAILED
        unknown += row.status == State.UNKNOWN
        pending += row.status == State.PENDING
        if row.status == State.FAILED and len(first_kept) < _MOST_KEPT_SHOWN:
            first_kept.append(KeptOffer(row=row, reason=row.error))
    code = ExitCode.OK
    if delivered.ending is Ending.STOPPED:
        code = ExitCode.INTERRUPTED
    elif delivered.ending is not Ending.DONE:
        code = ExitCode.TARGET
    elif not dry_run and (unknown or pending):
        code = ExitCode.UNFINISHED
    elif kept:
        code = ExitCode.ROWS_FAILED
    return UndoReport(
        run_id=run.run_id,
        target=target,
        deleted=deleted,
        already_gone=gone,
        kept=kept,
        unknown=unknown,
        pending=pending,
        first_kept=tuple(first_kept),
        dry_run=dry_run,
        stopped_reason=delivered.reason,
        exit_code=code,
    )
