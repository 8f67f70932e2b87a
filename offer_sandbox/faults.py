"""What can go wrong, as values: a `Fault` says what, where and how often; a `FaultPlan` all of it.

Rules of this file: pure. A plan has a seed, so that a run repeats; every fault is also one line of
text, for the command line and the admin endpoint:

    reset-after on=create probability=0.1
    status-before on=create status=429 retry-after=date retry-seconds=2 body=problem times=3
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any


class Route(StrEnum):
    """Which calls a fault strikes."""

    CREATE = "create"
    LIST = "list"
    LOOKUP = "lookup"
    UPDATE = "update"
    DELETE = "delete"
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

    RESET_UNREAD = "reset-unread"
    HANG_UNREAD = "hang-unread"  # the body is never read
    STATUS_UNREAD = "status-unread"  # answered early, then closed

    RESET_BEFORE = "reset-before"
    STATUS_BEFORE = "status-before"

    STATUS_AFTER = "status-after"
    RESET_AFTER = "reset-after"
    CLOSE_AFTER = "close-after"  # a clean end without a reply
    HANG_AFTER = "hang-after"
    HALF_STATUS_LINE = "half-status-line"
    GARBAGE = "garbage"  # bytes that are not HTTP
    RESET_IN_REPLY = "reset-in-reply"
    CUT_SHORT = "cut-short"  # half the body, then a clean end
    BAD_GZIP = "bad-gzip"
    WRONG_TYPE = "wrong-type"  # HTML where JSON is due
    NO_RECEIPT = "no-receipt"  # 2xx and an empty object
    HUGE = "huge"  # 10 MB
    ENDLESS = "endless"  # a reply that never ends


class Body(StrEnum):
    """The shape of an error's body."""

    PROBLEM = "problem"
    GATEWAY = "gateway"
    PLAIN = "plain"
    EMPTY = "empty"


class RetryAfter(StrEnum):
    """How `Retry-After` is written."""

    ABSENT = "absent"
    SECONDS = "seconds"
    DATE = "date"


UNREAD = frozenset({Effect.RESET_UNREAD, Effect.HANG_UNREAD, Effect.STATUS_UNREAD})
BEFORE = frozenset({Effect.DOWN, Effect.RESET_BEFORE, Effect.STATUS_BEFORE, Effect.REFUSE_TOKEN})
PASSING = frozenset({Effect.LATENCY, Effect.EXPIRE_TOKENS, Effect.SEVERAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong. It passes over `skip` calls, then strikes up to `times`."""

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

    @classmethod
    def parse(cls, line: str) -> "Fault":
        """Read `effect key=value …`. Raises ValueError that says what is wrong."""
        effect, *pairs = line.split()
        return cls(effect=Effect(effect), **_values(pairs, line))

    def __str__(self) -> str:
        plain = Fault(effect=self.effect)
        changed = [
            f"{f.name.replace('_', '-')}={getattr(self, f.name)}"
            for f in fields(self)
            if getattr(self, f.name) != getattr(plain, f.name)
        ]
        return " ".join([self.effect, *changed])


_KINDS = {
    "on": Route,
    "body": Body,
    "retry_after": RetryAfter,
    **dict.fromkeys(("skip", "times", "status"), int),
    **dict.fromkeys(
        ("probability", "seconds", "jitter", "tail", "tail_seconds", "retry_seconds"), float
    ),
}


def _values(pairs: Iterable[str], line: str) -> dict[str, Any]:  # Any: the value of each field
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        kind = _KINDS.get(name.replace("-", "_"))
        if kind is None or not equals:
            known = ", ".join(key.replace("_", "-") for key in _KINDS)
            raise ValueError(f"{pair!r} in {line!r}: expected key=value with a key of {known}")
        found[name.replace("-", "_")] = kind(text)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """The weather of a sandbox. `max_per_second` is enforced over every window of a second."""

    seed: int = 0
    faults: tuple[Fault, ...] = ()
    list_lag_seconds: float = 0.0
    lookup_lag_seconds: float = 0.0
    max_per_second: float | None = None

    @classmethod
    def parse(cls, lines: Iterable[str]) -> "FaultPlan":
        """Read faults, and settings of the plan (`seed=7`, `list-lag-seconds=2`), one a line."""
        plan, faults = cls(), []
        for line in filter(None, (one.strip() for one in lines)):
            name, equals, text = line.partition("=")
            key = name.replace("-", "_")
            if equals and key in _PLAN:
                plan = replace(plan, **{key: _PLAN[key](text)})
            else:
                faults.append(Fault.parse(line))
        return replace(plan, faults=tuple(faults))

    def lines(self) -> list[str]:
        """Write the plan as `parse` reads it."""
        plain = FaultPlan()
        settings = [
            f"{key.replace('_', '-')}={getattr(self, key)}"
            for key in _PLAN
            if getattr(self, key) != getattr(plain, key)
        ]
        return [*settings, *map(str, self.faults)]


_PLAN = {
    "seed": int,
    "list_lag_seconds": float,
    "lookup_lag_seconds": float,
    "max_per_second": float,
}


def everything(seed: int, *, probability: float = 0.02, hang_seconds: float = 1.0) -> FaultPlan:
    """Give a plan in which every fault strikes now and then."""
    create = [
        *("reset-unread", "reset-before", "reset-after", "close-after", "half-status-line"),
        *("garbage", "reset-in-reply", "cut-short", "bad-gzip", "wrong-type", "no-receipt"),
        "status-unread status=413",
        "status-before status=409",
        "status-before status=429 body=gateway retry-after=seconds retry-seconds=0",
        "status-before status=429 retry-after=date retry-seconds=0",
        *("status-before status=429 body=plain", "status-before status=429 body=empty"),
        *(
            f"status-{when} status={s}"
            for when in ("before", "after")
            for s in (500, 502, 503, 504)
        ),
        *("refuse-token", f"latency seconds={hang_seconds / 10}"),
    ]
    rare = [
        *("hang-unread", "hang-after", "huge", "endless", f"down seconds={hang_seconds / 4}"),
        "expire-tokens",
    ]
    reads = ("reset-after", "status-before status=503", "cut-short", "status-before status=429")
    lines = [
        *(f"{one} on=create probability={probability}" for one in create),
        *(f"{one} on=create probability={probability / 10}" for one in rare),
        *(f"{one} on=list probability={probability}" for one in (*reads, "several")),
        *(f"{one} on=lookup probability={probability}" for one in reads),
        *(f"{one} on=delete probability={probability}" for one in ("reset-after", "reset-before")),
        *(f"{one} on=token probability={probability}" for one in ("status-before", "reset-after")),
    ]
    return replace(FaultPlan.parse(lines), seed=seed)
