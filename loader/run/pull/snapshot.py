"""Take a snapshot of what a target has, into the journal, page by page.

A list may lag. One that lacks what runs of this journal wrote within the settle time, or shows what
they deleted, is read again when that time is over.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import orjson

from loader.delivery.stop import StopSignal
from loader.delivery.stoppable_waits import countdown, pause
from loader.errors import PlanStopped, TargetError
from loader.events import Limited, Listener, RowsDone
from loader.journal import Journal
from loader.journal.records import WrittenOffer
from loader.model import RemoteOffer
from loader.redaction import SECRETS
from loader.run.wiring import SystemClock, Target, run_async
from loader.validation.editing import Names
from loader.validation.references import OfferDecision, Placement, Tag, fold_name, is_id

if TYPE_CHECKING:
    from loader.api.client import OfferClient

OfferFilter: TypeAlias = Callable[[RemoteOffer], bool]
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot in the journal, and what the target calls placements and tags."""

    snapshot_id: str
    names: Names
    decisions: Sequence[OfferDecision]  # none where the target does not list them to us
    listed: int  # how many there were, wanted or not


def take_snapshot(
    journal: Journal,
    target: Target,
    *,
    listener: Listener,
    stop: StopSignal | None = None,
    wanted: "Callable[[Names], OfferFilter] | None" = None,
    path: str = "",
) -> Snapshot:
    """List everything of the target's kind; keep what is `wanted`, which gets the names.

    `path` is the sheet that is pulled into, "" for a plan. A `stop` ends the wait for a late list.

    Raises `TargetError` where the list is not whole: a snapshot is complete, or there is none; and
    `PlanStopped` where a stop was requested.
    """
    from loader.api.client import open_client  # noqa: PLC0415 - a check sends no request

    written = _WrittenLately.of(journal, target)

    async def work() -> Snapshot:
        async with open_client(target.api, target.entity.endpoints) as client:

            async def listed() -> Snapshot:
                return await _list_into_journal(
                    client,
                    journal,
                    target,
                    written=written,
                    listener=listener,
                    wanted=wanted,
                    path=path,
                )

            snapshot = await listed()
            if written.is_list_late():
                journal.snapshots.forget(snapshot.snapshot_id)
                await written.wait(listener, stop or StopSignal())
                snapshot = await listed()
            return snapshot

    return run_async(work)


@dataclass(slots=True, kw_only=True)
class _WrittenLately:
    """What runs created, changed or deleted within the settle time, and how a list shows it."""

    offers: Mapping[str, WrittenOffer]  # by id
    settle_seconds: float
    _shown: dict[str, str] = field(default_factory=dict)  # the revision of each, by id

    @classmethod
    def of(cls, journal: Journal, target: Target) -> "_WrittenLately":
        """Read it from the journal."""
        since = _CLOCK.now() - target.settle_seconds
        offers = journal.snapshots.changed_lately(
            target=target.key, kind=target.entity.kind, since=since
        )
        return cls(
            offers={each.remote_id: each for each in offers}, settle_seconds=target.settle_seconds
        )

    def note(self, page: Sequence[RemoteOffer]) -> None:
        """Note one page of the list."""
        for offer in page:
            if offer.receipt.instance_id in self.offers:
                self._shown[offer.receipt.instance_id] = offer.receipt.etag

    def is_list_late(self) -> bool:
        """Say whether the list may be from before what runs did.

        Another revision may be older, or a later one of somebody else. An offer that is not in the
        list may be deleted; but that its id finds nothing either can be as late as the list.
        """
        return not all(map(self._is_shown_as_written, self.offers.values()))

    def _is_shown_as_written(self, offer: WrittenOffer) -> bool:
        shown = self._shown.get(offer.remote_id)
        return shown is None if offer.is_deleted else bool(shown) and shown == offer.etag

    async def wait(self, listener: Listener, stop: StopSignal) -> None:
        """Wait until every read shows what was written. Raises `PlanStopped`."""
        report = countdown(listener, "listing again what a run changed a moment ago")
        last = max(each.at for each in self.offers.values())
        wait = min(last + self.settle_seconds - _CLOCK.now(), self.settle_seconds)
        with stop.watched():
            is_over = await pause(wait, clock=_CLOCK, stop=stop, report=report)
        listener(Limited(by=""))
        if not is_over:
            raise PlanStopped(stop.reason)


async def _list_into_journal(
    client: "OfferClient",
    journal: Journal,
    target: Target,
    *,
    written: _WrittenLately,
    listener: Listener,
    wanted: "Callable[[Names], OfferFilter] | None",
    path: str,
) -> Snapshot:
    listener(Limited(by="asking the target for its names"))
    names = Names(
        placements=unambiguous(await client.placements() or ()),
        tags=unambiguous(await client.tags() or ()),
    )
    decisions = await client.decisions() or ()
    listener(Limited(by=""))
    is_wanted = wanted(names) if wanted is not None else None
    snapshots, listed = journal.snapshots, 0
    snapshot_id = snapshots.begin(
        target=target.key,
        kind=target.entity.kind,
        names={"placements": names.placements, "tags": names.tags},
        path=path,
    )
    try:
        async for page in client.offers():
            listed += len(page)
            written.note(page)
            kept = [offer for offer in page if is_wanted is None or is_wanted(offer)]
            check_secrets(kept)
            snapshots.add(snapshot_id, kept)
            listener(RowsDone(count=len(page)))
    except BaseException:
        snapshots.forget(snapshot_id)
        raise
    return Snapshot(snapshot_id=snapshot_id, names=names, decisions=decisions, listed=listed)


def check_secrets(page: Sequence[RemoteOffer]) -> None:
    """Raise `TargetError` for an offer that repeats a secret, which must not be written down.

    Without its secret it would not be the offer any more: a later update or undo would send that.
    """
    for offer in page:
        if SECRETS.are_repeated_in(orjson.dumps(offer.offer).decode()):
            raise TargetError(
                f"the offer {offer.receipt.instance_id}, as the API lists it, holds a secret of"
                " this loader (its token, for example), so nothing was kept of the list: look at"
                " the offer in Adobe. If the secret is there, remove it and renew it; if it is"
                " not, the API or something in between repeats it: show that to Adobe",
                code="secret-repeated",
            )


def unambiguous(entries: Iterable[Placement | Tag]) -> Mapping[str, str]:
    """Return names by id: only those that a cell can hold, and that mean this entry alone."""
    known = list(entries)
    bearers = Counter(fold_name(entry.name) for entry in known)
    return {
        entry.id: entry.name
        for entry in known
        if bearers[fold_name(entry.name)] == 1
        and entry.name == entry.name.strip()
        and entry.name
        and ";" not in entry.name
        and not is_id(entry.name)
    }
