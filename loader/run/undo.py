"""Use case: delete exactly what a run created; keep what someone edited since.

An undo is a run of its own. The intent to delete is committed before the request; each offer is
read first, and deleted only if it is still as the run made it.
"""

import anyio

from loader.api.client import OfferClient, Removal, open_client
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.stop import Ending, StopSignal
from loader.errors import ExitCode, SettingsError
from loader.events import Limited, Listener, PhaseBegan, PhaseEnded, RowsDone
from loader.journal import History, Journal, Lease, Operations, RunRecord
from loader.journal.values import ALREADY_GONE
from loader.model import Dialect, Event, Job, Outcome, OutcomeKind, State
from loader.run.history import known_run, opened_journal
from loader.run.recover import target_of
from loader.run.reports import KeptOffer, UndoReport
from loader.run.requests import Confirm, Plan, UndoRequest
from loader.run.wiring import SystemClock, Target, run_async
from loader.settings import Settings
from loader.validation.entity import Entity

_PAGE = 100
_MOST_KEPT_SHOWN = 20
_EVENTS = {
    OutcomeKind.DONE: Event.DONE,
    OutcomeKind.REFUSED: Event.REFUSED,
    OutcomeKind.LOST: Event.LOST,
}


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
        with target_of(run, settings, request.entity) as target, journal.lease(run.target) as lease:
            offers = journal.history.count_created(run.run_id)
            undo_id = ""
            plan = Plan(verb="delete", target=target.words, offers=offers)
            if request.dry_run or not offers:
                pass
            elif confirm is not None and not confirm(plan):
                stop.request(Ending.STOPPED, "not confirmed; nothing was deleted")
            else:
                listener(PhaseBegan(name="deleting", total=offers))
                undo_id = journal.staging.begin_undo(run.run_id, options={})
                _delete(journal, undo_id, lease, target, settings, listener=listener, stop=stop)
                journal.staging.end_run(undo_id, reason=stop.reason)
                listener(PhaseEnded())
            return _report(
                journal.history,
                run,
                undo_id,
                target=target.words,
                offers=offers,
                dry_run=request.dry_run,
                stop=stop,
            )


def _delete(
    journal: Journal,
    undo_id: str,
    lease: Lease,
    target: Target,
    settings: Settings,
    *,
    listener: Listener,
    stop: StopSignal,
) -> None:
    clock = SystemClock()
    pace = RateLimiter(max_per_second=settings.max_per_second)
    held = f"held by --max-per-second {settings.max_per_second:g}"
    listener(Limited(by=lambda: held if pace.is_taken(clock.monotonic()) else ""))

    async def work() -> None:
        async with (
            open_client(target.api, target.entity.endpoints) as client,
            journal.operations(undo_id, lease=lease) as operations,
            anyio.create_task_group() as group,
        ):
            await _try_again(operations)
            after = 0
            while not stop.requested() and (page := await operations.due(after=after, limit=_PAGE)):
                for job in page:
                    after = job.operation_id
                    if stop.requested():
                        break
                    now = clock.monotonic()
                    await clock.sleep(pace.reserve(now).at - now)
                    attempt = await operations.start(job)
                    outcome = await _delete_one(client, target.entity, job, settings.api)
                    await operations.finish(attempt, _EVENTS[outcome.kind], outcome)
                    listener(RowsDone(count=1))
            group.cancel_scope.cancel()

    with stop.heeded():
        run_async(work)


async def _try_again(operations: Operations) -> None:
    """Deleting by id may be repeated: what was not answered is done again."""
    while page := await operations.unknown(after=0, limit=_PAGE):
        for unknown in page:
            await operations.conclude(
                unknown.job.operation_id, Event.ABSENT, receipt=None, evidence="deleted again"
            )


async def _delete_one(client: OfferClient, entity: Entity, job: Job, dialect: Dialect) -> Outcome:
    remote = await client.lookup(job.remote_id)
    if remote is None:
        return Outcome(kind=OutcomeKind.DONE, code=ALREADY_GONE)
    is_edited = bool(job.etag) and remote.receipt.etag != job.etag
    if is_edited or not entity.is_same(job.body, remote.offer, dialect):
        message = "it was edited since the run created it"
        return Outcome(kind=OutcomeKind.REFUSED, code="edited", message=message)
    removal, message = await client.delete(job.remote_id)
    match removal:
        case Removal.DONE:
            return Outcome(kind=OutcomeKind.DONE, code="deleted")
        case Removal.REFUSED:
            return Outcome(kind=OutcomeKind.REFUSED, code="refused", message=message)
        case _:
            return Outcome(kind=OutcomeKind.LOST, code="no-reply", message=message)


def _report(
    history: History,
    run: RunRecord,
    undo_id: str,
    *,
    target: str,
    offers: int,
    dry_run: bool,
    stop: StopSignal,
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
    if stop.requested():
        code = ExitCode.INTERRUPTED
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
        stopped_reason=stop.reason,
        exit_code=code,
    )
