"""Apply a staged run: the client, the journal and the engine around one event loop.

The engine is the same for every operation; how an operation is sent, and how one without a known
outcome is looked up, is not.
"""

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Final

import anyio

from loader.api.client import OfferClient, open_client
from loader.delivery.baseline import Baseline
from loader.delivery.delivery import Delivery
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.stop import Ending, StopSignal
from loader.errors import LoaderError, TargetError
from loader.events import Listener, PhaseBegan
from loader.journal import Journal, Lease
from loader.journal.records import NOT_AGREED
from loader.model import Operation
from loader.run.sending.offer_times import times_of_offers
from loader.run.sending.stoppable_reads import CreateSender, Interruption, StoppableLibrary
from loader.run.wiring import (
    SystemClock,
    Target,
    policy,
    run_async,
)
from loader.settings import Settings

_PHASES: Final = {
    Operation.CREATE: "sending",
    Operation.UPDATE: "updating",
    Operation.ARCHIVE: "archiving",
    Operation.DELETE: "deleting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """How a delivery ended."""

    ending: Ending = Ending.DONE
    reason: str = ""
    recovered: int = 0
    token_notice: str = ""  # what is strange about the token, though it could be used
    total_offers: int = 0  # offers that were on the server, and those that were to be created


def deliver_run(
    journal: Journal,
    *,
    run_id: str,
    lease: Lease,
    target: Target,
    settings: Settings,
    listener: Listener,
    stop: StopSignal,
    send: bool = True,
) -> DeliveryResult:
    """Reconcile what is unknown and, if `send`, send what is pending.

    The journal has the operations of the run, whoever continues it: first creates, then updates,
    then archives, then deletes.

    An API that cannot be used ends the delivery, and is reported like a stop: the results can be
    written. Whatever ends this delivery does not stop another one.
    """
    outer_stop, stop = stop, StopSignal(parent=stop)
    history = journal.history
    summary, run = history.summary(run_id), history.run(run_id)
    not_agreed = run.stopped_reason if run is not None and run.stopped_reason in NOT_AGREED else ""
    if not summary.unknown and not (send and summary.pending):
        return DeliveryResult(reason=not_agreed if summary.pending else "")
    if send:
        journal.staging.begin_sending(run_id)
    clock, rules, baseline = SystemClock(), policy(settings, target), Baseline()
    if run is not None and run.command == "undo":
        rules = replace(rules, max_errors=None)  # an offer that is kept is no error of the API
    delivery = Delivery(
        clock=clock,
        policy=rules,
        listener=listener,
        stop=stop,
        chance=random.Random().random,  # noqa: S311 - jitter; not the state that others share
        baseline=baseline,
        times=times_of_offers(journal, run, settle_seconds=target.settle_seconds),
        rate_limit=RateLimiter(max_per_second=rules.max_per_second),
    )
    due = history.open_operations(run_id)
    strange_tokens: list[str] = []

    async def work() -> int:
        interruption, found = Interruption(stop), 0
        async with anyio.create_task_group() as group:
            group.start_soon(interruption.watch)
            async with AsyncExitStack() as stack:
                client: OfferClient | None = None
                with interruption.scope():
                    client = await stack.enter_async_context(
                        open_client(target.api, target.entity.endpoints, is_stopping=stop.requested)
                    )
                if client is not None:
                    library = StoppableLibrary(
                        client, target.entity, settings.api, interruption=interruption
                    )
                    for operation, count in due.items():
                        if stop.requested():
                            break
                        phase = _PHASES[operation] if send else "looking"
                        listener(PhaseBegan(name=phase, total=count))
                        async with journal.operations(
                            run_id, lease=lease, only=operation
                        ) as ledger:
                            found += await delivery.deliver(
                                operation,
                                ledger=ledger,
                                library=library,
                                creates=CreateSender(client),
                                send=send,
                            )
                    strange_tokens.append(client.token_notice)
            group.cancel_scope.cancel()
        return found

    try:
        with outer_stop.watched():
            recovered = run_async(work)
    except TargetError as error:
        return DeliveryResult(ending=Ending.HALTED, reason=f"{error} [{error.code}]")
    except LoaderError as error:
        journal.staging.end_run(run_id, reason=str(error)[:500])
        raise
    return DeliveryResult(
        ending=stop.ending,
        reason=stop.reason,
        recovered=recovered,
        token_notice="".join(strange_tokens),
        total_offers=baseline.count + summary.pending if baseline.count else 0,
    )
