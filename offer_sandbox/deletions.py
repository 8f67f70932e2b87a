"""Deletes that are decided later (XCORE): 202 and a Location now, and there the answer."""

import time

from offer_sandbox import repository
from offer_sandbox.state import Deletion, State
from offer_sandbox.store import Entity


def accept(state: State, entity: Entity) -> None:
    """Take a delete in; what it comes to is settled now and shows later."""
    refused = repository.reason_to_keep(state, entity)
    if state.settings.xcore_delete_outcome == "refused":
        refused = refused or f"{entity.id} is still referenced"
    decided_at = time.monotonic() + state.settings.xcore_delete_seconds
    deletion = Deletion(entity=entity, decided_at=decided_at, refused=refused)
    state.deletions[entity.instance_id] = deletion
    carry_out(state)


def carry_out(state: State) -> None:
    """Remove what was to be deleted by now."""
    for deletion in list(state.deletions.values()):
        held = state.store.get(deletion.entity.shelf, instance_id=deletion.entity.instance_id)
        if held is not None and not deletion.refused and is_decided(deletion):
            repository.forget(state, held)


def is_decided(deletion: Deletion) -> bool:
    """Whether the answer is there."""
    return time.monotonic() >= deletion.decided_at
