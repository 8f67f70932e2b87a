"""Receipts that name another offer than the one that was made or changed."""

from dataclasses import replace

import orjson

from offer_sandbox.faults import Effect, Fault, Route
from offer_sandbox.messages import Reply
from offer_sandbox.state import State


def receipt_sent(state: State, route: Route, fault: Fault | None, reply: Reply) -> Reply:
    """Return the reply to a create or an update as it goes out; remember it for the next one."""
    if not 200 <= reply.status < 300:
        return reply
    made, state.last_made[route] = state.last_made.get(route), reply
    if fault is not None and fault.effect is Effect.PREVIOUS_REPLY:
        reply = made or replace(reply, body=b"{}")
    if fault is not None and fault.effect is Effect.SAME_ID:
        reply = state.last_receipts.get(route, reply)
    if fault is not None and fault.effect is Effect.OLD_ID:
        reply = _of_the_oldest(state, reply)
    state.last_receipts[route] = reply
    return reply


def _of_the_oldest(state: State, reply: Reply) -> Reply:
    document = orjson.loads(reply.body) if reply.body else {}
    dialect = "xcore" if "instanceId" in document else "dps"
    oldest = state.store.oldest("offers", dialect=dialect)
    if oldest is None:
        return reply
    ids = {"id": oldest.id}
    if dialect == "xcore":
        ids = {"instanceId": oldest.instance_id, "@id": oldest.id}
    return replace(reply, body=orjson.dumps(document | ids))
