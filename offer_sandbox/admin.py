"""The sandbox's own endpoint, below /__sandbox__: its faults, its counters, what it holds.

GET  /__sandbox__/          counters: requests, statuses, faults that struck, offers held
GET  /__sandbox__/faults    the plan, one line a fault
PUT  /__sandbox__/faults    another plan, as lines of text
GET  /__sandbox__/offers    every fallback offer: the oracle
POST /__sandbox__/offers    hold an offer, or with "kind" another entity, in any form
GET  /__sandbox__/edits     the log of edits by others, and of what clients did to edited offers
POST /__sandbox__/edits     make one edit now: {"id", "kind"}, both may be missing
GET  /__sandbox__/overwritten    values of edits that a client's update replaced unknowingly
POST /__sandbox__/reset     begin again

Whoever changes something sends the header `X-Offer-Sandbox`, with any value: a form on a web page
cannot, so no page that happens to be open in a browser can either.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import orjson

from offer_sandbox import edits
from offer_sandbox.active_faults import ActiveFaults
from offer_sandbox.fault_plan import FaultPlan
from offer_sandbox.faults import EditKind
from offer_sandbox.field_names import FIELD_NAMES
from offer_sandbox.messages import Call, Reply, as_json
from offer_sandbox.repository import ID_WORDS, hold
from offer_sandbox.state import State
from offer_sandbox.store import Entity, Shelf

ADMIN: Final = "/__sandbox__"
HEADER: Final = "X-Offer-Sandbox"


def answer_admin(state: State, call: Call) -> Reply:
    """Answer below /__sandbox__; whoever changes something must say that no web page made it."""
    if call.method == "GET" or HEADER in call.headers:
        return _dispatch(state, call)
    return as_json(403, {"message": f"a change needs the header {HEADER}, with any value"})


def _dispatch(state: State, call: Call) -> Reply:
    answer = _ANSWERS.get((call.method, call.path.removeprefix(ADMIN).strip("/")))
    if answer is None:
        return as_json(404, {"message": f"{call.method} {call.path} is no endpoint of {ADMIN}"})
    return answer(state, call)


def _reset(state: State, _call: Call) -> Reply:
    state.reset()
    return as_json(200, {})


def _with_object(call: Call, work: Callable[..., dict[str, Any] | None]) -> Reply:
    """Do something with the fields of the object that was sent."""
    try:
        return as_json(200, work(**orjson.loads(call.body or b"{}")))
    except (ValueError, TypeError, KeyError) as error:
        return as_json(400, {"message": str(error)})


def put(
    state: State,
    *,
    body: dict[str, Any],
    kind: str = "offers",
    dialect: str = "dps",
    sandbox: str = "",
    id: str = "",  # noqa: A002 - the wire's word
) -> dict[str, Any]:
    """Hold an entity in a form that no client could give it."""
    if kind not in ID_WORDS or dialect not in FIELD_NAMES:
        raise ValueError(f"no {kind!r} in the dialect {dialect!r}")
    shelf = Shelf(dialect=dialect, kind=kind, sandbox=sandbox or state.settings.sandbox_name)
    return _shown(hold(state, shelf, body, key=id))


def edit(state: State, *, id: str = "", kind: str = "") -> dict[str, Any] | None:  # noqa: A002 - the wire's word
    """Let somebody else edit an offer: any offer and any kind of edit, where nothing is given."""
    entry = edits.edit(state, id, EditKind(kind) if kind else None)
    return entry.as_json() if entry is not None else None


def edit_log_of(state: State) -> list[dict[str, Any]]:
    """Return the log of edits by others, and of what clients did to edited offers."""
    return [entry.as_json() for entry in state.edits.entries]


def _set_faults(state: State, call: Call) -> Reply:
    try:
        plan = FaultPlan.parse(call.body.decode("utf-8", "replace").splitlines())
    except ValueError as error:
        return as_json(400, {"message": str(error)})
    change_faults(state, plan)
    return as_json(200, plan.lines())


def change_faults(state: State, plan: FaultPlan) -> None:
    """Begin another plan; keep the counts of the faults so far."""
    struck = state.active.struck
    state.active = ActiveFaults(plan)
    state.active.struck = struck


def counters(state: State) -> dict[str, Any]:
    """Return what was asked and answered since the start."""
    return {
        "requests": {str(place): count for place, count in state.requests.items()},
        "statuses": {str(status): count for status, count in sorted(state.statuses.items())},
        "struck": dict(state.active.struck),
        "offers": len(state.store.everything("offers")),
        "most_creates_in_a_second": state.rate_oracle.most,
    }


def offers(state: State) -> list[dict[str, Any]]:
    """Return every fallback offer that is held, in the order of its making."""
    return [_shown(entity) for entity in state.store.everything("offers")]


def _shown(entity: Entity) -> dict[str, Any]:
    return {
        "name": entity.name,
        "id": entity.id,
        "instance_id": entity.instance_id,
        "dialect": entity.shelf.dialect,
        "sandbox": entity.shelf.sandbox,
        "etag": entity.etag,
        "created": entity.created,
        "body": entity.body,
    }


_ANSWERS: Final[Mapping[tuple[str, str], Callable[[State, Call], Reply]]] = {
    ("GET", ""): lambda state, _: as_json(200, counters(state)),
    ("GET", "offers"): lambda state, _: as_json(200, offers(state)),
    ("POST", "offers"): lambda state, call: _with_object(call, partial(put, state)),
    ("GET", "faults"): lambda state, _: as_json(200, state.active.plan.lines()),
    ("PUT", "faults"): _set_faults,
    ("GET", "edits"): lambda state, _: as_json(200, edit_log_of(state)),
    ("POST", "edits"): lambda state, call: _with_object(call, partial(edit, state)),
    ("GET", "overwritten"): lambda state, _: as_json(200, state.edits.overwritten()),
    ("POST", "reset"): _reset,
}
