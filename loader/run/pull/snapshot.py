"""Take a snapshot of what a target has, into the journal, page by page."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import orjson

from loader.errors import TargetError
from loader.events import Limited, Listener, RowsDone
from loader.journal import Journal
from loader.model import RemoteOffer
from loader.redaction import SECRETS
from loader.run.wiring import Target, run_async
from loader.validation.editing import Names
from loader.validation.references import OfferDecision, Placement, Tag, fold_name, is_id

if TYPE_CHECKING:
    from loader.api.client import OfferClient

OfferFilter: TypeAlias = Callable[[RemoteOffer], bool]


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
    wanted: "Callable[[Names], OfferFilter] | None" = None,
    path: str = "",
) -> Snapshot:
    """List everything of the target's kind; keep what is `wanted`, which gets the names.

    `path` is the sheet that is pulled into, "" for a plan.

    Raises `TargetError` where the list is not whole: a snapshot is complete, or there is none.
    """
    from loader.api.client import open_client  # noqa: PLC0415 - a check sends no request

    async def work() -> Snapshot:
        async with open_client(target.api, target.entity.endpoints) as client:
            return await _list_into_journal(
                client, journal, target, listener=listener, wanted=wanted, path=path
            )

    return run_async(work)


async def _list_into_journal(
    client: "OfferClient",
    journal: Journal,
    target: Target,
    *,
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
            kept = [offer for offer in page if is_wanted is None or is_wanted(offer)]
            _check_secrets(kept)
            snapshots.add(snapshot_id, kept)
            listener(RowsDone(count=len(page)))
    except BaseException:
        snapshots.forget(snapshot_id)
        raise
    return Snapshot(snapshot_id=snapshot_id, names=names, decisions=decisions, listed=listed)


def _check_secrets(page: Sequence[RemoteOffer]) -> None:
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
