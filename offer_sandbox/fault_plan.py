"""All that goes wrong with one sandbox: its faults, its lags, its limits, and a seed.

With the same seed and the same calls the same faults occur. `everything` and `lies` are two plans
for tests that draw at random: a server in trouble, and a server whose words are not to be trusted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from offer_sandbox.faults import EditKind, Effect, Fault, RetryAfter, Route, Shape, UnknownName

_WRITES = (Route.CREATE, Route.UPDATE, Route.DELETE)
USUAL_EDITS = (
    *(EditKind.NAME, EditKind.CONTENT, EditKind.STATUS),
    *(EditKind.TAGS, EditKind.LABELS, EditKind.UNKNOWN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """The faults from now on. `max_per_second` holds in every window of a second."""

    seed: int = 0
    faults: tuple[Fault, ...] = ()
    list_lag_seconds: float = 0.0
    lookup_lag_seconds: float = 0.0
    max_per_second: float | None = None
    quota: int | None = None  # creates in one window, which begins with its first create
    quota_seconds: float = 60.0  # the length of that window
    limit_retry_after: RetryAfter = RetryAfter.SECONDS  # what the 429 of both limits says
    edits_per_second: float = 0.0  # by others, of any offer
    edit_kinds: tuple[EditKind, ...] = USUAL_EDITS  # of those edits, and of the fault `edited`

    @classmethod
    def parse(cls, lines: Iterable[str]) -> "FaultPlan":
        """Read faults, and settings of the plan (`seed=7`, `list-lag-seconds=2`), one a line."""
        plan, faults = cls(), []
        for line in filter(None, (one.strip() for one in lines)):
            name, equals, text = line.partition("=")
            key, first = name.replace("-", "_"), line.split()[0]
            if equals and key in _PLAN:
                plan = replace(plan, **{key: _PLAN[key](text)})
            elif first in set(Effect):
                faults.append(Fault.parse(line))
            else:
                known = (f"{each.replace('_', '-')}=" for each in _PLAN)
                raise UnknownName("".join(first.partition("=")[:2]), [*Effect, *known])
        return replace(plan, faults=tuple(faults))

    def lines(self) -> list[str]:
        """Write the plan as `parse` reads it."""
        plain = FaultPlan()
        settings = [
            f"{key.replace('_', '-')}={_written(getattr(self, key))}"
            for key in _PLAN
            if getattr(self, key) != getattr(plain, key)
        ]
        return [*settings, *map(str, self.faults)]


def _written(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


_PLAN: dict[str, Callable[[str], Any]] = {
    "seed": int,
    "list_lag_seconds": float,
    "lookup_lag_seconds": float,
    "max_per_second": float,
    "quota": int,
    "quota_seconds": float,
    "limit_retry_after": RetryAfter,
    "edits_per_second": float,
    "edit_kinds": lambda text: tuple(map(EditKind, text.split(","))),
}


def everything(seed: int, *, probability: float = 0.02, hang_seconds: float = 1.0) -> FaultPlan:
    """Return a plan in which every trouble occurs now and then; what is said is true."""
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
        *("refuse-token", "echo", f"latency seconds={hang_seconds / 10}"),
    ]
    rare = [
        *("hang-unread", "hang-after", "huge", "endless", f"down seconds={hang_seconds / 4}"),
        *("expire-tokens", "large-header", "encoded coding=gzip-members"),
    ]
    update = [
        *("edited", f"applied-late seconds={hang_seconds / 10}", "reset-before", "reset-after"),
        *("cut-short", "no-receipt", "status-after status=422", "status-before status=409"),
        *(f"status-after status={s}" for s in (500, 504)),
    ]
    reads = ("reset-after", "status-before status=503", "cut-short", "status-before status=429")
    no_decision = (
        *(f"status-before status={s} body=gateway" for s in (400, 403, 406)),
        *("status-before status=302 body=empty", "status-before status=403 body=page"),
    )
    lines = [
        *(f"{one} on=create probability={probability}" for one in create),
        *(f"{one} on=create probability={probability / 10}" for one in rare),
        *(f"{one} on=list probability={probability}" for one in (*reads, "several")),
        *(f"{one} on=lookup probability={probability}" for one in reads),
        *(f"{one} on=decision probability={probability}" for one in (*reads, *no_decision)),
        *(f"{one} on=delete probability={probability}" for one in ("reset-after", "reset-before")),
        *(f"{one} on=update probability={probability}" for one in update),
        *(f"{one} on=token probability={probability}" for one in ("status-before", "reset-after")),
    ]
    return replace(FaultPlan.parse(lines), seed=seed)


def lies(seed: int, *, probability: float = 0.02) -> FaultPlan:
    """Return a plan in which replies say what is not so: no list, somebody else's id, a page."""
    lines = [
        *(f"wrong-shape on=list shape={shape} probability={probability}" for shape in Shape),
        *(f"{one} on=create probability={probability}" for one in ("old-id", "same-id")),
        *(f"wrong-shape on={on} shape=error probability={probability}" for on in _WRITES),
        f"status-early on=create status=500 probability={probability}",
        f"sign-in-page on=list probability={probability}",
        f"second-reply on=create probability={probability}",
        f"endless-pages on=list probability={probability / 10}",
        f"nested-lists on=list probability={probability / 10}",
    ]
    return replace(FaultPlan.parse(lines), seed=seed)
