"""One sandbox: its settings, what it holds, its weather and its counters, and how it looks."""

import time
from collections import Counter
from dataclasses import dataclass, field

from offer_sandbox.faults import FaultPlan
from offer_sandbox.peak import Peak
from offer_sandbox.seeds import COMPONENT, sow
from offer_sandbox.settings import SandboxSettings
from offer_sandbox.stamps import Stamps
from offer_sandbox.store import Entity, Shelf, Store
from offer_sandbox.weather import Weather


@dataclass(slots=True, kw_only=True)
class State:
    """Handed to every route."""

    settings: SandboxSettings
    store: Store
    weather: Weather
    stamps: Stamps = field(default_factory=Stamps)
    requests: Counter[str] = field(default_factory=Counter)  # by route
    statuses: Counter[int] = field(default_factory=Counter)  # of the replies that were sent
    peak: Peak = field(default_factory=Peak)
    known_placements: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def reset(self) -> None:
        """Begin again: empty but for the seeds, no faults, counters at zero."""
        self.store.clear()
        self.requests.clear()
        self.statuses.clear()
        self.peak = Peak()
        self.weather = Weather(FaultPlan())
        self.sow()

    def sow(self) -> None:
        """Put the seeds where there are none."""
        sow(self.store, self.settings.sandboxes, client=self.settings.client_id)

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
        """Say up to which time of making a read sees entities: reads may lag behind writes."""
        plan = self.weather.plan
        lag = plan.lookup_lag_seconds if lookup else plan.list_lag_seconds
        return int((time.time() - lag) * 1e6) if lag else None
