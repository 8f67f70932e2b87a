"""Apply a staged run: the client, the journal and the engine around one event loop.

The engine is the same for every operation; how an operation is sent, and how one without a known
outcome is looked up, is not.
"""

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Final, Protocol

import anyio

from loader.api.client import OfferClient, open_client
from loader.delivery.baseline import Baseline
from loader.delivery.deleting import DeleteReconciler, DeleteSender, WholeList
from loader.delivery.engine import Engine
from loader.delivery.ports import Clock, Policy, Sender
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.reconcile import Reconciler
from loader.delivery.stop import Ending, StopSignal
from loader.delivery.updating import UpdateReconciler, UpdateSender
from loader.errors import LoaderError, TargetError
from loader.events import Listener, PhaseBegan
from loader.journal import Journal, Lease
from loader.journal.ports import Operations
from loader.model import Operation
from loader.run.interruption import CreateSender, Interruption, StoppableLibrary
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
    token_notice: str = ""  # what is strange about the token, though it could be used
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

    What a run does to offers, the run itself says, whoever continues it: it creates, then updates,
    then archives, then deletes.

    An API that cannot be used ends the delivery, and is reported like a stop: the results can be
    written. Whatever ends this delivery does not stop another one.
    """
    door, stop = stop, StopSignal(parent=stop)
    summary = journal.history.summary(run_id)
    if not summary.unknown and not (send and summary.pending):
        return Delivered()
    clock, rules, baseline = SystemClock(), policy(settings, target), Baseline()
    command, settled_from = _of_run(journal, run_id, now=clock.now())
    if command == "undo":
        rules = replace(rules, max_errors=None)  # an offer that is kept is no error of the API
    parts = _Parts(
        clock=clock,
        policy=rules,
        listener=listener,
        stop=stop,
        baseline=baseline,
        settled_from=settled_from,
        rate_limit=RateLimiter(max_per_second=rules.max_per_second),
    )
    due = journal.history.open_operations(run_id)
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
                        if not parts.begun(operation, count, send=send):
                            break
                        async with journal.operations(
                            run_id, lease=lease, only=operation
                        ) as ledger:
                            found += await parts.deliver(
                                operation, client, library, ledger, send=send
                            )
                    strange_tokens.append(client.token_notice)
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
        token_notice="".join(strange_tokens),
        in_all=baseline.count + summary.pending if baseline.count else 0,
    )


def _of_run(journal: Journal, run_id: str, *, now: float) -> tuple[str, float]:
    """Return the command of a run, and when what it deletes was created at the latest (UTC).

    An undo deletes what a load created, perhaps a moment ago; a plan names what a list has shown.
    """
    run = journal.history.run(run_id)
    if run is None or run.command != "undo":
        return run.command if run else "", 0.0
    undone = journal.history.run(run.of_run)
    return run.command, (undone.finished_at if undone is not None else None) or now


_PHASES: Final = {
    Operation.CREATE: "sending",
    Operation.UPDATE: "updating",
    Operation.ARCHIVE: "archiving",
    Operation.DELETE: "deleting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What the engines and the reconcilers of one delivery share.

    From `settled_from` (UTC), and the settle time on top, a read shows what was there before.
    """

    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal
    baseline: Baseline
    settled_from: float
    rate_limit: RateLimiter  # one for all: a second that two kinds share holds no more requests

    def begun(self, operation: Operation, count: int, *, send: bool) -> bool:
        """Say that a kind of operation begins; False where someone wants to stop."""
        if self.stop.requested():
            return False
        self.listener(PhaseBegan(name=_PHASES[operation] if send else "looking", total=count))
        return True

    async def deliver(
        self,
        operation: Operation,
        client: OfferClient,
        library: StoppableLibrary,
        ledger: Operations,
        *,
        send: bool,
    ) -> int:
        """Do one kind of operation; return how many unknown ones were found."""
        engine, reconciler = self._of(operation, client, library, ledger)
        if not send:
            return await reconciler.settle_unknown()
        return await deliver(engine=engine, reconciler=reconciler, ledger=ledger, stop=self.stop)

    def _of(
        self,
        operation: Operation,
        client: OfferClient,
        library: StoppableLibrary,
        ledger: Operations,
    ) -> "tuple[Engine, Settler]":
        """Return what does one kind of operation, and what looks for those without an outcome."""
        match operation:
            case Operation.CREATE:
                return self._for_creates(client, library, ledger)
            case Operation.DELETE:
                return self._for_deletes(library, ledger)
            case _:
                return self._for_updates(library, ledger)

    def _for_updates(
        self, library: StoppableLibrary, ledger: Operations
    ) -> "tuple[Engine, Settler]":
        """Return what changes offers, and what looks updates up."""
        reconciler = UpdateReconciler(
            ledger=ledger,
            store=library,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
        )
        sender = UpdateSender(
            store=library, stop=self.stop, reads_after=self.policy.reads_after_update
        )
        return self._engine(ledger, sender), reconciler

    def _for_creates(
        self, client: OfferClient, library: StoppableLibrary, ledger: Operations
    ) -> "tuple[Engine, Settler]":
        """Return what creates offers, and what looks for those without a known outcome."""
        reconciler = Reconciler(
            baseline=self.baseline,
            ledger=ledger,
            library=library,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
        )
        return self._engine(ledger, CreateSender(client), self.baseline), reconciler

    def _for_deletes(
        self, library: StoppableLibrary, ledger: Operations
    ) -> "tuple[Engine, Settler]":
        """Return what deletes the offers of a run, and what looks deletes up."""
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
            visible_at=self.settled_from + settle_seconds,
        )
        return self._engine(ledger, sender), reconciler

    def _engine(
        self, ledger: Operations, sender: Sender, baseline: Baseline | None = None
    ) -> Engine:
        return Engine(
            ledger=ledger,
            sender=sender,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
            chance=random.random,
            baseline=baseline,
            rate_limit=self.rate_limit,
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
