"""Look up, by the id of its offer, what became of each operation without a known outcome."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from loader.delivery.pauses import pause, rest_of_settling
from loader.delivery.ports import Clock, Policy
from loader.delivery.stop import StopSignal
from loader.events import Limited, Listener
from loader.journal.ports import Operations
from loader.model import Event, Job, UnknownRow

_PAGE: Final = 200
Look = Callable[[Job], Awaitable[Event | None]]  # concludes one; None where a stop ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUps:
    """Looks up the operations of one kind; `what` names them: "deletes", "updates"."""

    what: str
    look: Look
    ledger: Operations
    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal

    async def settle(self, *, since: float | None) -> int:
        """Look for every unknown operation; return how many are done.

        `since` is when this process last learned of an unknown outcome, by the monotonic clock.
        """
        done, after = 0, 0
        while not self.stop.requested():
            page = await self.ledger.unknown(after=after, limit=_PAGE)
            if not page:
                break
            after = page[-1].job.operation_id
            done += await self._settle(page, since=since)
        self.listener(Limited(by=""))
        return done

    async def _settle(self, page: Sequence[UnknownRow], *, since: float | None) -> int:
        wait = rest_of_settling(
            self.policy.settle_seconds,
            clock=self.clock,
            since=since,
            last_sent_at=max(unknown.last_sent_at for unknown in page),
        )
        done = 0
        if await pause(wait, clock=self.clock, stop=self.stop, report=self._report):
            for unknown in page:
                if self.stop.requested():
                    break
                done += await self.look(unknown.job) is Event.FOUND
        return done

    def _report(self, rest: float) -> None:
        self.listener(Limited(by=f"looking for {self.what} without a reply in {rest:.0f} s"))
