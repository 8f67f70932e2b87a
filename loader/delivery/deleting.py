"""Delete offers by id: each is read first, and deleted only as it was created.

Looking is by id too. That an offer is not there is believed only once it is old enough for every
look-up to show it; before that its absence proves nothing, and it is tried again later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from loader.delivery.pauses import pause, rest_of_settling
from loader.delivery.ports import Clock, DepartureHooks, Policy
from loader.delivery.stop import StopSignal
from loader.errors import TargetError
from loader.events import Limited, Listener
from loader.journal.ports import Operations
from loader.journal.values import ALREADY_GONE
from loader.model import Event, Job, Outcome, OutcomeKind, RemoteOffer, UnknownRow

_PAGE: Final = 200


class OfferStore(Protocol):
    """Reads and deletes offers by id. Reading raises `TargetError` where it cannot."""

    async def lookup(self, remote_id: str) -> RemoteOffer | None: ...
    async def delete(self, remote_id: str, way: DepartureHooks) -> Outcome: ...
    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSender:
    """Performs deletes. Before `visible_at` (UTC) a look-up may not show what was created."""

    store: OfferStore
    clock: Clock
    visible_at: float
    stop: StopSignal

    async def perform(self, job: Job, way: DepartureHooks) -> Outcome:
        """Read the offer and delete it if nobody edited it; say what that taught us."""
        try:
            remote = await self.store.lookup(job.remote_id)
        except TargetError as error:
            return _not_accepted("not-read", str(error))
        if remote is None and self.stop.requested():  # which may have ended the look-up early
            return _not_accepted("not-sent", "taken back before it was sent")
        if remote is None:
            early = self.visible_at - self.clock.now()
            if early <= 0:
                return Outcome(kind=OutcomeKind.DONE, code=ALREADY_GONE, began=False)
            return _not_accepted(
                "not-visible", "it was created a moment ago and is not found yet", wait=early
            )
        if is_edited(job, remote, self.store):
            message = "it was edited since the run created it"
            return Outcome(kind=OutcomeKind.REFUSED, code="edited", message=message, began=False)
        return await self.store.delete(job.remote_id, way)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteReconciler:
    """Looks up, by id, what became of deletes without a known outcome."""

    ledger: Operations
    store: OfferStore
    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal

    async def take_baseline(self) -> None:
        """Do nothing: what is deleted is known by its id."""

    async def settle_unknown(self, *, since: float | None = None) -> int:
        """Look for every unknown delete; return how many are done.

        `since` is when this process last learned of an unknown outcome, by the monotonic clock.
        """
        done, after = 0, 0
        while not self.stop.requested():
            page = await self.ledger.unknown(after=after, limit=_PAGE)
            if not page:
                break
            after = page[-1].job.operation_id
            done += await self._settle(page, since=since)
        self.listener(Limited(by=""))
        return done

    async def _settle(self, page: Sequence[UnknownRow], *, since: float | None) -> int:
        wait = rest_of_settling(
            self.policy.settle_seconds,
            clock=self.clock,
            since=since,
            last_sent_at=max(unknown.last_sent_at for unknown in page),
        )
        done = 0
        if await self._wait(wait):
            for unknown in page:
                if self.stop.requested():
                    break
                done += await self._look(unknown.job) is Event.FOUND
        return done

    async def _look(self, job: Job) -> Event | None:
        remote = await self.store.lookup(job.remote_id)
        if self.stop.requested():  # which may have ended the look-up early
            return None
        if remote is None:
            event, evidence = Event.FOUND, "no reply was seen; the offer is gone"
        else:  # not deleted: it is tried again, which reads it and keeps it if it was edited
            event, evidence = Event.ABSENT, "no reply was seen; the offer is still there"
        await self.ledger.conclude(job.operation_id, event, receipt=None, evidence=evidence)
        return event

    async def _wait(self, seconds: float) -> bool:
        def report(rest: float) -> None:
            self.listener(Limited(by=f"looking for deletes without a reply in {rest:.0f} s"))

        return await pause(seconds, clock=self.clock, stop=self.stop, report=report)


def is_edited(job: Job, remote: RemoteOffer, store: OfferStore) -> bool:
    """Say whether an offer is not as the run created it."""
    has_other_etag = bool(job.etag) and remote.receipt.etag != job.etag
    return has_other_etag or not store.same_offer(job.body, remote)


def _not_accepted(code: str, message: str, *, wait: float | None = None) -> Outcome:
    return Outcome(
        kind=OutcomeKind.NOT_ACCEPTED,
        code=code,
        message=message,
        retry_after_seconds=wait,
        began=False,
    )
