"""Delete offers by id: each is read first, and deleted only as it was created.

Nothing is read before the settle time after the creation: until then any read may miss an offer.
That an offer is gone, although no delete was confirmed, needs two proofs: the look-up by id
does not find it, and the whole list of the target does not show it. A list counts only if it shows
the newest offer that the journal created there, or if a second one after the settle time agrees.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from loader.api.departure_hooks import DepartureHooks
from loader.delivery.baseline import Baseline
from loader.delivery.early_reads import EarlyReads
from loader.delivery.find_unknown_changes import Finding
from loader.delivery.ports import Clock
from loader.delivery.stop import StopSignal
from loader.delivery.withheld_by_unknown import NO_REPLY
from loader.errors import TargetError
from loader.journal.records import ALREADY_GONE, EDITED
from loader.model import Job, OperationEvent, Outcome, OutcomeKind, RemoteOffer
from loader.name_folding import bare_names, stored_names


class OfferReads(Protocol):
    """Reads offers. Raises `TargetError` where it cannot."""

    def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]: ...
    async def lookup(self, remote_id: str) -> RemoteOffer | None: ...


class OfferStore(OfferReads, Protocol):
    """Reads and deletes offers by id."""

    async def delete(self, remote_id: str, etag: str, hooks: DepartureHooks) -> Outcome: ...
    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool: ...
    def same_object(self, before: bytes, remote: RemoteOffer) -> bool: ...


@dataclass(slots=True, kw_only=True)
class CachedListing:
    """The ids in the list of the target: read when first asked for, then cached for a while.

    `newest` names the newest offer that the journal created in the target, None for none. A list
    that lacks it although it is found by its id is late or incomplete.
    """

    store: OfferReads
    clock: Clock
    max_age_seconds: float
    newest: Callable[[], Awaitable[str | None]]
    _ids: Baseline = field(default_factory=Baseline)
    _names: set[int] = field(default_factory=set)  # hashes of bare names
    _earlier: Baseline | None = None  # the list before, where it was not known to be late
    _shows_newest: bool = False
    _is_late: bool = True
    _read_at: float = float("-inf")  # by the monotonic clock
    _latest_found: int = 0  # the latest of our operations whose offer was found by its id
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def shows(self, remote_id: str) -> bool:
        """Say whether the list shows an offer. Raises `TargetError` where it cannot be read."""
        async with self._lock:
            if self.clock.monotonic() - self._read_at > self.max_age_seconds:
                await self._read()
        return remote_id in self._ids

    def shows_name_of(self, job: Job) -> bool:
        """Say whether the list that was read last has an offer of a like name, whatever its id."""
        return not self._names.isdisjoint(map(hash, stored_names(job.name)))

    def note_found(self, job: Job) -> None:
        """Note that the offer of an operation was found by its id."""
        self._latest_found = max(self._latest_found, job.operation_id)

    def proves_absence(self, job: Job) -> bool:
        """Say whether an offer that is found neither by its id nor in the list is gone."""
        if self._shows_newest or self._latest_found > job.operation_id:
            return True
        earlier = self._earlier
        return not self._is_late and earlier is not None and job.remote_id not in earlier

    async def _read(self) -> None:
        began, newest, ids = self.clock.monotonic(), await self.newest(), Baseline()
        names: set[int] = set()
        async for page in self.store.offers():
            ids.add(offer.receipt.instance_id for offer in page)
            names.update(hash(bare) for offer in page for bare in bare_names(offer.name))
        shows_newest = newest is None or newest in ids
        is_late = not shows_newest and await self.store.lookup(newest or "") is not None
        self._earlier = None if self._is_late else self._ids
        self._ids, self._shows_newest, self._is_late = ids, shows_newest, is_late
        self._names, self._read_at = names, began


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSender:
    """Performs deletes."""

    store: OfferStore
    stop: StopSignal
    listed: CachedListing
    early: EarlyReads

    async def perform(self, job: Job, hooks: DepartureHooks) -> Outcome:
        """Read the offer and delete it if nobody edited it; return the outcome."""
        try:
            remote = await self.store.lookup(job.remote_id)
            if self._differs(job, remote) and (early := self.early.judge(remote)):
                return early
            if remote is None:
                return await judge_absence(job, listed=self.listed, stop=self.stop)
        except TargetError as error:
            return _not_accepted("not-read", str(error))
        self.listed.note_found(job)
        if is_edited(job, remote, self.store):
            since = "the plan was made" if job.before else "the run created it"
            message = f"it was edited since {since}"
            return Outcome(kind=OutcomeKind.REFUSED, code=EDITED, message=message, began=False)
        return await self.store.delete(job.remote_id, remote.receipt.etag, hooks)

    def _differs(self, job: Job, remote: RemoteOffer | None) -> bool:
        """Say whether an offer is not as the plan saw it; an undo of a create saw none."""
        return bool(job.before) and (remote is None or is_edited(job, remote, self.store))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFinder:
    """Finds what became of a delete, by the id of its offer and by the list."""

    listed: CachedListing

    async def find(self, job: Job, there: RemoteOffer | None) -> Finding:
        """Return what became of the delete; `there` is the offer that its id finds, or None."""
        if there is None and not await self.listed.shows(job.remote_id):
            return Finding(OperationEvent.FOUND, f"{NO_REPLY}; the offer is gone")
        # Not deleted: it is tried again, which reads it and keeps it if it was edited.
        return Finding(OperationEvent.ABSENT, f"{NO_REPLY}; the offer is still there")


async def judge_absence(job: Job, *, listed: CachedListing, stop: StopSignal) -> Outcome:
    """Return the outcome of a delete whose offer is not found by its id: done where it is gone."""
    is_shown = await listed.shows(job.remote_id)
    if stop.requested():  # which may have ended a read early
        return _not_accepted("not-sent", "not sent: the run is stopping")
    wait = listed.max_age_seconds
    if is_shown:
        message = "the list shows it, but it is not found by its id"
        return _not_accepted("not-visible", message, wait=wait)
    if not listed.proves_absence(job):
        message = (
            "neither found by its id nor in the list, which does not show the newest offer of"
            " this journal either"
        )
        return _not_accepted("not-visible", message, wait=wait)
    if listed.shows_name_of(job):
        message = f"no offer has the id {job.remote_id}, but the list shows one of its name"
        return Outcome(kind=OutcomeKind.REFUSED, code="other-id", message=message, began=False)
    return Outcome(kind=OutcomeKind.DONE, code=ALREADY_GONE, began=False)


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
