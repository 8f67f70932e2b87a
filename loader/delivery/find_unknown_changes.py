"""Look up, by the id of its offer, what became of each change without a known outcome."""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from loader.delivery.shared import Shared
from loader.delivery.stoppable_waits import countdown, pause, settle_seconds_left
from loader.delivery.withheld_by_unknown import unknown_pages
from loader.events import Limited
from loader.model import Job, OperationEvent, Receipt, RemoteOffer, UnknownRow


class Finding(NamedTuple):
    """What the offer of a change shows of its outcome."""

    event: OperationEvent
    evidence: str
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReconciler:
    """Looks up changes of one kind; `what` names them: "deletes", "updates".

    Before `visible_at` (UTC) a read may not show what is to be changed.
    """

    shared: Shared
    what: str
    lookup: Callable[[str], Awaitable[RemoteOffer | None]]  # by the id
    find: Callable[[Job, RemoteOffer | None], Awaitable[Finding]]
    visible_at: float = 0.0

    async def take_baseline(self) -> None:
        """Wait until every read shows what is to be changed."""
        report = countdown(self.shared.listener, "what was done a moment ago is settled")
        wait = min(self.visible_at - self.shared.clock.now(), self.shared.policy.settle_seconds)
        await pause(wait, clock=self.shared.clock, stop=self.shared.stop, report=report)

    async def settle_unknown(
        self, only: AbstractSet[int] | None = None, *, since: float | None = None
    ) -> int:
        """Look for every unknown operation, or `only` for some; return how many are done.

        `since` is when this process last learned of an unknown outcome, by the monotonic clock.
        """
        done = 0
        async for page in unknown_pages(self.shared.ledger):
            if self.shared.stop.requested():
                break
            asked = [row for row in page if only is None or row.job.operation_id in only]
            done += await self._settle(asked, since=since) if asked else 0
        self._report_limit("")
        return done

    async def _settle(self, rows: Sequence[UnknownRow], *, since: float | None) -> int:
        wait = settle_seconds_left(
            self.shared.policy.settle_seconds,
            clock=self.shared.clock,
            since=since,
            last_sent_at=max(unknown.last_sent_at for unknown in rows),
        )
        done = 0
        if await pause(wait, clock=self.shared.clock, stop=self.shared.stop, report=self._report):
            for unknown in rows:
                if self.shared.stop.requested():
                    break
                done += await self._look_up(unknown.job) is OperationEvent.FOUND
        return done

    async def _look_up(self, job: Job) -> OperationEvent | None:
        """Look one up and record what became of it; None where a stop ended it."""
        there = await self.shared.reads.read(lambda: self.lookup(job.remote_id))
        finding = await self.find(job, there)
        if self.shared.stop.requested():  # which may have ended a read early
            return None
        if finding.event is OperationEvent.ABSENT:
            self.shared.unknown.sent_before.add(job.operation_id)
        await self.shared.ledger.conclude(
            job.operation_id, finding.event, receipt=finding.receipt, evidence=finding.evidence
        )
        return finding.event

    def _report(self, rest: float) -> None:
        self._report_limit(f"looking for {self.what} without a reply in {rest:.0f} s")

    def _report_limit(self, by: str) -> None:
        if not self.shared.unknown.is_sending:  # then the sending is what is waited for
            self.shared.listener(Limited(by=by))
