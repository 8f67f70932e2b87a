"""Updates and deletes that are decided later: 202 and a Location now, the answer there."""

import time
from collections.abc import Callable

from offer_sandbox import repository
from offer_sandbox.messages import Call, Refusal, Reply, as_json, problem, restated
from offer_sandbox.paging import format_address
from offer_sandbox.state import Pending, State
from offer_sandbox.store import Entity


def defer(
    state: State,
    call: Call,
    entity: Entity,
    work: Callable[[Entity], Reply],
    *,
    refusal: Refusal | None,
    refusal_status: int,
    seconds: float,
    path: str,
) -> Reply:
    """Accept a change for later; answer with its Location below `path`.

    `work` is done later, on the entity as it is then, unless `refusal` is given.
    """
    key = f"{entity.instance_id}-{len(state.pending) + len(state.decided)}"
    state.pending[key] = Pending(
        entity=entity,
        work=work,
        refusal=refusal,
        refusal_status=refusal_status,
        decided_at=time.monotonic() + seconds,
    )
    decide_due(state)
    return _not_decided_yet(state, call, f"{path}/{key}")


def delete(
    state: State,
    call: Call,
    entity: Entity,
    receipt: Callable[[Entity], Reply],
    *,
    revision: str | None,
    path: str,
    poll: bool,
) -> Reply:
    """Delete an entity now, or later with `poll`."""

    def work(held: Entity) -> Reply:
        repository.check_revision(state, held, revision)
        repository.remove(state, held, asserted=named_revision(call, held))
        return receipt(held)

    if not poll:
        return work(entity)
    repository.check_revision(state, entity, revision)
    settings = state.settings
    refusal = None
    if settings.xcore_delete_outcome == "refused":
        refusal = problem(settings.used_delete_status, f"{entity.id} is still referenced")
    return defer(
        state,
        call,
        entity,
        work,
        refusal=refusal,
        refusal_status=settings.xcore_delete_refusal_status,
        seconds=settings.xcore_delete_seconds,
        path=path,
    )


def named_revision(call: Call, held: Entity) -> frozenset[str]:
    """Return the pointer of the whole where `If-Match` names the revision that is held."""
    named = call.headers.get("If-Match", "").strip().strip('"')
    return frozenset({""} if named == str(held.etag) else ())


def decide_due(state: State) -> None:
    """Decide the changes that are due."""
    now = time.monotonic()
    for key in [key for key, change in state.pending.items() if now >= change.decided_at]:
        state.decided[key] = _decide(state, state.pending.pop(key))


def answer(state: State, call: Call, key: str, *, path: str) -> Reply:
    """Answer at the Location of a change: 202 until it is decided, or as the settings say."""
    if key in state.pending and state.settings.undecided_reads_as == "running":
        return as_json(200, {"status": "running"})
    if key in state.pending:
        return _not_decided_yet(state, call, f"{path}/{key}")
    if key not in state.decided:
        raise problem(404, f"No change {key} is known")
    return state.decided[key]


def _not_decided_yet(state: State, call: Call, path: str) -> Reply:
    return Reply(
        status=202, headers={"Location": format_address(state.settings.locations, call, path)}
    )


def _decide(state: State, change: Pending) -> Reply:
    held = state.store.get(change.entity.shelf, instance_id=change.entity.instance_id)
    try:
        if change.refusal is not None:
            raise change.refusal
        if held is None:
            raise problem(404, f"{change.entity.id} was not found")
        reply = change.work(held)
    except Refusal as refusal:
        return restated(refusal, status=change.refusal_status)
    is_reply = state.settings.decided_reads_as == "reply"
    return reply if is_reply else as_json(200, {"state": "SUCCEEDED"})
