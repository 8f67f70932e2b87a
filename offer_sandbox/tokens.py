"""The token endpoint (IMS, OAuth server-to-server): POST, a form, `expires_in` in seconds."""

import secrets
import time
from urllib.parse import parse_qsl

from offer_sandbox.messages import Call, Refusal, Reply, as_json
from offer_sandbox.state import State

_FORM = "application/x-www-form-urlencoded"
_INSIDE = {"plain": "", "line-break": "\r\n", "nul": "\0"}


def give_token(state: State, call: Call) -> Reply:
    """Return a token for a client id and secret; parameters may be in the body or in the query."""
    form = dict(call.pairs())
    if call.headers.get("Content-Type", "").partition(";")[0].strip().lower() == _FORM:
        form |= dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    _check(state, form)
    value = f"eyJhbGciOiJub25lIn0.{secrets.token_hex(16)}.{secrets.token_hex(8)}"
    seconds = state.settings.token_seconds
    state.store.add_token(value, expires=int((time.time() + seconds) * 1e6))
    said = state.settings.token_says_seconds
    spoilt = value[:9] + _INSIDE[state.settings.token_contains] + value[9:]
    return as_json(
        200,
        {
            "access_token": spoilt,
            "token_type": "bearer",
            "expires_in": seconds if said is None else said,
        },
        Cache_Control="no-store",
    )


def _check(state: State, form: dict[str, str]) -> None:
    settings = state.settings
    if form.get("grant_type") != "client_credentials":
        raise _error(400, "unsupported_grant_type", "grant_type must be client_credentials")
    if form.get("client_id") != settings.client_id:
        raise _error(400, "invalid_client", "invalid client_id parameter")
    if form.get("client_secret") != settings.client_secret:
        raise _error(
            settings.wrong_secret_status, "invalid_client", "invalid client_secret parameter"
        )
    if not form.get("scope"):
        raise _error(400, "invalid_scope", "scope is missing")


def _error(status: int, error: str, description: str) -> Refusal:
    return Refusal(as_json(status, {"error": error, "error_description": description}))
