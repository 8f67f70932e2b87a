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
from loader.delivery.delete_sender import CachedListing, DeleteFinder, DeleteSender
from loader.delivery.early_reads import EarlyReads
from loader.delivery.engine import Engine
from loader.delivery.find_unknown_changes import ChangeReconciler
from loader.delivery.find_unknown_creates import CreateReconciler
from loader.delivery.ports import Clock, Policy, Sender
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.rounds import Settler, deliver
from loader.delivery.shared import Shared
from loader.delivery.stop import Ending, StopSignal
from loader.delivery.update_sender import UpdateFinder, UpdateSender
from loader.errors import LoaderError, TargetError
from loader.events import Listener, PhaseBegan
from loader.journal import Journal, Lease, RunRecord
from loader.journal.ports import Operations
from loader.journal.records import NOT_AGREED
from loader.model import Operation
from loader.run.sending.stoppable_reads import CreateSender, Interruption, StoppableLibrary
from loader.run.wiring import (
    SystemClock,
    Target,
    policy,
    run_async,
)
from loader.settings import Settings


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
    settled_from, newest_to_delete, seen_at = _times_of_changed_offers(
        journal, run, settle_seconds=target.settle_seconds
    )
    if run is not None and run.command == "undo":
        rules = replace(rules, max_errors=None)  # an offer that is kept is no error of the API
    parts = _Delivery(
        clock=clock,
        policy=rules,
        listener=listener,
        stop=stop,
        baseline=baseline,
        settled_from=settled_from,
        newest_to_delete=newest_to_delete,
        seen_at=seen_at,
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
                        if not parts.begin(operation, count, send=send):
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


def _times_of_changed_offers(
    journal: Journal, run: RunRecord | None, *, settle_seconds: float
) -> tuple[float, float, float]:
    """Return `settled_from`, `newest_to_delete` and `seen_at` (UTC), see `_Delivery`.

    An undo takes back what runs did, perhaps a moment ago; a plan names what a list has shown, and
    may be older than what other runs wrote to the same offers. A load changes no offer.
    """
    if run is None or run.command == "load":
        return 0.0, 0.0, 0.0
    history, run_id = journal.history, run.run_id
    written_at = journal.snapshots.last_write(run_id, within=settle_seconds, by_others=True)
    newest_to_delete = history.newest_to_delete(run_id)
    if run.command == "undo":
        return written_at, newest_to_delete, max(run.started_at, written_at)
    plan = history.run(run.of_run) if run.of_run else None
    seen_at = (plan.finished_at if plan is not None else None) or run.started_at
    return 0.0, newest_to_delete, max(seen_at, written_at)


_PHASES: Final = {
    Operation.CREATE: "sending",
    Operation.UPDATE: "updating",
    Operation.ARCHIVE: "archiving",
    Operation.DELETE: "deleting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """What the engines and the reconcilers of one delivery share.

    From `settled_from` (UTC), and the settle time on top, a read shows what was there before; from
    `newest_to_delete` it shows every offer that is to be deleted, so that one which it does not
    find is gone. At `seen_at` the plan had seen what it changes.
    """

    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal
    baseline: Baseline
    settled_from: float
    newest_to_delete: float
    seen_at: float
    rate_limit: RateLimiter

    def begin(self, operation: Operation, count: int, *, send: bool) -> bool:
        """Report that a kind of operation begins; return False if a stop is requested."""
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
        shared = Shared(
            ledger=ledger,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
            rate_limit=self.rate_limit,
        )
        sender, settler = self._sender_and_settler(operation, client, library, shared)
        if not send:
            return await settler.settle_unknown()
        is_create = operation is Operation.CREATE
        baseline = self.baseline if is_create else None
        chance = random.Random().random  # noqa: S311 - jitter; not the state that others share
        engine = Engine(shared=shared, sender=sender, chance=chance, baseline=baseline)
        return await deliver(engine=engine, settler=settler, shared=shared)

    def _sender_and_settler(
        self,
        operation: Operation,
        client: OfferClient,
        library: StoppableLibrary,
        shared: Shared,
    ) -> tuple[Sender, Settler]:
        """Return what sends one kind of operation, and what settles those without an outcome."""
        settle_seconds = self.policy.settle_seconds
        listed = CachedListing(
            store=library,
            clock=self.clock,
            max_age_seconds=settle_seconds,
            newest=shared.ledger.newest_not_undone,
        )
        if operation is Operation.CREATE:
            reconciler = CreateReconciler(shared=shared, library=library, baseline=self.baseline)
            return CreateSender(client), reconciler
        is_delete, finder = operation is Operation.DELETE, UpdateFinder(store=library)
        since = max(self.settled_from, self.newest_to_delete if is_delete else 0.0)
        look_ups = ChangeReconciler(
            shared=shared,
            what="deletes" if is_delete else "updates",
            lookup=library.lookup,
            find=DeleteFinder(listed=listed).find if is_delete else finder.find,
            visible_at=since + settle_seconds,
        )
        early = EarlyReads(clock=self.clock, seen_at=self.seen_at, settle_seconds=settle_seconds)
        if is_delete:
            sender = DeleteSender(store=library, stop=self.stop, listed=listed, early=early)
            return sender, look_ups
        updates = UpdateSender(
            store=library,
            stop=self.stop,
            listed=listed,
            early=early,
            reads_after=self.policy.reads_after_update,
        )
        return updates, look_ups
