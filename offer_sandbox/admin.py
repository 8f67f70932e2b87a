"""The sandbox's own endpoint, below /__sandbox__: its faults, its counters, what it holds.

GET  /__sandbox__/          counters: requests, statuses, faults that struck, offers held
GET  /__sandbox__/faults    the plan, one line a fault
PUT  /__sandbox__/faults    another plan, as lines of text
GET  /__sandbox__/offers    every fallback offer: the oracle
POST /__sandbox__/reset     begin again

Whoever changes something sends the header `X-Offer-Sandbox`, with any value: a form on a web page
cannot, so no page that happens to be open in a browser can either.
"""

from typing import Any, Final

from offer_sandbox.active_faults import ActiveFaults
from offer_sandbox.fault_plan import FaultPlan
from offer_sandbox.messages import Call, Reply, as_json
from offer_sandbox.state import State

ADMIN: Final = "/__sandbox__"
HEADER: Final = "X-Offer-Sandbox"


def administered(state: State, call: Call) -> Reply:
    """Answer below /__sandbox__; whoever changes something must say that no web page made it."""
    if call.method == "GET" or HEADER in call.headers:
        return _answered(state, call)
    return as_json(403, {"message": f"a change needs the header {HEADER}, with any value"})


def _answered(state: State, call: Call) -> Reply:
    match call.method, call.path.removeprefix(ADMIN).strip("/"):
        case "GET", "":
            return as_json(200, counters(state))
        case "GET", "offers":
            return as_json(200, offers(state))
        case "GET", "faults":
            return as_json(200, state.active.plan.lines())
        case "PUT", "faults":
            return _set_faults(state, call)
        case "POST", "reset":
            state.reset()
            return as_json(200, {})
    return as_json(404, {"message": f"{call.method} {call.path} is no endpoint of {ADMIN}"})


def _set_faults(state: State, call: Call) -> Reply:
    try:
        plan = FaultPlan.parse(call.body.decode("utf-8", "replace").splitlines())
    except ValueError as error:
        return as_json(400, {"message": str(error)})
    change_faults(state, plan)
    return as_json(200, plan.lines())


def change_faults(state: State, plan: FaultPlan) -> None:
    """Begin another plan; what struck so far stays counted."""
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
    return [
        {
            "name": entity.name,
            "id": entity.id,
            "instance_id": entity.instance_id,
            "dialect": entity.shelf.dialect,
            "sandbox": entity.shelf.sandbox,
            "etag": entity.etag,
            "created": entity.created,
            "body": entity.body,
        }
        for entity in state.store.everything("offers")
    ]
