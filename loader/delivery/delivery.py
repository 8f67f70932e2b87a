"""The delivery of one run: for each kind of operation, what sends it and what settles it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from loader.delivery.baseline import Baseline
from loader.delivery.delete_sender import CachedListing, DeleteFinder, DeleteSender, OfferStore
from loader.delivery.early_reads import EarlyReads
from loader.delivery.engine import Engine
from loader.delivery.find_unknown_changes import ChangeReconciler
from loader.delivery.find_unknown_creates import CreateReconciler
from loader.delivery.ports import Clock, Library, Policy, Sender
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.rounds import Settler, deliver
from loader.delivery.shared import Shared
from loader.delivery.stop import StopSignal
from loader.delivery.update_sender import EditableStore, UpdateFinder, UpdateSender
from loader.events import Listener
from loader.journal.ports import Operations
from loader.model import Operation


class Offers(Library, OfferStore, EditableStore, Protocol):
    """Reads, compares, changes and deletes the offers of the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTimes:
    """Since when the target shows the offers that a run changes; each in UTC seconds.

    From `settled_from`, and the settle time on top, a read shows what was there before; from
    `newest_to_delete` it shows every offer that is to be deleted, so that one which it does not
    find is gone. At `seen_at` the plan had seen what it changes.
    """

    settled_from: float = 0.0
    newest_to_delete: float = 0.0
    seen_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the engines and the reconcilers of one run share. `chance` draws from [0, 1): jitter."""

    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal
    chance: Callable[[], float]
    baseline: Baseline
    times: OfferTimes
    rate_limit: RateLimiter

    async def deliver(
        self,
        operation: Operation,
        *,
        ledger: Operations,
        library: Offers,
        creates: Sender,
        send: bool,
    ) -> int:
        """Settle what is unknown of one kind of operation and, if `send`, send what is pending.

        Return how many unknown ones were found.
        """
        shared = Shared(
            ledger=ledger,
            clock=self.clock,
            policy=self.policy,
            listener=self.listener,
            stop=self.stop,
            rate_limit=self.rate_limit,
        )
        sender, settler = self._sender_and_settler(operation, library, creates, shared)
        if not send:
            return await settler.settle_unknown()
        baseline = self.baseline if operation is Operation.CREATE else None
        engine = Engine(shared=shared, sender=sender, chance=self.chance, baseline=baseline)
        return await deliver(engine=engine, settler=settler, shared=shared)

    def _sender_and_settler(
        self, operation: Operation, library: Offers, creates: Sender, shared: Shared
    ) -> tuple[Sender, Settler]:
        settle_seconds = self.policy.settle_seconds
        if operation is Operation.CREATE:
            return creates, CreateReconciler(shared=shared, library=library, baseline=self.baseline)
        listed = CachedListing(
            store=library,
            clock=self.clock,
            max_age_seconds=settle_seconds,
            newest=shared.ledger.newest_not_undone,
        )
        is_delete, finder = operation is Operation.DELETE, UpdateFinder(store=library)
        since = max(self.times.settled_from, self.times.newest_to_delete if is_delete else 0.0)
        look_ups = ChangeReconciler(
            shared=shared,
            what="deletes" if is_delete else "updates",
            lookup=library.lookup,
            find=DeleteFinder(listed=listed).find if is_delete else finder.find,
            visible_at=since + settle_seconds,
        )
        early = EarlyReads(
            clock=self.clock, seen_at=self.times.seen_at, settle_seconds=settle_seconds
        )
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
