"""One sandbox: its settings, what it holds, its faults and counters, and how far reads can see."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from offer_sandbox.active_faults import ActiveFaults
from offer_sandbox.edit_log import EditLog
from offer_sandbox.fault_plan import FaultPlan
from offer_sandbox.ids_and_times import UniqueTimes
from offer_sandbox.in_between import ListCache
from offer_sandbox.messages import Refusal, Reply
from offer_sandbox.rate_oracle import RateOracle
from offer_sandbox.seeds import COMPONENT, seed
from offer_sandbox.settings import SandboxSettings
from offer_sandbox.store import Entity, Shelf, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An update or a delete that was accepted and is decided later."""

    entity: Entity
    work: Callable[[Entity], Reply]  # carries it out. Raises `Refusal`
    refusal: Refusal | None  # settled already
    refusal_status: int
    decided_at: float  # by the monotonic clock


@dataclass(slots=True, kw_only=True)
class State:
    """Handed to every route."""

    settings: SandboxSettings
    store: Store
    active: ActiveFaults
    times: UniqueTimes = field(default_factory=UniqueTimes)
    requests: Counter[str] = field(default_factory=Counter)  # by route
    statuses: Counter[int] = field(default_factory=Counter)  # of the replies that were sent
    rate_oracle: RateOracle = field(default_factory=RateOracle)
    known_placements: dict[tuple[str, str, str], str] = field(default_factory=dict)
    last_receipts: dict[str, Reply] = field(default_factory=dict)  # by route, as they were sent
    last_made: dict[str, Reply] = field(default_factory=dict)  # by route, as they should have been
    pending: dict[str, Pending] = field(default_factory=dict)  # by the end of their Location
    decided: dict[str, Reply] = field(default_factory=dict)
    lists: ListCache = field(default_factory=ListCache)
    edits: EditLog = field(default_factory=EditLog)
    request_ids: set[str] = field(default_factory=set)  # kept only where they must be unique

    def reset(self) -> None:
        """Begin again: empty but for the seeds, no faults, counters at zero."""
        self.store.clear()
        self.requests.clear()
        self.statuses.clear()
        self.known_placements.clear()
        self.last_receipts.clear()
        self.last_made.clear()
        self.pending.clear()
        self.decided.clear()
        self.lists = ListCache()
        self.edits = EditLog()
        self.request_ids.clear()
        self.rate_oracle = RateOracle()
        self.active = ActiveFaults(FaultPlan())
        self.seed()

    def seed(self) -> None:
        """Put the seeds where there are none."""
        seed(self.store, self.settings.sandboxes, client=self.settings.client_id)

    def placement_kind(self, shelf: Shelf, placement: str) -> str | None:
        """Say which kind of component a placement takes, or None where there is none."""
        key = (shelf.dialect, shelf.sandbox, placement)
        if key not in self.known_placements:
            found = self._placement(shelf, placement)
            if found is None:
                return None
            kind = found.body.get("componentType") or found.body.get("xdm:componentType") or ""
            self.known_placements[key] = str(kind).removeprefix(COMPONENT)
        return self.known_placements[key]

    def _placement(self, shelf: Shelf, placement: str) -> Entity | None:
        """Find a placement; the other dialect's ids count where the settings let them."""
        dialects = [shelf.dialect]
        if self.settings.foreign_placements == "accept":
            dialects += [other for other in ("dps", "xcore") if other != shelf.dialect]
        for dialect in dialects:
            where = Shelf(dialect=dialect, kind="placements", sandbox=shelf.sandbox)
            found = self.store.get(where, id=placement)
            if found is not None:
                return found
        return None

    def visible_until(self, *, lookup: bool) -> int | None:
        """Say as of which time a read sees entities: reads may lag behind writes."""
        plan = self.active.plan
        lag = plan.lookup_lag_seconds if lookup else plan.list_lag_seconds
        return int((time.time() - lag) * 1e6) if lag else None
