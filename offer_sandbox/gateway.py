"""The gateway: who may call, by headers alone, and how others are refused.

The sandbox answers to names of this machine only (`Host`), so that a web page that points a name of
its own at this machine can neither read nor change anything.
"""

import time
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import orjson

from offer_sandbox.messages import Call, Refusal, Reply, as_json, gateway_error, problem
from offer_sandbox.state import State

_PROD: Final = "prod"  # documented for XCORE: the sandbox of a call that names none
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_USED_ID_PROBLEMS: Final = {  # status and words by `used_request_id_says`
    "used-before": (400, "x-request-id {} was used before"),
    "colon": (400, "x-request-id: {} was used before"),
    "header": (422, "Duplicate value for header x-request-id"),
    "underscore": (412, "request_id {} was used before"),
    "no-id": (400, "Duplicate request"),
    "processed": (422, "The request has already been processed"),
}


def refuse_foreign_host(state: State, call: Call) -> Reply | None:
    """Return the refusal of a call to a name that is not this machine's."""
    wanted = urlsplit(f"//{call.headers.get('Host', '')}").hostname or ""
    allowed = [one.strip().lower() for one in state.settings.allowed_hosts.split(",")]
    if wanted in _LOCAL or wanted == state.settings.host or wanted in allowed or "*" in allowed:
        return None
    message = f"this sandbox does not answer to the host {wanted!r}: see its setting allowed_hosts"
    return as_json(421, {"message": message})


def authorize(state: State, call: Call) -> str:
    """Check the headers of a call; return the sandbox that it names."""
    _check_token(state, call.headers.get("Authorization", ""))
    key = call.headers.get("x-api-key")
    if not key:
        raise gateway_error("403000", "Api Key is required")
    if key != state.settings.client_id:
        raise gateway_error("403003", "Api Key is invalid")
    organisation = call.headers.get("x-gw-ims-org-id")
    if not organisation:
        raise gateway_error("400003", "Missing header")
    if organisation != state.settings.org_id:
        raise gateway_error("403025", "Profile is not valid")
    _check_request_id(state, call.headers.get("x-request-id"))
    name = call.headers.get("x-sandbox-name")
    is_xcore = call.path.startswith("/data/core/xcore")
    if not name and (is_xcore or state.settings.dps_sandbox_header == "prod"):
        name = _PROD
    return _check_sandbox(state, name)


def _check_request_id(state: State, given: str | None) -> None:
    if not given or not state.settings.unique_request_ids:
        return
    if given in state.request_ids:
        raise _used_id_refusal(state, given)
    state.request_ids.add(given)


def _used_id_refusal(state: State, given: str) -> Refusal:
    words = state.settings.used_request_id_says
    if words == "error-only":
        return Refusal(as_json(400, {"error": f"x-request-id {given} was used before"}))
    if words == "code":
        message, code = "This request was received already", "DUPLICATE_REQUEST_ID"
        return Refusal(as_json(409, {"error_code": code, "message": message}))
    status, text = _USED_ID_PROBLEMS[words]
    return problem(status, text.format(given))


def with_request_id(state: State, call: Call, reply: Reply) -> Reply:
    """Return a reply that names its request, where the settings want that."""
    given = call.headers.get("x-request-id")
    match state.settings.request_id_header:
        case "echoed" if given:
            named = given
        case "echoed-reads" if given and call.method == "GET":
            named = given
        case "own" | "echoed-reads":
            named = f"{uuid4()}"
        case _:
            return reply
    return replace(reply, headers={**reply.headers, "x-request-id": named})


def _check_token(state: State, authorization: str) -> None:
    scheme, _, token = authorization.partition(" ")
    if not token or scheme.lower() != "bearer":
        raise gateway_error("403010", "Oauth token is missing.")
    if token.strip() == state.settings.access_token:
        return
    expires = state.store.token_expiry(token.strip())
    if expires is None or expires < time.time() * 1e6:
        refused = gateway_error("401013", "Oauth token is not valid").reply
        raise Refusal(replace(refused, status=state.settings.refused_token_status))


def _check_sandbox(state: State, name: str | None) -> str:
    if not name:
        raise problem(400, "x-sandbox-name header is missing")
    if name not in state.settings.sandboxes:
        raise problem(state.settings.unknown_sandbox_status, f"Sandbox {name} was not found")
    return name


def media_type(call: Call) -> str:
    """Return the type of the body, without its parameters."""
    return call.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def document(state: State, call: Call, *types: str) -> object:
    """Read the JSON of a body that must be of one of these types."""
    if media_type(call) not in types:
        raise problem(state.settings.content_type_status, "A valid content-type must be specified")
    try:
        return orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise problem(400, f"The request body is not valid JSON: {error}") from None
