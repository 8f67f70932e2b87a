"""The worker pool: sends pending rows at the set rate, each through intent, send, record.

The intent is on disk before a byte leaves, and the outcome is on disk before the worker takes its
next row. Neither write is cancelled: a stop waits for both. The kind of the outcome decides what
becomes of the row; some statuses and codes, and `Retry-After`, how fast the others follow.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import anyio

from loader.delivery.baseline import Baseline
from loader.delivery.bottleneck import RateStatus, explain_rate
from loader.delivery.departure import DeparturePermit
from loader.delivery.doubtful_refusals import DoubtfulRefusals
from loader.delivery.early_reads import NOT_SETTLED
from loader.delivery.ports import Sender, Tally
from loader.delivery.rate_limit import ConcurrencyLimit, Slot
from loader.delivery.retry import CircuitBreaker, RetryBudget, backoff_seconds
from loader.delivery.shared import Shared
from loader.delivery.stop import Ending
from loader.delivery.stoppable_waits import LONGEST_NAP_SECONDS, pause
from loader.durations import in_words
from loader.events import Limited, RequestAnswered, RequestSent, RowEnded, RowsDone
from loader.journal.ports import Operations
from loader.journal.records import ALREADY_SO
from loader.model import Job, Operation, Outcome, OutcomeKind

_PAGE: Final = 500
_SENT: Final = RequestSent()
_SAYS_NOTHING_OF_THE_API: Final = frozenset({"not-sent", NOT_SETTLED})


class PendingQueue:
    """One pass over the pending rows: each is given to one worker.

    One page of rows is in memory. The worker that finds it empty reads the next one from the
    journal, and the others wait for it.
    """

    def __init__(self, ledger: Operations) -> None:
        self._ledger = ledger
        self._page: deque[Job] = deque()
        self._after = 0
        self._is_over = False
        self._lock = anyio.Lock()

    async def next(self) -> Job | None:
        """Return the next pending row, or None after the last."""
        while not self._page and not self._is_over:
            async with self._lock:
                if not self._page and not self._is_over:
                    await self._fetch()
        return self._page.popleft() if self._page else None

    async def _fetch(self) -> None:
        page = await self._ledger.due(after=self._after, limit=_PAGE)
        self._page.extend(page)
        if page:
            self._after = page[-1].operation_id
        else:
            self._is_over = True


class Engine:
    """Sends what is pending. All passes of a run share one engine, and so one rate limit."""

    def __init__(
        self,
        *,
        shared: Shared,
        sender: Sender,
        chance: Callable[[], float],
        baseline: Baseline | None = None,
    ) -> None:
        policy = shared.policy
        self._ledger = shared.ledger
        self._sender = sender
        self._clock = shared.clock
        self._policy = policy
        self._listener = shared.listener
        self._stop = shared.stop
        self._chance = chance
        self._rate_limit = shared.rate_limit
        self._concurrency = ConcurrencyLimit(most=policy.max_in_flight)
        self._limiter = anyio.CapacityLimiter(policy.max_in_flight)
        self._budget = RetryBudget()
        self._breaker = CircuitBreaker(
            limit=max(policy.circuit, 2 * policy.max_in_flight),
            longest_seconds=policy.longest_wait_seconds,
        )
        self._baseline = baseline or Baseline()
        self._unknown = shared.unknown
        self._doubtful = DoubtfulRefusals(baseline=self._baseline, unknown=self._unknown)
        self._under_way = 0
        self.last_lost_at: float | None = None  # by the monotonic clock
        self.tally = Tally()

    async def send_pending(self) -> None:
        """Send every pending row, or stop."""
        self._listener(Limited(by=self._rate_reason))
        queue = PendingQueue(self._ledger)
        async with anyio.create_task_group() as group:
            for _ in range(self._policy.max_in_flight):
                group.start_soon(self._work, queue)
        self._listener(Limited(by=""))

    async def _work(self, queue: PendingQueue) -> None:
        while not self._stop.requested() and (job := await queue.next()) is not None:
            if not (job.operation_id in self.tally.out_of_attempts or self._unknown.withholds(job)):
                await self._deliver(job)

    async def _deliver(self, job: Job) -> None:
        attempts = 0
        while attempts < self._policy.max_attempts:
            if self._stop.paused() and not await self._wait_for_resume():
                return
            now = self._clock.monotonic()
            slot = self._rate_limit.reserve(now)
            if slot.at > now and not await self._nap(slot.at - now):
                return
            await self._acquire_place()
            try:
                if self._stop.requested() or self._unknown.withholds(job):
                    return
                if self._stop.paused():
                    continue  # the slot is given up: after a pause, all slots would be due at once
                outcome, answer = await self._attempt(job, slot)
            finally:
                self._limiter.release()
            self._handle_outcome(job, outcome, answer)
            if outcome.kind is not OutcomeKind.NOT_ACCEPTED:
                return
            attempts += not outcome.asks_to_slow_down  # the circuit breaker bounds those
            job = replace(job, attempts=job.attempts + outcome.began)
            wait = backoff_seconds(max(attempts, 1), chance=self._chance(), outcome=outcome)
            if not await self._nap(wait):
                return
        self.tally.out_of_attempts.add(job.operation_id)

    async def _wait_for_resume(self) -> bool:
        """Wait for the end of a pause; return False where a stop ended the wait."""
        while self._stop.paused():
            if not await self._nap(LONGEST_NAP_SECONDS):
                return False
        return True

    async def _acquire_place(self) -> None:
        try:
            self._limiter.acquire_nowait()  # usually one is free: nothing to wait for
        except anyio.WouldBlock:
            await self._limiter.acquire()

    async def _attempt(self, job: Job, slot: Slot) -> tuple[Outcome, Outcome]:
        """Commit the intent, send, commit the outcome: a stop does not interrupt it.

        Return the outcome of the row, and the answer of the server: they differ where the row was
        sent before, so that a refusal proves nothing.
        """
        with anyio.CancelScope(shield=True):
            permit = self._permit(slot)
            await self._ledger.start(job)
            with permit:
                outcome = await self._send(job, permit)
            if job.operation is Operation.CREATE:
                outcome = self._baseline.check_receipt(outcome)
            answer = outcome
            outcome = self._doubtful.lost_if_done_before(job, answer)
            is_unchanged = outcome is answer
            outcome = await self._ledger.finish(job, outcome)
        if outcome.kind is OutcomeKind.LOST:
            self.last_lost_at = self._clock.monotonic()
            self._unknown.add(job)
        return outcome, (outcome if is_unchanged else answer)

    def _permit(self, slot: Slot) -> DeparturePermit:
        return DeparturePermit(
            rate_limit=self._rate_limit,
            clock=self._clock,
            stop=self._stop,
            slot=slot,
            max_age_seconds=self._policy.max_intent_age_seconds,
        )

    async def _send(self, job: Job, permit: DeparturePermit) -> Outcome:
        if not await permit.wait_for_turn():
            return _not_sent("the run is stopping")
        if not permit.may_send():
            return _not_sent("its turn came too late")
        self._under_way += 1
        self._listener(_SENT)
        outcome = await self._sender.perform(job, permit)
        self._listener(RequestAnswered(outcome=outcome))
        self._under_way -= 1
        return outcome

    def _handle_outcome(self, job: Job, outcome: Outcome, answer: Outcome) -> None:
        if outcome.code in _SAYS_NOTHING_OF_THE_API:
            return
        self._report(job, outcome)
        self._adapt(answer)
        self._record(answer)

    def _report(self, job: Job, outcome: Outcome) -> None:
        match outcome.kind:
            case OutcomeKind.DONE:
                self._listener(_rows_done(job, outcome))
            case OutcomeKind.REFUSED:
                self._listener(RowsDone(count=1, failed=1, row=_row_ended(job, outcome)))
                self._count_failure()
            case OutcomeKind.LOST:
                self._listener(RowsDone(count=1, unknown=1, row=_row_ended(job, outcome)))
            case OutcomeKind.HALTED:
                self._stop.request(Ending.HALTED, outcome.message)
            case OutcomeKind.NOT_ACCEPTED:
                pass

    def _adapt(self, outcome: Outcome) -> None:
        """Send faster or slower."""
        now = self._clock.monotonic()
        if outcome.was_processed:
            self._concurrency.record_success()
            self._rate_limit.accepted(now)
        asks_to_wait = outcome.retry_after_seconds is not None
        if outcome.asks_to_slow_down or (outcome.http_status == 503 and asks_to_wait):
            self._rate_limit.refused(
                now, wait_seconds=outcome.retry_after_seconds, chance=self._chance()
            )
        if outcome.code == "contention":
            self._concurrency.record_contention(now)
        if self._limiter.total_tokens != self._concurrency.open:
            self._limiter.total_tokens = self._concurrency.open

    def _record(self, outcome: Outcome) -> None:
        self._breaker.record(outcome, self._clock.monotonic())
        self._budget.record(outcome)
        wait = outcome.retry_after_seconds or 0.0
        if wait > self._policy.longest_wait_seconds:
            self._stop.request(
                Ending.HALTED,
                f"the server asks not to come back before {in_words(wait)} have passed"
                f" (Retry-After): {outcome.message}",
            )
        if self._budget.is_spent:
            self._stop.request(
                Ending.HALTED,
                f"too many requests had to be repeated, the last with: {outcome.message}",
            )
        if self._breaker.is_open:
            self._stop.request(Ending.HALTED, self._breaker.explain())

    def _count_failure(self) -> None:
        self.tally.failed += 1
        most = self._policy.max_errors
        if most is not None and self.tally.failed >= most:
            self._stop.request(Ending.TOO_MANY_ERRORS, f"{most} rows failed (max_errors {most})")

    def _rate_reason(self) -> str:
        now = self._clock.monotonic()
        return explain_rate(
            RateStatus(
                max_per_second=self._policy.max_per_second,
                rate=self._rate_limit.rate(now),
                pause_seconds=self._rate_limit.pause_left(now),
                asked_seconds=self._rate_limit.asked_seconds,
                refused_seconds=self._rate_limit.closed_seconds(now),
                consecutive_failures=self._breaker.consecutive_failures,
                waits_for_slot=self._rate_limit.is_taken(now),
                max_in_flight=self._policy.max_in_flight,
                allowed_in_flight=self._concurrency.open,
                under_way=self._under_way,
            )
        )

    async def _nap(self, seconds: float) -> bool:
        """Wait; return False where a stop ended the wait."""
        return await pause(seconds, clock=self._clock, stop=self._stop)


def _not_sent(why: str) -> Outcome:
    return Outcome(
        kind=OutcomeKind.NOT_ACCEPTED, code="not-sent", message=f"not sent: {why}", began=False
    )


def _rows_done(job: Job, outcome: Outcome) -> RowsDone:
    is_create, is_delete = job.operation is Operation.CREATE, job.operation is Operation.DELETE
    return RowsDone(
        count=1,
        created=int(is_create),
        changed=int(not (is_create or is_delete or outcome.code == ALREADY_SO)),
        deleted=int(is_delete),
        row=_row_ended(job, outcome),
    )


def _row_ended(job: Job, outcome: Outcome) -> RowEnded:
    return RowEnded(operation_id=job.operation_id, name=job.name, outcome=outcome)
