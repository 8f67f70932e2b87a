"""The table of outcomes: what every status and every fault of an exchange means for the row.

* Outcomes are classified by what may be done next, see `OutcomeKind`.
* What the table does not name is `lost`, because "not done" needs a proof.
* A fault proves nothing by its kind: only `began=False` proves that nothing was sent.
* A 2xx is `done` only with its ids; without them it is `lost`: looked up, never sent again. An
  error document has none, whatever it calls an id.
* A web page with a status that refuses the row comes from a proxy or a sign-in page, which knows
  nothing of the row: `lost`. With 413 it refuses the size of the request: the row is `refused`.

One status has two meanings in four places only, and each is a small function below: 400 (a
missing header concerns every row), 404 (the endpoint, or something the row refers to), 409
(contention passes, a clash does not) and a gateway code that differs from the status.

The patterns are words of the API's own replies, whatever kind of entity was sent.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from loader.api.error_body import (
    INTERMEDIARY,
    ApiError,
    intermediary_evidence,
    is_error_document,
    is_gateway_code,
    is_html,
    one_line,
    parse,
    parse_error,
    retry_after,
)
from loader.api.fault import Fault
from loader.api.transport import Reply
from loader.model import ACCEPTED, IN_PART, SENT_TWICE, Outcome, OutcomeKind, Receipt

DONE, REFUSED, NOT_ACCEPTED, LOST, HALTED = OutcomeKind

STATUSES: Final[Mapping[int, OutcomeKind]] = MappingProxyType(
    {
        # A redirect is not followed. These three say "ask there", so nothing was done here;
        # 302 and 303 may also follow a POST that was done, and are unknown.
        301: HALTED,
        307: HALTED,
        308: HALTED,
        # The row: the same body would be refused again.
        400: REFUSED,
        409: REFUSED,  # but contention, see `_conflict`
        412: REFUSED,
        413: REFUSED,
        415: REFUSED,
        422: REFUSED,
        423: REFUSED,
        424: REFUSED,
        428: REFUSED,
        # Not processed, by contract of the status.
        401: NOT_ACCEPTED,
        425: NOT_ACCEPTED,
        429: NOT_ACCEPTED,
        # The run: URL, method, headers and rights are the same for every row.
        402: HALTED,
        403: HALTED,
        404: HALTED,  # but a missing placement, see `_not_found`
        405: HALTED,
        406: HALTED,
        407: HALTED,
        410: HALTED,
        411: HALTED,
        414: HALTED,
        417: HALTED,
        421: HALTED,
        426: HALTED,
        431: HALTED,
        451: HALTED,
        501: HALTED,
        505: HALTED,
        511: HALTED,
        # 302, 303, 408, 500, 502, 503, 504 and all that is not named here: LOST.
    }
)

CODES: Final[Mapping[int, str]] = MappingProxyType(
    {401: "token-refused", 425: "too-early", 429: "too-many-requests"}
)

ADVICE: Final[Mapping[int, str]] = MappingProxyType(
    {
        301: "the API has moved: correct LOADER_API_URL",
        307: "the API has moved: correct LOADER_API_URL",
        308: "the API has moved: correct LOADER_API_URL",
        400: "every call lacks something: check the settings with `loader doctor`",
        403: "check the credential's product profile, LOADER_CLIENT_ID, LOADER_ORG_ID and"
        " LOADER_SANDBOX_NAME",
        404: "check LOADER_API_URL, LOADER_SANDBOX_NAME and LOADER_CONTAINER_ID",
        405: "this URL takes no offers: check LOADER_API and LOADER_API_URL",
        407: "a proxy is in the way: give proxy_user and LOADER_PROXY_PASSWORD",
        410: "this API was taken away: check LOADER_API and LOADER_API_URL",
        421: "a proxy in between sent it to another server: check LOADER_API_URL and the proxy",
        426: "a proxy in between wants another protocol: check LOADER_API_URL and the proxy",
        431: "a proxy in between takes only shorter headers: ask who runs it",
        451: "a proxy in between blocks this address: ask who runs it",
        501: "this URL takes no offers: check LOADER_API and LOADER_API_URL",
        505: "a proxy in between wants another protocol: check LOADER_API_URL and the proxy",
        511: "this network asks to sign in first: open any web page in a browser, sign in there,"
        " and run the same command again",
    }
)

ReceiptParser = Callable[[Mapping[str, Any]], Receipt | None]

_CONTENTION: Final = re.compile(r"conflict with (an)?other operation", re.IGNORECASE)
_REQUEST_ID: Final = re.compile(r"request[-_ ]?ids?(?![a-z])", re.IGNORECASE)
_REPETITION: Final = r"(?<![a-z])(duplicat|repeat|re-?use|used)[a-z]*"
_ID_USED_BEFORE: Final = re.compile(  # in one clause, so that what else is repeated does not count
    rf"{_REQUEST_ID.pattern}['\"]?\s?:?[^.,:;()\[\]]{{0,80}}"
    rf"({_REPETITION}|already|before|previous|unique|twice)"
    rf"|{_REPETITION}[^.,:;()\[\]]{{0,30}}{_REQUEST_ID.pattern}",
    re.IGNORECASE,
)
_REPEATED_REQUEST: Final = re.compile(  # without a word of its id, and in one clause
    r"(duplicat|repeat)[a-z]*[^.,:;()\[\]]{0,20}(?<!bad )(?<!invalid )\brequest\b"
    r"|(?<!bad )(?<!invalid )\brequest\b[^.,:;()\[\]]{0,40}"
    r"\b(already|twice|before|duplicat[a-z]*|repeated)\b",
    re.IGNORECASE,
)
_OFFER: Final = re.compile(r"\b(name|offer|entity)\b", re.IGNORECASE)  # what else is refused
_NAMES_REFERENCE: Final = re.compile(
    r"placement|\btags?\b|qualifier|referenc|representation", re.IGNORECASE
)
_CONCERNS_EVERY_CALL: Final = re.compile(
    r"missing header|x-(api-key|gw-ims-org-id|sandbox-name|schema-id)|content-type must be",
    re.IGNORECASE,
)
_EXISTS: Final = re.compile(
    r"\b(name|offer|entity)\b.*(already exist|exists already|already (in use|taken)|unique)"
    r"|duplicate (name|offer|entity|key)",
    re.IGNORECASE,
)
_TOO_FAST: Final = re.compile(
    r"too many requests|rate[ _-]?limit|quota[ _-]?exceeded|throttl", re.IGNORECASE
)
_HALTING_FAULTS: Final = frozenset({Fault.BAD_REQUEST, Fault.PROXY_REFUSED})
_PLAIN_ID: Final = re.compile(r"(?!\.*$)[\w.:@~-]{1,300}", re.ASCII)  # as lists show ids; no path
_ACCEPTED: Final = 202  # an accepted request may still be refused
_NO_IDS: Final = "without readable ids"
_MAYBE_FROM_PROXY: Final = frozenset({403, 404, 405, 410, 501})  # rather than from the API
_TOO_LARGE: Final = 413
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def judge(reply: Reply, *, receipt: ReceiptParser, now: float) -> Outcome:
    """Return the outcome of one exchange. `now` is UTC seconds since the epoch."""
    if reply.status is not None and 200 <= reply.status < 300:
        return _success(reply, receipt)
    return judge_refusal(reply, now=now)


def judge_refusal(reply: Reply, *, now: float) -> Outcome:
    """Return the outcome of one exchange without a 2xx."""
    if reply.status is None:
        return judge_without_status(reply)
    return _failure(reply, reply.status, now=now)


def refuses_the_name(outcome: Outcome) -> bool:
    """Say whether a create was refused because an offer of its name exists."""
    if outcome.kind is not REFUSED:
        return False
    return outcome.http_status == 409 or _EXISTS.search(outcome.message) is not None


def may_refuse_a_repetition(outcome: Outcome) -> bool:
    """Say whether a refusal may be of a second copy of the request, sent by something in between.

    It speaks of a request id, or of a request that came before.
    """
    words = outcome.message
    is_refused = outcome.kind is REFUSED
    return is_refused and bool(speaks_of_a_request_id(words) or _REPEATED_REQUEST.search(words))


def speaks_of_a_request_id(text: str) -> bool:
    """Say whether a text speaks of a request id."""
    return _REQUEST_ID.search(text) is not None


def refuses_the_token(reply: Reply) -> bool:
    """Say whether a reply means 401: nothing was done, and a fresh token may be taken."""
    status = reply.status
    is_refusal = status is not None and 400 <= status < 500
    return is_refusal and _effective_status(status or 0, parse_error(reply.body)) == 401


def judge_refused_delete(reply: Reply, *, now: float) -> Outcome:
    """Return the outcome of one DELETE of an offer without a 2xx."""
    outcome = judge_refusal(reply, now=now)
    if reply.status == 404:  # it was there a moment ago, or the look-up by id is late
        return replace(outcome, kind=LOST)
    return outcome


def judge_without_status(reply: Reply) -> Outcome:
    """Return the outcome of an exchange without a status: lost, unless it never began."""
    fault = reply.fault or Fault.CONNECTION_LOST
    unsent = HALTED if fault in _HALTING_FAULTS else NOT_ACCEPTED
    why = one_line(reply.why) or str(fault)
    return Outcome(
        kind=LOST if reply.began else unsent,
        code=fault,
        message=f"no usable reply was seen: {why}" if reply.began else f"nothing was sent: {why}",
        elapsed_seconds=reply.elapsed_seconds,
        request_id=reply.request_id,
        began=reply.began,
    )


def outcome_of(
    kind: OutcomeKind, code: str, reply: Reply, message: str = "", *, receipt: Receipt | None = None
) -> Outcome:
    """Return the outcome of a change, as far as its reply and the look-ups after it show."""
    return Outcome(
        kind=kind,
        code=code,
        message=message,
        http_status=reply.status,
        receipt=receipt,
        elapsed_seconds=reply.elapsed_seconds,
        request_id=reply.request_id,
    )


def receipt_in(reply: Reply, parser: ReceiptParser) -> Receipt | None:
    """Return the receipt in a 2xx reply, or None where it has none."""
    document = parse(reply.body) if reply.whole else None
    is_error = is_error_document(document, reply.headers.get("Content-Type", ""))
    return parser(document) if isinstance(document, Mapping) and not is_error else None


def _success(reply: Reply, parser: ReceiptParser) -> Outcome:
    receipt = receipt_in(reply, parser)
    http = f"HTTP {reply.status}"
    if receipt is None:
        is_object = reply.whole and isinstance(parse(reply.body), Mapping)
        error = str(parse_error(reply.body)) if is_object else ""  # though 2xx
        message = ": ".join(filter(None, (f"{http} {_why_no_ids(reply)}", error)))
        return outcome_of(LOST, "created-no-ids", reply, message)
    if not _PLAIN_ID.fullmatch(receipt.instance_id):
        named = Receipt(instance_id="", at_id=one_line(receipt.at_id))
        message = f"{http} with an id that lists do not show: {named.at_id}"
        return outcome_of(LOST, IN_PART, reply, message, receipt=named)
    if reply.status == _ACCEPTED:
        named = Receipt(instance_id="", at_id=one_line(receipt.instance_id))
        message = f"{http}: accepted, and not yet said to be created: {named.at_id}"
        return outcome_of(LOST, ACCEPTED, reply, message, receipt=named)
    return outcome_of(DONE, "created", reply, receipt=receipt)


def _why_no_ids(reply: Reply) -> str:
    if not reply.whole:
        return f"{_NO_IDS} ({one_line(reply.why)})"
    if is_html(reply.body, reply.headers.get("Content-Type", "")):
        return f"with a web page: {INTERMEDIARY}"
    return _NO_IDS


def _failure(reply: Reply, status: int, *, now: float) -> Outcome:
    error = parse_error(reply.body)
    effective = _effective_status(status, error)
    kind, code = classify(effective, error)
    hint = ADVICE.get(effective, "") if kind is HALTED else ""
    evidence = intermediary_evidence(status, reply.headers, reply.body)
    if status in _REDIRECTS:
        hint = evidence.replace(INTERMEDIARY, hint) if hint else evidence
    elif evidence and kind is REFUSED:
        kind, hint = (REFUSED if status == _TOO_LARGE else LOST), evidence
    elif evidence and status in _MAYBE_FROM_PROXY:
        hint = f"{evidence}; if nothing is, {hint}"
    why = "" if reply.whole else one_line(reply.why)
    message = ": ".join(part for part in (f"HTTP {status}", str(error), why, hint) if part)
    return Outcome(
        kind=kind,
        code=code,
        message=message,
        http_status=status,
        retry_after_seconds=retry_after(reply.headers, now=now),
        elapsed_seconds=reply.elapsed_seconds,
        request_id=reply.request_id,
    )


def classify(status: int, error: ApiError) -> tuple[OutcomeKind, str]:
    """Return kind and code of a status that is no success.

    Each request has an id of its own: where that is refused as used, something in between sent the
    request twice, and this is the reply to the second one.
    """
    is_refused = 400 <= status < 500 and not _OFFER.search(error.text)
    if is_refused and any(map(_ID_USED_BEFORE.search, (error.code, error.text))):
        return LOST, SENT_TWICE
    match status:
        case 400:
            return _bad_request(error)
        case 404:
            return _not_found(error)
        case 409:
            return _conflict(error)
    return STATUSES.get(status, LOST), CODES.get(status, f"http-{status}")


def _bad_request(error: ApiError) -> tuple[OutcomeKind, str]:
    every_call = error.code == "400003" or _CONCERNS_EVERY_CALL.search(error.text)
    return (HALTED, "bad-headers") if every_call else (REFUSED, "http-400")


def _not_found(error: ApiError) -> tuple[OutcomeKind, str]:
    about_the_row = _NAMES_REFERENCE.search(error.text) and not is_gateway_code(error.code)
    return (REFUSED if about_the_row else HALTED), "http-404"


def _conflict(error: ApiError) -> tuple[OutcomeKind, str]:
    contention = _CONTENTION.search(error.text)
    return (NOT_ACCEPTED, "contention") if contention else (REFUSED, "http-409")


def _effective_status(status: int, error: ApiError) -> int:
    """Return the status by which an error is classified.

    A gateway code has it in its first digits, which counts among 4xx only. Some gateways answer
    too many requests with 403.
    """
    if status == 403 and _TOO_FAST.search(f"{error.code} {error.text}"):
        return 429
    if 400 <= status < 500 and is_gateway_code(error.code) and error.code[0] == "4":
        return int(error.code[:3])
    return status
