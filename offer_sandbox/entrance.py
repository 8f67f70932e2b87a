"""The gateway: who may come in, by headers alone, and with which words others are turned away."""

import time

import orjson

from offer_sandbox.exchange import Call, gateway, problem
from offer_sandbox.state import State


def sandbox_of(state: State, call: Call) -> str:
    """Let a call in and give the sandbox that it names."""
    _check_token(state, call.headers.get("Authorization", ""))
    key = call.headers.get("x-api-key")
    if not key:
        raise gateway("403000", "Api Key is required")
    if key != state.settings.client_id:
        raise gateway("403003", "Api Key is invalid")
    organisation = call.headers.get("x-gw-ims-org-id")
    if not organisation:
        raise gateway("400003", "Missing header")
    if organisation != state.settings.org_id:
        raise gateway("403025", "Profile is not valid")
    return _check_sandbox(state, call.headers.get("x-sandbox-name"))


def _check_token(state: State, authorization: str) -> None:
    scheme, _, token = authorization.partition(" ")
    if not token or scheme.lower() != "bearer":
        raise gateway("403010", "Oauth token is missing.")
    if token.strip() == state.settings.access_token:
        return
    expires = state.store.token_expiry(token.strip())
    if expires is None or expires < time.time() * 1e6:
        raise gateway("401013", "Oauth token is not valid")


def _check_sandbox(state: State, name: str | None) -> str:
    if not name:
        raise problem(400, "x-sandbox-name header is missing")
    if name not in state.settings.sandboxes:
        raise problem(state.settings.unknown_sandbox_status, f"Sandbox {name} was not found")
    return name


def media_type(call: Call) -> str:
    """Give the type of the body, without its parameters."""
    return call.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def document(state: State, call: Call, *types: str) -> object:
    """Read the JSON of a body that must be of one of these types."""
    if media_type(call) not in types:
        raise problem(state.settings.content_type_status, "A valid content-type must be specified")
    try:
        return orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise problem(400, f"The request body is not valid JSON: {error}") from None
