"""Which function answers a call: the paths of the token endpoint and of both dialects."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from offer_sandbox import decided_later, dps, edits, tokens, xcore
from offer_sandbox.faults import Route
from offer_sandbox.messages import Call, Refusal, Reply, gateway_error, problem
from offer_sandbox.state import State

DPS_BASE: Final = "/data/core/dps"
XCORE_BASE: Final = "/data/core/xcore"
TOKEN_PATH: Final = "/ims/token/v3"  # noqa: S105 - a path

Answer = Callable[[State, Call], Reply]

_LIST: Final = "/(?P<kind>offers|placements|tags|offer-decisions|offer-collections)"
_ONE: Final = _LIST + "/(?P<key>[^/]+)"
_INSTANCES: Final = "/(?P<container>[^/]+)/instances"
_INSTANCE: Final = _INSTANCES + "/(?P<key>[^/]+)"
_TABLE: Final[tuple[tuple[str, str, Route, Callable[..., Reply]], ...]] = (
    ("POST", r"/ims/token/v\d", Route.TOKEN, tokens.give_token),
    ("POST", DPS_BASE + "/(?P<kind>offers)", Route.CREATE, dps.create),
    ("POST", DPS_BASE + _LIST, Route.UPDATE, dps.create),
    ("GET", DPS_BASE + _LIST, Route.LIST, dps.list_page),
    ("GET", DPS_BASE + _ONE, Route.LOOKUP, dps.lookup),
    ("PATCH", DPS_BASE + _ONE, Route.UPDATE, dps.update),
    ("PUT", DPS_BASE + _ONE, Route.UPDATE, dps.put),
    ("DELETE", DPS_BASE + _ONE, Route.DELETE, dps.delete),
    ("GET", XCORE_BASE + "/?", Route.CONTAINERS, xcore.containers),
    ("POST", XCORE_BASE + _INSTANCES, Route.CREATE, xcore.create),
    ("GET", XCORE_BASE + _INSTANCES, Route.LIST, partial(xcore.list_page, search=False)),
    (
        "GET",
        XCORE_BASE + "/(?P<container>[^/]+)/queries/core/search",
        Route.LIST,
        partial(xcore.list_page, search=True),
    ),
    ("GET", XCORE_BASE + _INSTANCE, Route.LOOKUP, xcore.lookup),
    ("PUT", XCORE_BASE + _INSTANCE, Route.UPDATE, xcore.put),
    ("PATCH", XCORE_BASE + _INSTANCE, Route.UPDATE, xcore.update),
    ("DELETE", XCORE_BASE + _INSTANCE, Route.DELETE, xcore.delete),
    (
        "GET",
        XCORE_BASE + "/(?P<container>[^/]+)/(?P<word>deletions|changes)/(?P<key>[^/]+)",
        Route.DECISION,
        xcore.decided,
    ),
    (
        "GET",
        DPS_BASE + "/(?P<word>deletions|changes)/(?P<key>[^/]+)",
        Route.DECISION,
        dps.decided,
    ),
)
_ROUTES: Final = tuple((m, re.compile(path), place, answer) for m, path, place, answer in _TABLE)


def route(call: Call) -> tuple[Route, Answer]:
    """Find the answer to a call; an unknown path has one too."""
    known = False
    for method, pattern, place, answer in _ROUTES:
        match = pattern.fullmatch(call.path)
        if match is not None:
            known = True
            if method == call.method:
                return place, partial(answer, **match.groupdict())
    return Route.ANY, _not_allowed if known else _no_such_path


def answered(state: State, call: Call, answer: Answer) -> Reply:
    """Do the work of a call; a refusal is a reply."""
    edits.make_due_edits(state, call)
    decided_later.decide_due(state)
    try:
        return answer(state, call)
    except Refusal as refusal:
        return refusal.reply


def _not_allowed(_state: State, call: Call) -> Reply:
    raise problem(405, f"{call.method} is not allowed here")


def _no_such_path(_state: State, call: Call) -> Reply:
    raise gateway_error("404000", f"No resource at {call.path}")
