"""Delete offers by id: each is read first, and deleted only as it was created.

Nothing is read before the settle time after the creation: until then any read may miss an offer.
That an offer is gone, though nobody saw its delete succeed, needs two proofs: the look-up by id
does not find it, and the whole list of the target does not show it.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from loader.api.departure_hooks import DepartureHooks
from loader.delivery.baseline import Baseline
from loader.delivery.looking_up import Finding
from loader.delivery.ports import Clock
from loader.delivery.stop import StopSignal
from loader.errors import TargetError
from loader.journal.values import ALREADY_GONE
from loader.model import Event, Job, Outcome, OutcomeKind, RemoteOffer


class OfferStore(Protocol):
    """Reads and deletes offers by id. Reading raises `TargetError` where it cannot."""

    def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]: ...
    async def lookup(self, remote_id: str) -> RemoteOffer | None: ...
    async def delete(self, remote_id: str, etag: str, way: DepartureHooks) -> Outcome: ...
    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool: ...
    def same_object(self, before: bytes, remote: RemoteOffer) -> bool: ...


@dataclass(slots=True, kw_only=True)
class WholeList:
    """The ids that the list of the target showed, read when someone asks and then kept a while."""

    store: OfferStore
    clock: Clock
    kept_seconds: float
    _ids: Baseline = field(default_factory=Baseline)
    _read_at: float = float("-inf")  # by the monotonic clock
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def shows(self, remote_id: str) -> bool:
        """Say whether the list shows an offer. Raises `TargetError` where it cannot be read."""
        async with self._lock:
            began = self.clock.monotonic()
            if began - self._read_at > self.kept_seconds:
                ids = Baseline()
                async for page in self.store.offers():
                    ids.add(offer.receipt.instance_id for offer in page)
                self._ids, self._read_at = ids, began
        return remote_id in self._ids


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSender:
    """Performs deletes."""

    store: OfferStore
    stop: StopSignal
    listed: WholeList

    async def perform(self, job: Job, way: DepartureHooks) -> Outcome:
        """Read the offer and delete it if nobody edited it; say what that taught us."""
        try:
            remote = await self.store.lookup(job.remote_id)
            if remote is None:
                return await self._not_found(job.remote_id)
        except TargetError as error:
            return _not_accepted("not-read", str(error))
        if is_edited(job, remote, self.store):
            since = "the plan was made" if job.before else "the run created it"
            message = f"it was edited since {since}"
            return Outcome(kind=OutcomeKind.REFUSED, code="edited", message=message, began=False)
        return await self.store.delete(job.remote_id, remote.receipt.etag, way)

    async def _not_found(self, remote_id: str) -> Outcome:
        """Return what it means that a look-up by id does not find an offer."""
        is_shown = await self.listed.shows(remote_id)
        if self.stop.requested():  # which may have ended a read early
            return _not_accepted("not-sent", "taken back before it was sent")
        if is_shown:
            message = "the list shows it, but it is not found by its id"
            return _not_accepted("not-visible", message, wait=self.listed.kept_seconds)
        return Outcome(kind=OutcomeKind.DONE, code=ALREADY_GONE, began=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFinder:
    """Finds what became of a delete, by the id of its offer and by the list."""

    listed: WholeList

    async def find(self, job: Job, there: RemoteOffer | None) -> Finding:
        """Return what the offer that was read by its id, or that was not found, shows."""
        if there is None and not await self.listed.shows(job.remote_id):
            return Finding(Event.FOUND, "no reply was seen; the offer is gone")
        # Not deleted: it is tried again, which reads it and keeps it if it was edited.
        return Finding(Event.ABSENT, "no reply was seen; the offer is still there")


def is_edited(job: Job, remote: RemoteOffer, store: OfferStore) -> bool:
    """Say whether an offer is not as the run created it, or as the plan found it."""
    if job.before:
        return not store.same_object(job.before, remote)
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
