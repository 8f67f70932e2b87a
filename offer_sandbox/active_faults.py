"""The faults of a running sandbox: which of the plan affect the call that comes now."""

import random
import time
from collections import Counter, deque

from offer_sandbox.fault_plan import FaultPlan
from offer_sandbox.faults import Body, Effect, Fault, Route

_WINDOW_SECONDS = 1.0


class ActiveFaults:
    """Draws from the plan's seed, call by call; counts what struck."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self.struck: Counter[str] = Counter()
        self.several = False
        self.edited = False
        self.edited_until = time.monotonic()
        self.edit_random = random.Random(plan.seed)
        self._random = random.Random(plan.seed)
        self._met = [0] * len(plan.faults)
        self._done = [0] * len(plan.faults)
        self._arrivals: deque[float] = deque()
        self._window_ends: float | None = None  # of the quota
        self._in_window = 0

    def strike(self, route: Route) -> list[Fault]:
        """Return the faults of this call, in the order of the plan."""
        found = []
        for place, fault in enumerate(self.plan.faults):
            if fault.on not in (route, Route.ANY):
                continue
            drawn = self._random.random()
            self._met[place] += 1
            spent = fault.times is not None and self._done[place] >= fault.times
            if spent or self._met[place] <= fault.skip or drawn >= fault.probability:
                continue
            self._done[place] += 1
            found.append(fault)
        return found

    def note(self, fault: Fault) -> None:
        """Count a fault that did its work."""
        word = (
            f"{fault.effect} {fault.status}"
            if fault.effect.startswith("status")
            else str(fault.effect)
        )
        self.struck[word] += 1

    def delay(self, fault: Fault) -> float:
        """Draw the seconds of a latency."""
        if fault.tail and self._random.random() < fault.tail:
            return fault.tail_seconds
        return max(0.0, fault.seconds + self._random.uniform(-fault.jitter, fault.jitter))

    def over_limit(self) -> Fault | None:
        """Count a call against the limits; return the refusal where it is over one."""
        now = time.monotonic()
        wait = self._over_rate(now)
        if wait is None:
            return None
        self.struck["over the rate limit"] += 1
        return self._too_many(wait)

    def over_quota(self) -> Fault | None:
        """Count a create against the quota of its window; return the refusal beyond it."""
        if self.plan.quota is None:
            return None
        now = time.monotonic()
        if self._window_ends is None or now >= self._window_ends:
            self._window_ends, self._in_window = now + self.plan.quota_seconds, 0
        if self._in_window < self.plan.quota:
            self._in_window += 1
            return None
        self.struck["over the quota"] += 1
        return self._too_many(self._window_ends - now)

    def _too_many(self, wait_seconds: float) -> Fault:
        return Fault(
            effect=Effect.STATUS_BEFORE,
            status=429,
            body=Body.GATEWAY,
            retry_after=self.plan.limit_retry_after,
            retry_seconds=round(wait_seconds + 0.05, 2),
        )

    def _over_rate(self, now: float) -> float | None:
        if self.plan.max_per_second is None:
            return None
        while self._arrivals and self._arrivals[0] <= now - _WINDOW_SECONDS:
            self._arrivals.popleft()
        if len(self._arrivals) >= self.plan.max_per_second:
            return self._arrivals[0] + _WINDOW_SECONDS - now
        self._arrivals.append(now)
        return None

    def several_pending(self, *, wanted_name: str | None) -> bool:
        """Say whether the name filter of this call is to match too much."""
        return self.several and wanted_name is not None

    def begin(self, faults: list[Fault]) -> None:
        """Set what the work of the call itself must know; until the next call's `begin`."""
        self.several = any(fault.effect is Effect.SEVERAL for fault in faults)
        self.edited = any(fault.effect is Effect.EDITED for fault in faults)
