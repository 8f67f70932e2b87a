"""What comes in and what goes out: `Call`, `Reply`, and `Refusal`, the reply that is raised.

Replies have the shapes of the two layers:

    gateway    {"error_code": "403010", "message": "Oauth token is missing."}    application/json
    service    {"type", "status", "title", "detail"}                    application/problem+json
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_plus

import orjson

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_TITLES: Final = {
    400: "BadRequestError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    409: "ConflictError",
    412: "PreconditionFailedError",
    413: "PayloadTooLargeError",
    415: "UnsupportedMediaTypeError",
    422: "UnprocessableEntityError",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, read to its end."""

    method: str
    path: str  # decoded, below the server's root
    raw_query: str
    headers: Mapping[str, str]  # looked up without regard to case
    body: bytes = b""

    def pairs(self) -> list[tuple[str, str]]:
        """Return the decoded query, in order, repeats kept."""
        found = []
        for piece in self.raw_query.split("&"):
            name, _, value = piece.partition("=")
            if name:
                found.append((unquote_plus(name), unquote_plus(value)))
        return found

    def raw_values(self, wanted: str) -> list[str]:
        """Return the values of one parameter as they were written."""
        pieces = (piece.partition("=") for piece in self.raw_query.split("&"))
        return [value for name, _, value in pieces if unquote_plus(name) == wanted]

    def first(self, *names: str) -> str | None:
        """Return the first value of a parameter that has several spellings."""
        return next((value for name, value in self.pairs() if name in names), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Ends a call with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.body!r}")
        self.reply = reply


def as_json(status: int, document: Any, **headers: str) -> Reply:  # Any: JSON is whatever it is
    """Answer with a document; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=orjson.dumps(document), headers=named)


def gateway_error(code: str, message: str) -> Refusal:
    """Refuse as the gateway does; the status is the first three digits of the code."""
    return Refusal(as_json(int(code[:3]), {"error_code": code, "message": message}))


def restated(refusal: Refusal, *, status: int) -> Reply:
    """Return what a problem says with another status."""
    return problem(status, orjson.loads(refusal.reply.body)["detail"]).reply


def problem(status: int, detail: str) -> Refusal:
    """Refuse as the service does."""
    body = {
        "type": "/placeholder/type/uri",
        "status": status,
        "title": _TITLES.get(status, "Error"),
        "detail": detail,
    }
    return Refusal(Reply(status=status, body=orjson.dumps(body), type=PROBLEM))
