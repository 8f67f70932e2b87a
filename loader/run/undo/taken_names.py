"""Names that an offer had, and that another offer has now: no undo gives them back."""

from collections.abc import Sequence

from loader.journal import Journal
from loader.merge.three_way import Change, new_name
from loader.model import RemoteOffer
from loader.name_folding import fold_name
from loader.run.pull.snapshot import Snapshot

NAME_TAKEN = "name-taken"


def others_with_new_name(
    journal: Journal, there: Snapshot, changes: Sequence[Change], offer: RemoteOffer
) -> Sequence[str]:
    """Return the ids of the other offers that have the name which changes give to an offer."""
    name = new_name(changes)
    if not name:
        return ()
    named = journal.snapshots.by_name(there.snapshot_id, [name]).get(fold_name(name), ())
    ids = [each.receipt.instance_id for each in named]
    return [each for each in ids if each != offer.receipt.instance_id]
