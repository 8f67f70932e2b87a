"""Use case: delete exactly what a run created; keep what someone edited since.

Rules of this file: the intent to delete is journaled before the request; each offer is read first,
and deleted only if it is still as the run made it.
"""

import anyio

from loader.api.client import OfferClient, Removal, open_client
from loader.delivery.ports import Ending, Stop
from loader.delivery.rate_limit import RateLimiter
from loader.errors import ExitCode, SettingsError
from loader.events import Limited, Listener, PhaseBegan, PhaseEnded, RowsDone
from loader.journal import Deletion, Deletions, History, JournalFile
from loader.model import Dialect
from loader.offer.compare import same_offer
from loader.run.history import known_run, opened_journal
from loader.run.recover import target_of
from loader.run.reports import KeptOffer, UndoReport
from loader.run.requests import Confirm, Plan, UndoRequest
from loader.run.wiring import SystemClock, Target, heed_signals, run_async
from loader.settings import Settings

_PAGE = 100
_MOST_KEPT_SHOWN = 20


def undo_run(
    request: UndoRequest, settings: Settings, *, listener: Listener, confirm: Confirm | None
) -> UndoReport:
    """Delete what a run created, as far as it is unchanged. Safe to repeat."""
    with opened_journal(settings) as file:
        run = known_run(History(file), request.run_id)
        if run.dry_run:
            raise SettingsError(f"run {run.run_id} was a dry run: it created nothing")
        deletions = Deletions(file, run.run_id)
        with target_of(run, settings) as target:
            stop = Stop()
            counts = deletions.counts()
            open_count = counts.get("", 0) + counts.get(Deletion.DELETING, 0)
            open_count += counts.get(Deletion.KEPT, 0)
            plan = Plan(verb="delete", target=target.words, offers=open_count)
            if request.dry_run or not open_count:
                pass
            elif confirm is not None and not confirm(plan):
                stop.ask(Ending.STOPPED, "not confirmed; nothing was deleted")
            else:
                listener(PhaseBegan(name="deleting", total=open_count))
                deletions.try_kept_again()
                _delete(deletions, target, settings, listener=listener, stop=stop)
                listener(PhaseEnded())
            return _report(file, run.run_id, target.words, dry_run=request.dry_run, stop=stop)


def _delete(
    deletions: Deletions, target: Target, settings: Settings, *, listener: Listener, stop: Stop
) -> None:
    clock = SystemClock()
    pace = RateLimiter(max_per_second=settings.max_per_second)
    held = f"held by --max-per-second {settings.max_per_second:g}"
    listener(Limited(by=lambda: held if pace.is_taken(clock.monotonic()) else ""))

    async def work() -> None:
        async with open_client(target.api) as client, anyio.create_task_group() as group:
            group.start_soon(heed_signals, stop)
            after = 0
            while not stop.wanted() and (page := deletions.due(after_row_id=after, limit=_PAGE)):
                for row_id, remote_id, etag, body in page:
                    after = row_id
                    if stop.wanted():
                        break
                    now = clock.monotonic()
                    await clock.sleep(pace.reserve(now).at - now)
                    await _delete_one(
                        client, deletions, settings.api, row=(row_id, remote_id, etag, body)
                    )
                    listener(RowsDone(count=1))
            group.cancel_scope.cancel()

    run_async(work)


async def _delete_one(
    client: OfferClient,
    deletions: Deletions,
    dialect: Dialect,
    *,
    row: tuple[int, str, str, bytes],
) -> None:
    row_id, remote_id, etag, body = row
    remote = await client.lookup(remote_id)
    if remote is None:
        deletions.record(row_id, Deletion.GONE)
        return
    if (etag and remote.receipt.etag != etag) or not same_offer(body, remote.offer, dialect):
        deletions.record(row_id, Deletion.KEPT, reason="it was edited since the run created it")
        return
    deletions.record(row_id, Deletion.DELETING)
    removal, message = await client.delete(remote_id)
    match removal:
        case Removal.DONE:
            deletions.record(row_id, Deletion.DELETED)
        case Removal.REFUSED:
            deletions.record(row_id, Deletion.KEPT, reason=message)
        case Removal.UNSEEN:
            pass  # the intent stands: the next undo looks again


def _report(
    file: JournalFile, run_id: str, target: str, *, dry_run: bool, stop: Stop
) -> UndoReport:
    deletions, history = Deletions(file, run_id), History(file)
    counts = deletions.counts()
    kept, doubtful = counts.get(Deletion.KEPT, 0), counts.get(Deletion.DELETING, 0)
    pending = counts.get("", 0)
    code = ExitCode.OK
    if stop.wanted():
        code = ExitCode.INTERRUPTED
    elif not dry_run and (doubtful or pending):
        code = ExitCode.UNFINISHED
    elif kept:
        code = ExitCode.ROWS_FAILED
    return UndoReport(
        run_id=run_id,
        target=target,
        deleted=counts.get(Deletion.DELETED, 0),
        already_gone=counts.get(Deletion.GONE, 0),
        kept=kept,
        unknown=doubtful,
        pending=pending,
        first_kept=tuple(
            KeptOffer(row=history.line_of(run_id, row_id), reason=reason)
            for row_id, reason in deletions.kept(limit=_MOST_KEPT_SHOWN)
        ),
        dry_run=dry_run,
        stopped_reason=stop.reason,
        exit_code=code,
    )
