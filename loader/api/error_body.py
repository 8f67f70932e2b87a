"""Read the bodies of errors, in all the shapes that servers were seen to send.

A body is a hint for a person and never required. Nothing here raises, and what comes out is one
printable line of bounded length without secrets.

    {"error_code": "403000", "message": "…"}        the gateway
    {"title": "…", "detail": "…", "status": 400}    problem+json, newer ones with "report"
    {"error": "invalid_client", "error_description": "…"}                       IMS
    {"message": "…"}, plain text, HTML (its title), nothing at all
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from loader.api.relaxed_gc import paused_gc
from loader.redaction import SECRETS

MAX_WORDS: Final = 500
_LARGE: Final = 1_000_000  # bytes: parsed in one go, during which no stop is noticed
_LONGEST: Final = 16_000  # looked through for secrets, which must not be cut before
_UNPRINTABLE: Final = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+"
)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_ESCAPE: Final = re.compile(  # in JSON; the half of a character that takes two is no character
    rb"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<half>\\ud[89a-f][0-9a-f]{2})",
    re.IGNORECASE,
)
_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|meta|title|script|center|h1)\b",
    re.IGNORECASE | re.DOTALL,
)
INTERMEDIARY: Final = "a sign-in page, or a proxy in between"
_PROBLEM: Final = "application/problem+json"
_ERROR_STATUS: Final = re.compile(r"[45]\d\d")
_GATEWAY_CODE: Final = re.compile(r"[45]\d{5}")
_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """The server's own code and text; both may be empty."""

    code: str = ""
    text: str = ""

    def __str__(self) -> str:
        if self.code and self.text:
            return f"{self.text} ({self.code})"
        return self.text or self.code


def parse(body: bytes) -> Any:
    """Return the JSON of a body, or None where it is not JSON.

    A byte order mark before it is ignored, and half of an emoji becomes U+FFFD: a server that
    cuts names between the halves sends such a one for ever.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        if len(body) < _LARGE:
            return orjson.loads(body)
        with paused_gc():
            return orjson.loads(body)
    except orjson.JSONDecodeError:
        whole = _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], body)
        return parse(whole) if whole != body else None


def is_html(body: bytes, content_type: str) -> bool:
    """Say whether a body is a web page, which no API answers with."""
    if _PAGE.match(body[:_LONGEST]):
        return True
    is_said = content_type.partition(";")[0].strip().lower() == "text/html"
    return is_said and body.lstrip()[:1] not in (b"{", b"[")


def is_error_document(document: object, content_type: str) -> bool:
    """Say whether a document is an error, whatever the status that it came with."""
    if not isinstance(document, Mapping):
        return False
    is_problem = content_type.partition(";")[0].strip().lower() == _PROBLEM
    has_code = bool(document.get("error_code") or document.get("errorCode"))
    return is_problem or has_code or said_status(document) is not None


def said_status(document: object) -> int | None:
    """Return the status that an error document says; that of an offer is a word ("draft")."""
    said = str(document.get("status", "")) if isinstance(document, Mapping) else ""
    return int(said) if _ERROR_STATUS.fullmatch(said) else None


def intermediary_evidence(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Return the sign that a proxy or a sign-in page answered, not the API; "" for none."""
    if 300 <= status < 400:
        location = one_line(headers.get("Location", ""))
        return (
            f"{f'it leads to {location}' if location else 'it says not where to'}; {INTERMEDIARY}"
        )
    if is_html(body, headers.get("Content-Type", "")):
        return f"it is a web page and not the API's answer: {INTERMEDIARY}"
    return ""


def is_gateway_code(code: str) -> bool:
    """Say whether an error is the gateway's, and so of no service behind it."""
    return _GATEWAY_CODE.fullmatch(code) is not None


def parse_error(body: bytes) -> ApiError:
    """Return the code and text of the body of an error."""
    document = parse(body)
    if isinstance(document, Mapping):
        return _from_json(document)
    if isinstance(document, str):
        return ApiError(text=one_line(document))
    if document is not None:
        return ApiError()
    text = body[:_LONGEST].decode("utf-8", "replace")
    title = _TITLE.search(text)
    if title:
        return ApiError(text=one_line(title.group(1)))
    return ApiError(text="" if text.lstrip().startswith("<") else one_line(text))


def _from_json(document: Mapping[str, Any]) -> ApiError:
    """Read the first shape that fits; every value may be of any type."""
    nested = document.get("error")
    if isinstance(nested, Mapping):
        return _from_json(nested)
    code = _first(document, "error_code", "errorCode", "error", "code", "type")
    if code.startswith("/placeholder"):
        code = ""
    text = _join(
        _first(document, "title"),
        _first(document, "detail", "message", "error_description", "errorMessage"),
        *_listed_errors(document.get("report")),
        *_listed_errors(document),
    )
    return ApiError(code=code, text=text)


def _listed_errors(report: object) -> list[str]:
    """Return the errors that a problem, or its report, lists."""
    errors = report.get("errors") if isinstance(report, Mapping) else None
    if not isinstance(errors, list):
        return []
    return [
        _first(e, "message", "detail", "title") if isinstance(e, Mapping) else one_line(str(e))
        for e in errors[:5]
    ]


def _first(document: Mapping[str, Any], *keys: str) -> str:
    for key in keys:
        value = document.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return one_line(str(value))
    return ""


def _join(*parts: str) -> str:
    return one_line(": ".join(dict.fromkeys(p for p in parts if p)))


def one_line(text: str) -> str:
    """Make text fit for a terminal, a cell and a log: one printable line, no secret, bounded."""
    clean = _UNPRINTABLE.sub(" ", SECRETS.hide(text[:_LONGEST])[: 4 * MAX_WORDS]).strip()
    clean = clean.encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= MAX_WORDS else clean[: MAX_WORDS - 1] + "…"


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for, or None.

    A date is measured against the server's own `Date` where it sends one: clocks differ.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if _SECONDS.fullmatch(value):
        return float(value)
    until = _epoch(value)
    if until is None:
        return None
    server_now = _epoch(headers.get("Date", ""))
    return max(0.0, until - (now if server_now is None else server_now))


def _epoch(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
