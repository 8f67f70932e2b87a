"""Settle pending creates whose name an offer on the server has already.

The policy says whether they are refused or count as duplicates. Where the offer may be that of a
row without a known outcome, that row must be decided first.
"""

from typing import Final

from loader.delivery.ports import OnExisting
from loader.delivery.shared import Shared
from loader.delivery.withheld_by_unknown import UnknownSet
from loader.events import RowsDone
from loader.messages.unfinished_run import unfinished_run
from loader.model import Receipt

_PAGE: Final = 200
_EXISTS: Final = "an offer of this name is on the server already"


async def settle_taken_names(shared: Shared, unknown: UnknownSet, *, deleted_before: float) -> None:
    """Settle those creates, by the journal and by the baseline; `unknown` are those of this run.

    What a run deleted before that moment (UTC seconds), and is listed, is there.
    """
    await _settle_namesakes(shared)
    await _settle_existing(shared, unknown, deleted_before=deleted_before)


async def _settle_namesakes(shared: Shared) -> None:
    after: int | None = 0
    while after is not None:
        after, found = await shared.ledger.namesakes(after=after, limit=_PAGE)
        for each in found:
            made_from = f"from {each.made_from} (run {each.run_id})"
            if each.remote_id:
                message = f"{_EXISTS}: {each.remote_id}, created {made_from}"
                await _settle_one(shared, each.operation_id, message, remote_id=each.remote_id)
            elif each.is_to_get_name:
                run, command = unfinished_run(each.run_id, each.undo_of)
                message = (
                    f"an offer gets this name from {each.made_from} ({run}), and may have it"
                    f" already: finish that run with {command}, then load this row again"
                )
                await _refuse(shared, each.operation_id, "may-exist", message)
            else:
                message = (
                    f"an offer of this name may be on the server already, {made_from}: find out"
                    f" with `loader reconcile {each.run_id}`, then load this row again"
                )
                await _refuse(shared, each.operation_id, "may-exist", message)


async def _settle_existing(shared: Shared, unknown: UnknownSet, *, deleted_before: float) -> None:
    after = 0
    while page_of_rows := await shared.ledger.existing(
        after=after, limit=_PAGE, deleted_before=deleted_before
    ):
        for row in page_of_rows:
            after = row.job.operation_id
            if shared.unknown.withholds(row.job):
                continue  # the offer may be that of an unknown one
            message = f"{_EXISTS}: {row.remote_id}"
            if unknown.may_concern(row.job):
                message += (
                    "; it may be that of a row whose outcome is not known: decide that one"
                    " first, with `loader resolve`, then load this row again"
                )
                await _refuse(shared, after, "may-exist", message)
            else:
                await _settle_one(shared, after, message, remote_id=row.remote_id)


async def _settle_one(shared: Shared, operation_id: int, message: str, *, remote_id: str) -> None:
    if shared.policy.on_existing is OnExisting.SKIP:
        there = Receipt(instance_id=remote_id, at_id=remote_id)
        await shared.ledger.skip(operation_id, message=message, receipt=there)
        shared.listener(RowsDone(count=1))
    else:
        message += "; rename the row, or load with on_existing skip or duplicate"
        await _refuse(shared, operation_id, "already-exists", message)


async def _refuse(shared: Shared, operation_id: int, code: str, message: str) -> None:
    await shared.ledger.give_up(operation_id, code=code, message=message)
    shared.listener(RowsDone(count=1, failed=1))
