"""Look up by id the offers that the list of a target does not show: one late list proves nothing.

The proof that an offer is gone is that of an undo: nothing is concluded before the settle time
after it was first known to be there; then the look-up by id does not find it, and a whole list,
which is not late, does not show it. It holds for ever, because an id is never given twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import anyio

from loader.delivery.delete_sender import CachedListing, OfferReads, judge_absence
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.stop import StopSignal
from loader.delivery.stoppable_waits import countdown, pause
from loader.errors import PlanStopped
from loader.events import Limited, Listener
from loader.journal import Journal
from loader.journal.records import KeyHolder
from loader.model import Job, OutcomeKind, RemoteOffer
from loader.run.pull.snapshot import check_secrets
from loader.run.sending.stoppable_reads import Interruption
from loader.run.wiring import SystemClock, Target, run_async

# By id: the offer where it is there, "" where it is proven gone, else why that is not proven.
LookUps: TypeAlias = Mapping[str, RemoteOffer | str]
_MOST_LOOK_UPS: Final = 3  # at one offer: the second list proves what the first does not
_NOT_OURS: Final = 2**63 - 1  # no operation of the journal: it says nothing of the order of creates
_CLOCK: Final = SystemClock()


@dataclass(slots=True, kw_only=True)
class MissingOffers:
    """Finds which offers are gone; lists the target when the first is not found by its id."""

    journal: Journal
    target: Target
    max_per_second: float
    listener: Listener
    stop: StopSignal
    _listed: CachedListing | None = None
    _found: dict[str, RemoteOffer | str] = field(default_factory=dict)
    _rate: RateLimiter = field(init=False)

    def __post_init__(self) -> None:
        self._rate = RateLimiter(max_per_second=self.max_per_second)

    @property
    def there(self) -> Sequence[RemoteOffer]:
        """The offers that were found by their ids."""
        return [each for each in self._found.values() if isinstance(each, RemoteOffer)]

    def look_up_named(self, names: Mapping[str, str]) -> LookUps:
        """Look up offers by their ids; `names` says what each was called.

        From the first pull that saw one on, or the first run that wrote it, it is known to be
        there. Where neither has, it may be as new as can be.
        """
        return self.look_up([self._seen(remote_id, name) for remote_id, name in names.items()])

    def _seen(self, remote_id: str, name: str) -> KeyHolder:
        seen_at = self.journal.snapshots.first_seen(self.target.key, remote_id)
        job = Job(
            operation_id=_NOT_OURS, key="", name=name, digest="", body=b"", remote_id=remote_id
        )
        return KeyHolder(create=job, created_at=_CLOCK.now() if seen_at is None else seen_at)

    def look_up(self, sought: Sequence[KeyHolder]) -> LookUps:
        """Look up offers, each once. Raises `PlanStopped` where a stop was requested meanwhile."""
        new = [each for each in sought if each.create.remote_id not in self._found]
        if not new:
            return self._found

        async def work() -> None:
            interruption = Interruption(self.stop)
            async with anyio.create_task_group() as group:
                group.start_soon(interruption.watch)
                with interruption.scope():
                    await self._look_up_each(new)
                group.cancel_scope.cancel()

        with self.stop.watched():
            run_async(work)
        self.listener(Limited(by=""))
        if self.stop.requested():  # then what was found may lack some
            raise PlanStopped(self.stop.reason)
        return self._found

    async def _look_up_each(self, sought: Sequence[KeyHolder]) -> None:
        from loader.api.client import open_client  # noqa: PLC0415 - a check sends no request

        api, endpoints = self.target.api, self.target.entity.endpoints
        async with open_client(api, endpoints, is_stopping=self.stop.requested) as client:
            if self._listed is None:
                self._listed = CachedListing(
                    store=client,
                    clock=_CLOCK,
                    max_age_seconds=self.target.settle_seconds,
                    newest=self._newest,
                )
            self._listed.store = client  # the one that is open now
            for each in sought:
                self._found[each.create.remote_id] = await self._look_up(each, client, self._listed)

    async def _look_up(
        self, sought: KeyHolder, reads: OfferReads, listed: CachedListing
    ) -> RemoteOffer | str:
        job, why = sought.create, ""
        is_ours = job.operation_id != _NOT_OURS
        for attempt in range(_MOST_LOOK_UPS + 1):
            now = _CLOCK.monotonic()
            await _CLOCK.sleep(self._rate.reserve(now).at - now)
            there = await reads.lookup(job.remote_id)
            if there is not None:
                check_secrets([there])
                if is_ours:
                    listed.note_found(job)
                return there
            if attempt == 0:  # before that, any read may miss it
                wait = sought.created_at + self.target.settle_seconds - _CLOCK.now()
                if wait > 0:
                    await self._wait(min(wait, self.target.settle_seconds))
                    continue
            outcome = await judge_absence(job, listed=listed, stop=self.stop)
            if outcome.kind is OutcomeKind.DONE:
                return ""
            if outcome.kind is OutcomeKind.REFUSED:  # one of a like name is listed
                return outcome.message if is_ours else ""  # a list gave the ids of the others
            why = outcome.message
            if attempt < _MOST_LOOK_UPS:
                await self._wait(outcome.retry_after_seconds or 0.0)
        return why

    async def _wait(self, seconds: float) -> None:
        report = countdown(self.listener, "looking again whether offers are gone")
        await pause(seconds, clock=_CLOCK, stop=self.stop, report=report)

    async def _newest(self) -> str | None:
        return self.journal.snapshots.newest_not_undone(target=self.target.key)
