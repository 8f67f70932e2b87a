"""Create an offer again that somebody deleted in the library: a plan proves first that it is gone.

The journal keeps the key of each offer that it created, so that no row creates a second one. A row
without an id whose key an offer holds that the target does not list is looked up here. The proof is
that of an undo: nothing is concluded before the settle time after the creation; then the look-up by
id does not find the offer, and a whole list, which is not late, does not show it. It holds for
ever, because an id is never given twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import anyio

from loader.delivery.delete_sender import CachedListing, OfferReads, judge_absence
from loader.delivery.pauses import pause
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.stop import StopSignal
from loader.errors import PlanStopped
from loader.events import Limited, Listener
from loader.journal import Journal
from loader.journal.records import KeyHolder, StagedRow
from loader.model import OutcomeKind, RemoteOffer, Severity
from loader.planning.decide_row import Planned
from loader.planning.sheet_row import SheetRow, invalid_row, row_error
from loader.run.pull.snapshot import Snapshot
from loader.run.sending.stoppable_reads import Interruption
from loader.run.wiring import SystemClock, Target, run_async
from loader.validation.fields import NAME

_MOST_LOOK_UPS: Final = 3  # at one offer: the second list proves what the first does not
_CLOCK: Final = SystemClock()
_LookUps: TypeAlias = dict[str, str | None]  # by id: "" if gone, None if there, else why unproven


@dataclass(slots=True, kw_only=True)
class GoneOffers:
    """Finds which offers of the journal are gone; lists the target when a row first needs it."""

    journal: Journal
    target: Target
    there: Snapshot
    max_per_second: float
    listener: Listener
    stop: StopSignal
    _listed: CachedListing | None = None
    _rate: RateLimiter = field(init=False)

    def __post_init__(self) -> None:
        self._rate = RateLimiter(max_per_second=self.max_per_second)

    def check_creates(self, rows: Sequence[SheetRow], planned: Sequence[Planned]) -> list[Planned]:
        """Return what is planned: a create again, where the offer of a key is proven gone.

        Raises `PlanStopped` where a stop was requested meanwhile.
        """
        keys = [
            each.payload.row_key
            for each in planned
            if isinstance(each, StagedRow) and each.payload is not None
        ]
        if not keys:  # as a rule: the rows of a pulled sheet have ids
            return list(planned)
        holders = self.journal.snapshots.key_holders(
            target=self.target.key, kind=self.target.entity.kind, keys=keys
        )
        ids = [each.create.remote_id for each in holders.values()]
        listed = self.journal.snapshots.by_id(self.there.snapshot_id, ids)
        unlisted = [one for one in holders.values() if one.create.remote_id not in listed]
        found = self._look_up_all(unlisted) if unlisted else {}
        return [
            _check_create(row, each, holders, found, listed)
            for row, each in zip(rows, planned, strict=True)
        ]

    def _look_up_all(self, holders: Sequence[KeyHolder]) -> _LookUps:
        """Look up offers that the target does not list, unless a stop is requested."""
        found: _LookUps = {}

        async def work() -> None:
            interruption = Interruption(self.stop)
            async with anyio.create_task_group() as group:
                group.start_soon(interruption.watch)
                with interruption.scope():
                    await self._look_up_each(holders, found)
                group.cancel_scope.cancel()

        with self.stop.watched():
            run_async(work)
        self.listener(Limited(by=""))
        if self.stop.requested():  # then what was found may lack some
            raise PlanStopped(self.stop.reason)
        return found

    async def _look_up_each(self, holders: Sequence[KeyHolder], found: _LookUps) -> None:
        """Add to `found` what became of the offers."""
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
            for each in holders:
                found[each.create.remote_id] = await self._look_up(each, client, self._listed)

    async def _look_up(
        self, holder: KeyHolder, reads: OfferReads, listed: CachedListing
    ) -> str | None:
        """Look up one offer; None where it is there."""
        job, why = holder.create, ""
        if await listed.shows(job.remote_id):
            return None
        for attempt in range(_MOST_LOOK_UPS + 1):
            now = _CLOCK.monotonic()
            await _CLOCK.sleep(self._rate.reserve(now).at - now)
            if await reads.lookup(job.remote_id) is not None:
                listed.note_found(job)
                return None
            if attempt == 0:  # before that, any read may miss what was created
                wait = holder.created_at + self.target.settle_seconds - _CLOCK.now()
                if wait > 0:
                    await self._wait(min(wait, self.target.settle_seconds))
                    continue
            outcome = await judge_absence(job, listed=listed, stop=self.stop)
            if outcome.kind is not OutcomeKind.NOT_ACCEPTED:
                return "" if outcome.kind is OutcomeKind.DONE else outcome.message
            why = outcome.message
            await self._wait(outcome.retry_after_seconds or 0.0)
        return why

    async def _wait(self, seconds: float) -> None:
        def report(rest: float) -> None:
            self.listener(Limited(by=f"looking again whether offers are gone in {rest:.0f} s"))

        await pause(seconds, clock=_CLOCK, stop=self.stop, report=report)

    async def _newest(self) -> str | None:
        return self.journal.snapshots.newest_not_undone(target=self.target.key)


def _check_create(
    row: SheetRow,
    planned: Planned,
    holders: Mapping[str, KeyHolder],
    found: _LookUps,
    listed: Mapping[str, RemoteOffer],
) -> Planned:
    """Return what is planned for a row, now that it is known what became of the offer of its key.

    An offer that is listed has another name: else the row would be about it.
    """
    if not isinstance(planned, StagedRow) or planned.payload is None:
        return planned
    holder = holders.get(planned.payload.row_key)
    if holder is None:
        return planned
    remote_id = holder.create.remote_id
    made = f"the offer that the journal created for this row, {remote_id},"
    if remote_id in listed:
        return invalid_row(
            row, NAME, "renamed-there", f"{made} is called {listed[remote_id].name!r} there now",
            "to create another offer, give the row a name (or external id) of its own; to change"
            " that one, write its id into the row",
        )  # fmt: skip
    why = found.get(remote_id)
    if why is None:
        return planned
    if why:
        return invalid_row(
            row, NAME, "not-proven-gone",
            f"{made} is not there, but that it is gone is not proven: {why}",
            "plan again later, or give the row a name (or external id) of its own",
        )  # fmt: skip
    note = row_error(
        row, NAME, "created-again", f"{made} was deleted there: a new one is created",
        "if it is to stay deleted, remove the row",
    )  # fmt: skip
    errors = [*planned.errors, replace(note, severity=Severity.WARNING)]
    return replace(planned, replaces=remote_id, errors=errors)
