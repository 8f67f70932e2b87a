"""Deliver a staged run: the client, the ledger and the engine around one event loop."""

import random
from dataclasses import dataclass

import anyio

from loader.api.client import open_client
from loader.delivery.engine import Engine
from loader.delivery.ports import Ending, Ledger, Stop
from loader.delivery.reconcile import Reconciler
from loader.errors import LoaderError
from loader.events import Listener, PhaseBegan
from loader.journal import Journal, Lease
from loader.run.wiring import (
    ComparingLibrary,
    SystemClock,
    Target,
    heed_signals,
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
    send: bool = True,
) -> Delivered:
    """Reconcile what is unknown and, if `send`, send what is pending."""
    summary = journal.history.summary(run_id)
    if not summary.unknown and not (send and summary.pending):
        return Delivered()
    listener(
        PhaseBegan(name="sending" if send else "looking", total=summary.pending + summary.unknown)
    )
    stop = Stop()

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
    stop: Stop,
    send: bool,
) -> int:
    clock = SystemClock()
    async with (
        open_client(target.api) as client,
        journal.operations(run_id, lease=lease) as ledger,
        anyio.create_task_group() as group,
    ):
        group.start_soon(heed_signals, stop)
        reconciler = Reconciler(
            ledger=ledger,
            library=ComparingLibrary(client, settings.api),
            clock=clock,
            policy=policy(settings, target),
            listener=listener,
            stop=stop,
        )
        engine = Engine(
            ledger=ledger,
            sender=client,
            clock=clock,
            policy=policy(settings, target),
            listener=listener,
            stop=stop,
            chance=random.random,
        )
        if send:
            found = await deliver(engine=engine, reconciler=reconciler, ledger=ledger, stop=stop)
        else:
            found = await reconciler.settle_unknown()
        group.cancel_scope.cancel()
    return found


# The course of a delivery: baseline, send, reconcile, and again while that brings something.


_ROUNDS = 5  # of sending again what was proven absent


async def deliver(*, engine: Engine, reconciler: Reconciler, ledger: Ledger, stop: Stop) -> int:
    """Deliver what is pending and unknown; return how many unknown rows were found."""
    found = await reconciler.settle_unknown()
    if not stop.wanted():
        await reconciler.take_baseline()
    for _ in range(_ROUNDS):
        if stop.wanted():
            break
        await engine.send_pending()
        if stop.wanted() or not await ledger.unknown(after=0, limit=1):
            break
        found += await reconciler.settle_unknown()
    return found
