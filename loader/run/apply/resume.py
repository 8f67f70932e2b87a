"""Use case: go on with a run. To apply a staged plan of creates is the same act."""

from dataclasses import replace
from functools import partial
from typing import Final

from loader.delivery.stop import StopSignal
from loader.errors import SettingsError
from loader.events import Listener, RunBegan
from loader.journal import Journal, RunRecord
from loader.run.history.runs import (
    known_run,
    latest_to_continue,
    open_existing_journal,
    results_path_of,
)
from loader.run.reports import LoadReport
from loader.run.requests import ResumeRequest
from loader.run.sending.other_keys import check_other_keys
from loader.run.sending.staged_run import StagedRun
from loader.run.sending.waiting_for_lease import leased
from loader.run.wiring import Target, run_target
from loader.settings import Settings

_NOTHING_TO_RESUME: Final = "nothing-to-resume"


def resume_run(
    request: ResumeRequest, settings: Settings, *, listener: Listener, stop: StopSignal
) -> LoadReport:
    """Look up what is unknown, send what is pending, write the results.

    Of a run that was undone, or whose file was rejected, nothing is sent: what proves absent is
    given up.
    """
    with open_existing_journal(settings) as journal:
        history = journal.history
        run = (
            known_run(history, request.run_id)
            if request.run_id
            else latest_to_continue(history, sends=request.send)
        )
        if why := _why_not_resumable(run, sends=request.send):
            raise SettingsError(why, code=_NOTHING_TO_RESUME)
        results = results_path_of(history, run, given=request.results)
        with (
            run_target(run, settings, request.entity) as target,
            leased(
                journal,
                target,
                settings,
                wait=request.wait,
                listener=listener,
                check=partial(_check_may_create, run.run_id, sends=request.send),
            ) as lease,
        ):
            listener(RunBegan(run_id=run.run_id))
            staged = StagedRun(run_id=run.run_id, journal=journal, target=target, lease=lease)
            was = staged.summary
            is_withdrawn = journal.staging.withdraw(run.run_id)
            sends = request.send and not is_withdrawn
            delivered = staged.apply(settings, listener=listener, stop=stop, send=sends)
            if is_withdrawn:  # also what turned out not to exist
                journal.staging.withdraw(run.run_id)
            report = staged.end(
                delivered, results=results, listener=listener, most_shown=request.max_errors_shown
            )
            return replace(
                report,
                was_finished=not (was.pending or was.unknown),
                only_looked=not request.send,
                gone=history.rows_gone(run.run_id),
            )


def _check_may_create(run_id: str, journal: Journal, target: Target, *, sends: bool) -> None:
    """Raise `JournalError` where open rows of a run must not be sent yet."""
    if sends and journal.history.open_operations(run_id):
        check_other_keys(journal, target)


def _why_not_resumable(run: RunRecord, *, sends: bool) -> str | None:
    """Return why a run is not continued here.

    A plan, a dry run and one that was not read to its end have sent nothing. An undo may delete
    offers for good, so it is continued only by the command that says so, and asks.
    """
    if run.command == "plan":
        return _explain_plan(run)
    if run.undo_of and sends:
        return (
            f"run {run.run_id} is the undo of run {run.undo_of}, which resume does not continue: it"
            f" takes back what that run did. To let it: `loader undo {run.undo_of}`, which asks"
            f" first. To give it up: `loader undo {run.run_id}`"
        )
    if not run.staged:
        return (
            f"run {run.run_id} was {run.stopped_reason or 'not read to the end'}\nNothing of it was"
            " sent, so there is nothing to continue: run the same `loader load` command again"
        )
    if run.dry_run:
        return (
            f"run {run.run_id} was a dry run, which sends nothing: there is nothing to continue. To"
            " create its offers, run the same `loader load` command without --dry-run"
        )
    return None


def _explain_plan(run: RunRecord) -> str:
    if not run.staged:
        return f"{run.run_id} is a plan that was not made to its end: plan again"
    if run.used_by:
        return (
            f"{run.run_id} is a plan, which run {run.used_by} applied: `loader resume"
            f" {run.used_by}` continues that run"
        )
    return (
        f"{run.run_id} is a plan, which was not applied, so there is nothing to continue:"
        f" `loader apply {run.run_id}` applies it"
    )
