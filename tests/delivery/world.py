"""The server of a simulation: what it holds, what it shows of that, and how it may lie."""

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

import orjson

from loader.model import Receipt
from offer_sandbox.kept_names import kept_name
from offer_sandbox.settings import KeptNames

FOR_EVER = float("inf")
STANDING = ("Old", "Older", "Oldest")  # names of offers that are there from the beginning


@dataclass(slots=True, kw_only=True)
class Made:
    """An offer, and when which read shows it."""

    key: str
    body: bytes
    made_at: float
    listed_at: float
    gone_at: float = FOR_EVER
    unlisted_at: float = FOR_EVER
    etag: str = "1"
    before: list[tuple[float, bytes, str]] = field(default_factory=list)  # until when it was what

    def change(self, body: bytes, *, now: float) -> None:
        """Make another revision of it."""
        self.before.append((now, self.body, self.etag))
        self.body, self.etag = body, str(int(self.etag) + 1)

    def at(self, moment: float) -> dict[str, Any]:
        """Return it as a read shows it that sees what was at a moment."""
        body, etag = self.body, self.etag
        for until, was, revision in reversed(self.before):
            if moment < until:
                body, etag = was, revision
        return {"id": self.key, "etag": etag, **orjson.loads(body)}

    def stands(self, now: float) -> bool:
        """Whether it is there, or will be."""
        return self.gone_at > now

    def is_there(self, now: float) -> bool:
        """Whether it is there."""
        return self.made_at <= now < self.gone_at

    def is_listed(self, now: float) -> bool:
        """Whether the list shows it."""
        return self.listed_at <= now < self.unlisted_at


@dataclass(slots=True, kw_only=True)
class World:
    """The server, the wire and the clock, over all lives of the loader."""

    seed: int
    # within what the loader relies on
    lag_seconds: float = 0.0  # of lists behind writes
    look_up_lag_seconds: float = 0.0  # at most, of look-ups by id: each by another one
    zombie_seconds: float = 0.0  # a request may be carried out so much later
    trouble: float = 0.3  # the part of requests that go wrong
    connecting_seconds: float = 0.0  # at most, between being let go and leaving
    stall_seconds: float = 0.0  # at most, when the machine stands still, before or after leaving
    edits_lag: bool = False  # a copy that lags shows an offer as it was before an edit
    # lies
    names_kept: KeptNames = "sent"
    receipt_ids: Literal["same", "escaped", "short"] = "same"
    wrong_lists: float = 0.0  # the part of pages of another shape
    old_ids: float = 0.0  # the part of successes that name an offer of before
    same_ids: float = 0.0  # the part of successes that repeat the one before
    dropped_creates: float = 0.0  # the part of accepted creates (202) that are never made
    refused_deletes: float = 0.0  # the part of accepted deletes (202) that are refused later
    applied_refusals: float = 0.0  # the part of 429s that were carried out all the same
    broken: bool = False  # the sender has a fault of its own
    now: float = 0.0
    chance: random.Random = field(init=False)
    offers: dict[str, Made] = field(default_factory=dict)
    sent: list[float] = field(default_factory=list)  # when requests left
    posts: Counter[str] = field(default_factory=Counter)
    looked: list[float] = field(default_factory=list)  # when reads were asked for
    posted: list[tuple[str, float]] = field(default_factory=list)  # the same, and when
    latest: Receipt | None = None  # of a create, as it was said
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        for name in STANDING:
            self.apply(orjson.dumps({"content": "theirs", "name": name}))

    def apply(self, body: bytes, *, late: float = 0.0) -> Receipt:
        """Create an offer, now or later."""
        key = f"dps:fallback-offer:{next(self.numbers):016x}"
        offer = orjson.loads(body)
        kept = orjson.dumps(offer | {"name": kept_name(offer["name"], self.names_kept)})
        made = self.now + late
        self.offers[key] = Made(key=key, body=kept, made_at=made, listed_at=made + self._lag())
        return Receipt(instance_id=key, at_id=key, etag="1")

    def remove(self, key: str, *, late: float = 0.0) -> None:
        """Delete an offer, now or later."""
        offer = self.offers[key]
        if offer.stands(self.now + late):
            offer.gone_at = self.now + late
            offer.unlisted_at = offer.gone_at + self._lag()

    def edit(self, key: str) -> None:
        """Let somebody change an offer."""
        offer = self.offers[key]
        offer.change(orjson.dumps(orjson.loads(offer.body) | {"content": "edited"}), now=self.now)

    def _lag(self) -> float:
        return self.chance.uniform(0, self.lag_seconds)

    def happens(self, part: float) -> bool:
        """Draw."""
        return part > 0 and self.chance.random() < part

    def receipt(self, body: bytes) -> Receipt:
        """Create an offer; return what is said of it, which may be the id of another one."""
        made = self.apply(body)
        if self.happens(self.old_ids):
            key = self.chance.choice(list(self.offers))
            made = Receipt(instance_id=key, at_id=key, etag="1")
        elif self.latest is not None and self.happens(self.same_ids):
            made = self.latest
        self.latest = made
        return made

    def listed(self) -> list[dict[str, Any]]:
        """Return what the list shows."""
        return [o.at(self.now) for o in self.offers.values() if o.is_listed(self.now)]

    def found(self, key: str) -> dict[str, Any] | None:
        """Return what a look-up by id shows, by one of several copies that lag differently."""
        at = self.now - self.chance.uniform(0, self.look_up_lag_seconds)
        offer = self.offers.get(key)
        if offer is None or not offer.is_there(at):
            return None
        return offer.at(at if self.edits_lag else self.now)

    def ours(self) -> Mapping[str, Made]:
        """Return what stands there, or will, beside the offers of others."""
        theirs = {kept_name(name, self.names_kept) for name in STANDING}
        return {
            key: one
            for key, one in self.offers.items()
            if one.stands(self.now) and not (name_of(one) in theirs and b"theirs" in one.body)
        }

    def names(self) -> Counter[str]:
        """Return how often each name stands there, or will, beside the offers of others."""
        return Counter(name_of(one) for one in self.ours().values())

    def most_in_a_second(self) -> int:
        """Return how many requests left in any second."""
        return max(
            (bisect_left(self.sent, at + 1.0) - place for place, at in enumerate(self.sent)),
            default=0,
        )


def name_of(offer: Made) -> str:
    """Return the name under which an offer is kept."""
    return str(orjson.loads(offer.body)["name"])
