"""What can go wrong with one call, as values: a `Fault` says what, where and how often.

Every fault is also one line of text, for the command line and the admin endpoint:

    reset-after on=create probability=0.1
    status-before on=create status=429 retry-after=date retry-seconds=2 body=problem times=3
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class Route(StrEnum):
    """Which calls a fault affects."""

    CREATE = "create"
    LIST = "list"
    LOOKUP = "lookup"
    UPDATE = "update"
    DELETE = "delete"
    DECISION = "decision"  # asked for at the Location of a change
    CONTAINERS = "containers"
    TOKEN = "token"  # noqa: S105 - a route's name
    ANY = "any"


class Effect(StrEnum):
    """What happens. "Unread": before the body is read; "before" and "after": the work."""

    LATENCY = "latency"  # seconds ± jitter, and a slow tail; then the call goes on
    DOWN = "down"  # the port is closed for `seconds`: connections are refused
    EXPIRE_TOKENS = "expire-tokens"  # every token ends now
    REFUSE_TOKEN = "refuse-token"  # noqa: S105 - 401 for this call, whatever its token
    SEVERAL = "several"  # a name filter returns more than it was asked for
    EDITED = "edited"  # somebody else edits the offer that the call names, just before

    RESET_UNREAD = "reset-unread"
    HANG_UNREAD = "hang-unread"  # the body is never read
    STATUS_UNREAD = "status-unread"  # answered early, then closed
    STATUS_EARLY = "status-early"  # answered before the body is read, and applied all the same

    RESET_BEFORE = "reset-before"
    STATUS_BEFORE = "status-before"
    SIGN_IN_PAGE = "sign-in-page"  # 200 and HTML from something in between; nothing was done

    REPEATED = "repeated"  # something in between sends the call twice; the second reply comes back
    APPLIED_LATE = "applied-late"  # a reset; the work is done `seconds` afterwards
    STATUS_AFTER = "status-after"
    RESET_AFTER = "reset-after"
    CLOSE_AFTER = "close-after"  # a clean end without a reply
    HANG_AFTER = "hang-after"
    HALF_STATUS_LINE = "half-status-line"
    GARBAGE = "garbage"  # bytes that are not HTTP
    RESET_IN_REPLY = "reset-in-reply"
    CUT_SHORT = "cut-short"  # half the body, then a clean end
    BAD_GZIP = "bad-gzip"
    ENCODED = "encoded"  # the body in the `coding`
    SECOND_REPLY = "second-reply"  # the reply comes once more, unasked, after `seconds`
    LARGE_HEADER = "large-header"  # a header of `size` bytes
    WRONG_TYPE = "wrong-type"  # HTML where JSON is due
    NO_RECEIPT = "no-receipt"  # 2xx and an empty object
    WRONG_SHAPE = "wrong-shape"  # 200, and JSON of another `shape`
    OLD_ID = "old-id"  # the ids of the oldest offer that is held
    SAME_ID = "same-id"  # the reply of the create before, as a cache gives it
    PREVIOUS_REPLY = "previous-reply"  # to the create before: replies are shifted by one
    ENDLESS_PAGES = "endless-pages"  # an empty page, and always one more
    NESTED_LISTS = "nested-lists"  # a list of `size` empty lists
    ECHO = "echo"  # repeats the caller's token and secret in the `form` and `spelling`
    HUGE = "huge"  # 10 MB
    ENDLESS = "endless"  # a reply that never ends


class EditKind(StrEnum):
    """What somebody else does to an offer."""

    NAME = "name"
    CONTENT = "content"
    STATUS = "status"
    TAGS = "tags"
    LABELS = "labels"
    UNKNOWN = "unknown"  # a field that no documentation names
    DESCRIPTION = "description"
    ATTRIBUTE = "attribute"
    DELETE = "delete"


class Body(StrEnum):
    """The shape of an error's body."""

    PROBLEM = "problem"
    GATEWAY = "gateway"
    PLAIN = "plain"
    EMPTY = "empty"
    PAGE = "page"  # HTML, from something in between


class RetryAfter(StrEnum):
    """How `Retry-After` is written."""

    ABSENT = "absent"
    SECONDS = "seconds"
    DATE = "date"


class Shape(StrEnum):
    """What a list is that is none."""

    OBJECT = "object"  # {}
    ARRAY = "array"  # []
    NULL = "null"
    ERROR = "error"  # an error document, with status 200
    NO_ITEMS = "no-items"  # `results: []`, while `total` says how many there are
    NULL_ITEMS = "null-items"  # `results: null`
    FEWER_ITEMS = "fewer-items"  # the first item is missing; `total` counts it
    STRANGE_ITEMS = "strange-items"  # objects without ids and names
    TEXT_ITEMS = "text-items"  # strings
    NAMELESS_ITEMS = "nameless-items"  # whole but for their names


