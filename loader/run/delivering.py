"""Apply a staged run: the client, the journal and the engine around one event loop.

The engine is the same for every operation; how an operation is sent, and how one without a known
outcome is looked up, is not.
"""

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Protocol

import anyio

from loader.api.client import OfferClient, open_client
from loader.delivery.deleting import DeleteReconciler, DeleteSender, WholeList
from loader.delivery.engine import Engine
from loader.delivery.ports import Clock, Policy, Sender
from loader.delivery.reconcile import Reconciler
from loader.delivery.standing import StandingOffers
from loader.delivery.stop import Ending, StopSignal
from loader.errors import LoaderError, TargetError
from loader.events import Listener, PhaseBegan
from loader.journal import Journal, Lease, RunRecord
from loader.journal.ports import Operations
from loader.run.stopping import CreateSender, Interruption, StoppableLibrary
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
    in_all: int = 0  # offers that stood on the server, and those that were to be created


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

    What a run does to offers, the run itself says: an undo deletes, whoever continues it.

    An API that cannot be used ends the delivery, and is reported like a stop: the results can be
    written. Whatever ends this delivery does not stop another one.
    """
    door, stop = stop, StopSignal(parent=stop)
    summary = journal.history.summary(run_id)
    if not summary.unknown and not (send and summary.pending):
        return Delivered()
    undoes = _undone_by(journal, run_id)
    name = "looking" if not send else "sending" if undoes is None else "deleting"
    listener(PhaseBegan(name=name, total=summary.pending + summary.unknown))
    clock, rules = SystemClock(), policy(settings, target)
    if undoes is not None:
        rules = replace(rules, max_errors=None)  # an offer that is kept is no error of the API
    standing = StandingOffers()
    parts = _Parts(clock=clock, policy=rules, listener=listener, stop=stop, standing=standing)

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
                    ledger = await stack.enter_async_context(
                        journal.operations(run_id, lease=lease)
                    )
                    library = StoppableLibrary(
                        client, target.entity, settings.api, interruption=interruption
                    )
                    if undoes is None:
                        engine, reconciler = parts.for_creates(client, library, ledger)
                    else:
                        engine, reconciler = parts.for_deletes(library, ledger, undoes)
                    if send:
                        found = await deliver(
                            engine=engine, reconciler=reconciler, ledger=ledger, stop=stop
                        )
                    else:
                        found = await reconciler.settle_unknown()
            group.cancel_scope.cancel()
        return found

    try:
        with door.heeded():
            recovered = run_async(work)
    except TargetError as error:
        return Delivered(ending=Ending.HALTED, reason=f"{error} [{error.code}]")
    except LoaderError as error:
        journal.staging.end_run(run_id, reason=str(error)[:500])
        raise
    return Delivered(
        ending=stop.ending,
        reason=stop.reason,
        recovered=recovered,
        in_all=standing.count + summary.pending if standing.count else 0,
    )


def _undone_by(journal: Journal, run_id: str) -> RunRecord | None:
    """Return the run that this one undoes; None for a load."""
    run = journal.history.run(run_id)
    return journal.history.run(run.of_run) if run is not None and run.of_run else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What the engine and the reconciler of one delivery share."""

    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal
    standing: StandingOffers

    def for_creates(
        self, client: OfferClient, library: StoppableLibrary, ledger: Operations
    ) -> "tuple[Engine, Settler]":
        """Return what creates offers, and what looks for those without a known outcome."""
        reconciler = Reconciler(
            standing=self.standing,
            ledger=ledger,
            library=library,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
        )
        return self._engine(ledger, CreateSender(client), self.standing), reconciler

    def for_deletes(
        self, library: StoppableLibrary, ledger: Operations, undoes: RunRecord
    ) -> "tuple[Engine, Settler]":
        """Return what deletes the offers of a run, and what looks deletes up."""
        created_until = undoes.finished_at or self.clock.now()  # killed: perhaps a moment ago
        settle_seconds = self.policy.settle_seconds
        listed = WholeList(store=library, clock=self.clock, kept_seconds=settle_seconds)
        sender = DeleteSender(store=library, stop=self.stop, listed=listed)
        reconciler = DeleteReconciler(
            ledger=ledger,
            store=library,
            listed=listed,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
            visible_at=created_until + settle_seconds,
        )
        return self._engine(ledger, sender), reconciler

    def _engine(
        self, ledger: Operations, sender: Sender, standing: StandingOffers | None = None
    ) -> Engine:
        return Engine(
            ledger=ledger,
            sender=sender,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
            chance=random.random,
            standing=standing,
        )


# The course of a delivery: baseline, send, reconcile, and again while that brings something.


class Settler(Protocol):
    """Finds out what became of operations without a known outcome."""

    async def take_baseline(self) -> None: ...
    async def settle_unknown(self, *, since: float | None = None) -> int: ...


_ROUNDS = 5  # of sending again what was proven absent


async def deliver(
    *, engine: Engine, reconciler: Settler, ledger: Operations, stop: StopSignal
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
