"""Create an offer again that somebody deleted in the library: a plan proves first that it is gone.

The journal keeps the key of each offer that it created, so that no row creates a second one. The
offer that holds the key of a row without an id, and that the target does not list, is looked up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loader.journal.records import KeyHolder, StagedRow
from loader.model import RemoteOffer, Severity
from loader.planning.decide_row import Planned
from loader.planning.sheet_row import SheetRow, invalid_row, row_error
from loader.run.plan.missing_offers import LookUps, MissingOffers
from loader.run.pull.snapshot import Snapshot
from loader.validation.fields import NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneOffers:
    """Finds which offers that hold the key of a row are gone."""

    missing: MissingOffers
    there: Snapshot

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
        snapshots, target = self.missing.journal.snapshots, self.missing.target
        holders = snapshots.key_holders(target=target.key, kind=target.entity.kind, keys=keys)
        ids = [each.create.remote_id for each in holders.values()]
        listed = snapshots.by_id(self.there.snapshot_id, ids)
        found = self.missing.look_up(
            [one for one in holders.values() if one.create.remote_id not in listed]
        )
        return [
            _check_create(row, each, holders, found, listed)
            for row, each in zip(rows, planned, strict=True)
        ]


def _check_create(
    row: SheetRow,
    planned: Planned,
    holders: Mapping[str, KeyHolder],
    found: LookUps,
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
    why = found[remote_id]
    if isinstance(why, RemoteOffer):
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