class Coding(StrEnum):
    """How a body is encoded, and what `Content-Encoding` says of it."""

    GZIP = "gzip"
    GZIP_MEMBERS = "gzip-members"  # several members, one after the other
    DEFLATE = "deflate"
    RAW_DEFLATE = "raw-deflate"  # without the zlib header, as some servers mean it
    BR = "br"
    UTF_8 = "utf-8"  # Content-Encoding: UTF-8, over a plain body


class EchoForm(StrEnum):
    """Where a secret comes back."""

    JSON = "json"
    HTML = "html"
    PLAIN = "plain"
    NEARLY_JSON = "nearly-json"  # JSON without its last brace
    ID = "id"  # the receipt's id is the token
    FIELD = "field"  # the names of offers are the token
    TEXTS = "texts"  # behind every text but the ids


class Spelling(StrEnum):
    """How a secret is written."""

    RAW = "raw"
    URL = "url"
    BASE64 = "base64"
    JSON = "json"  # every character as \\uXXXX
    CUT = "cut"  # all but its last four characters
    HEX = "hex"
    NUMBERS = "numbers"  # of its letters, as a list


UNREAD = frozenset({Effect.RESET_UNREAD, Effect.HANG_UNREAD, Effect.STATUS_UNREAD})
BEFORE = frozenset(
    {
        *(Effect.DOWN, Effect.RESET_BEFORE, Effect.STATUS_BEFORE),
        *(Effect.REFUSE_TOKEN, Effect.SIGN_IN_PAGE),
    }
)
BORROWED = frozenset({Effect.OLD_ID, Effect.SAME_ID, Effect.PREVIOUS_REPLY})
PASSING = frozenset({Effect.LATENCY, Effect.EXPIRE_TOKENS, Effect.SEVERAL, Effect.EDITED})


class UnknownName(ValueError):
    """A word in the line of a fault that means nothing there; `known` are those that do."""

    def __init__(self, name: str, known: Iterable[str], *, what: str = "fault") -> None:
        self.name, self.known, self.what = name, [str(each) for each in known], what
        super().__init__(f"{name}: no such {what}; there are {', '.join(self.known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong. It passes over `skip` calls, then affects up to `times`."""

    effect: Effect
    on: Route = Route.ANY
    probability: float = 1.0
    skip: int = 0
    times: int | None = None
    seconds: float = 0.0
    jitter: float = 0.0  # ± seconds
    tail: float = 0.0  # the part of calls that take `tail_seconds`
    tail_seconds: float = 0.0
    status: int = 503
    body: Body = Body.PROBLEM
    retry_after: RetryAfter = RetryAfter.ABSENT
    retry_seconds: float = 1.0
    location: str = ""  # of a redirect
    shape: Shape = Shape.OBJECT
    coding: Coding = Coding.GZIP
    form: EchoForm = EchoForm.JSON
    spelling: Spelling = Spelling.RAW
    size: int = 10_000

    @classmethod
    def parse(cls, line: str) -> "Fault":
        """Read `effect key=value …`. Raises ValueError that says what is wrong."""
        effect, *pairs = line.split()
        if effect not in set(Effect):
            raise UnknownName(effect, Effect)
        return cls(effect=Effect(effect), **_values(pairs, line))

    def __str__(self) -> str:
        plain = Fault(effect=self.effect)
        changed = [
            f"{f.name.replace('_', '-')}={getattr(self, f.name)}"
            for f in fields(self)
            if getattr(self, f.name) != getattr(plain, f.name)
        ]
        return " ".join([self.effect, *changed])


_KINDS: dict[str, type[Any]] = {
    "on": Route,
    "body": Body,
    "retry_after": RetryAfter,
    "location": str,
    "shape": Shape,
    "coding": Coding,
    "form": EchoForm,
    "spelling": Spelling,
    **dict.fromkeys(("skip", "times", "status", "size"), int),
    **dict.fromkeys(
        ("probability", "seconds", "jitter", "tail", "tail_seconds", "retry_seconds"), float
    ),
}


def _values(pairs: Iterable[str], line: str) -> dict[str, Any]:  # Any: the value of each field
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        kind = _KINDS.get(name.replace("-", "_"))
        if kind is None:
            raise UnknownName(name, (key.replace("_", "-") for key in _KINDS), what="key")
        if not equals:
            raise ValueError(f"{pair!r} in {line!r}: expected key=value")
        if issubclass(kind, StrEnum) and text not in set(kind):
            raise UnknownName(text, kind, what=f"value of {name}")
        found[name.replace("-", "_")] = kind(text)
    return found
