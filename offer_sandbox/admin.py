"""The sandbox's own door, below /__sandbox__: its faults, its counters, what it holds.

GET  /__sandbox__/          counters: requests, statuses, faults that struck, offers held
GET  /__sandbox__/faults    the plan, one line a fault
PUT  /__sandbox__/faults    another plan, as lines of text
GET  /__sandbox__/offers    every fallback offer: the oracle
POST /__sandbox__/reset     begin again
"""

from typing import Any, Final

from offer_sandbox.exchange import Call, Reply, as_json
from offer_sandbox.faults import FaultPlan
from offer_sandbox.state import State
from offer_sandbox.weather import Weather

ADMIN: Final = "/__sandbox__"


def administered(state: State, call: Call) -> Reply:
    """Answer at the sandbox's own door."""
    match call.method, call.path.removeprefix(ADMIN).strip("/"):
        case "GET", "":
            return as_json(200, counters(state))
        case "GET", "offers":
            return as_json(200, offers(state))
        case "GET", "faults":
            return as_json(200, state.weather.plan.lines())
        case "PUT", "faults":
            return _set_faults(state, call)
        case "POST", "reset":
            state.reset()
            return as_json(200, {})
    return as_json(404, {"message": f"{call.method} {call.path} is not one of {ADMIN}'s doors"})


def _set_faults(state: State, call: Call) -> Reply:
    try:
        plan = FaultPlan.parse(call.body.decode("utf-8", "replace").splitlines())
    except ValueError as error:
        return as_json(400, {"message": str(error)})
    change_weather(state, plan)
    return as_json(200, plan.lines())


def change_weather(state: State, plan: FaultPlan) -> None:
    """Begin another plan; what struck so far stays counted."""
    struck = state.weather.struck
    state.weather = Weather(plan)
    state.weather.struck = struck


def counters(state: State) -> dict[str, Any]:
    """Give what was asked and answered since the start."""
    return {
        "requests": dict(state.requests),
        "statuses": {str(status): count for status, count in sorted(state.statuses.items())},
        "struck": dict(state.weather.struck),
        "offers": len(state.store.everything("offers")),
        "most_creates_in_a_second": state.peak.most,
    }


def offers(state: State) -> list[dict[str, Any]]:
    """Give every fallback offer that is held, in the order of its making."""
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
