"""Deliver a staged run: the client, the ledger and the engine around one event loop."""

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio

from loader.api.client import OfferClient, open_client
from loader.delivery.engine import Engine
from loader.delivery.ports import Ledger
from loader.delivery.reconcile import Reconciler
from loader.delivery.standing import StandingOffers
from loader.delivery.stop import Ending, StopSignal
from loader.errors import LoaderError
from loader.events import Listener, PhaseBegan
from loader.journal import Journal, Lease
from loader.run.stopping import Interruption, StoppableLibrary
from loader.run.wiring import (
    SystemClock,
    Target,
    policy,
    run_async,
)
from loader.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How a delivery ended."""

    ending: Ending = Ending.DONE
    reason: str = ""
    recovered: int = 0


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
) -> Delivered:
    """Reconcile what is unknown and, if `send`, send what is pending.

    Whatever ends this delivery (`stop`, or an API that cannot be used) does not stop another one.
    """
    door, stop = stop, StopSignal(parent=stop)
    summary = journal.history.summary(run_id)
    if not summary.unknown and not (send and summary.pending):
        return Delivered()
    listener(
        PhaseBegan(name="sending" if send else "looking", total=summary.pending + summary.unknown)
    )

    async def work() -> int:
        return await _deliver(
            journal,
            run_id=run_id,
            lease=lease,
            target=target,
            settings=settings,
            listener=listener,
            stop=stop,
            send=send,
        )

    try:
        with door.heeded():
            recovered = run_async(work)
    except LoaderError as error:
        journal.staging.end_run(run_id, reason=str(error)[:500])
        raise
    return Delivered(ending=stop.ending, reason=stop.reason, recovered=recovered)


async def _deliver(
    journal: Journal,
    *,
    run_id: str,
    lease: Lease,
    target: Target,
    settings: Settings,
    listener: Listener,
    stop: StopSignal,
    send: bool,
) -> int:
    interruption, found = Interruption(stop), 0
    async with anyio.create_task_group() as group:
        group.start_soon(interruption.watch)
        async with AsyncExitStack() as stack:
            client: OfferClient | None = None
            with interruption.scope():
                client = await stack.enter_async_context(
                    open_client(target.api, target.entity.endpoints)
                )
            if client is None:
                group.cancel_scope.cancel()
                return 0
            ledger = await stack.enter_async_context(journal.operations(run_id, lease=lease))
            clock, rules = SystemClock(), policy(settings, target)
            standing = StandingOffers()
            reconciler = Reconciler(
                standing=standing,
                ledger=ledger,
                library=StoppableLibrary(
                    client, target.entity, settings.api, interruption=interruption
                ),
                clock=clock,
                policy=rules,
                listener=listener,
                stop=stop,
            )
            engine = Engine(
                ledger=ledger,
                sender=client,
                clock=clock,
                policy=rules,
                listener=listener,
                stop=stop,
                chance=random.random,
                standing=standing,
            )
            if send:
                found = await deliver(
                    engine=engine, reconciler=reconciler, ledger=ledger, stop=stop
                )
            else:
                found = await reconciler.settle_unknown()
            group.cancel_scope.cancel()
    return found


# The course of a delivery: baseline, send, reconcile, and again while that brings something.


_ROUNDS = 5  # of sending again what was proven absent


async def deliver(
    *, engine: Engine, reconciler: Reconciler, ledger: Ledger, stop: StopSignal
) -> int:
    """Deliver what is pending and unknown; return how many unknown rows were found."""
    found = await reconciler.settle_unknown()
    if not stop.requested():
        await reconciler.take_baseline()
    for _ in range(_ROUNDS):
        if stop.requested():
            break
        await engine.send_pending()
        if stop.requested() or not await ledger.unknown(after=0, limit=1):
            break
        found += await reconciler.settle_unknown(since=engine.last_lost_at)
    return found
