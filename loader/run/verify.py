"""Use case: compare what a run created, as the journal says, with a listing of the server.

It is like a plan that must come out empty: a missing offer would have to be created, a different
one updated, a twin deleted. But it is no staged plan, because nothing of it may be applied without
a person: somebody may have deleted or edited the offer on purpose, and a twin may be another's. So
it reports findings, reads the journal without the lease on the target, and writes nothing.
"""

from collections.abc import AsyncIterator, Sequence

from loader.api.client import open_client
from loader.delivery.ports import Clock
from loader.delivery.rate_limit import RateLimiter
from loader.errors import ExitCode
from loader.events import Listener, PhaseBegan, PhaseEnded, RowsDone
from loader.journal import Comparison, History
from loader.model import Dialect, RemoteOffer
from loader.redaction import SECRETS
from loader.run.history import journal_to_read, known_run
from loader.run.reports import Difference, VerifyReport
from loader.run.requests import VerifyRequest
from loader.run.wiring import SystemClock, run_async, run_target
from loader.settings import Settings
from loader.validation.entity import Entity


def verify_run(request: VerifyRequest, settings: Settings, *, listener: Listener) -> VerifyReport:
    """Compare a run with the server: each row there once, as it was sent."""
    with journal_to_read(settings) as journal:
        run = known_run(journal.history, request.run_id)
        with (
            run_target(run, settings, request.entity) as target,
            journal.history.comparing(run.run_id) as created,
        ):
            comparison = _Comparison(
                journal.history,
                created,
                run.run_id,
                target.entity,
                settings.api,
                most_shown=request.max_differences_shown,
            )

            async def work() -> None:
                async with open_client(target.api, target.entity.endpoints) as client:
                    pages = paced(
                        client.offers(), max_per_second=settings.max_per_second, clock=SystemClock()
                    )
                    async for page in pages:
                        comparison.compare(page)
                        listener(RowsDone(count=len(page)))

            listener(PhaseBegan(name="comparing"))
            run_async(work)
            listener(PhaseEnded())
            return comparison.report(target.words)


async def paced(
    pages: AsyncIterator[Sequence[RemoteOffer]], *, max_per_second: float, clock: Clock
) -> AsyncIterator[Sequence[RemoteOffer]]:
    """Yield the pages of a list, and ask for no more of them a second than that."""
    limiter = RateLimiter(max_per_second=max_per_second)
    limiter.reserve(clock.monotonic())
    async for page in pages:
        yield page
        now = clock.monotonic()
        await clock.sleep(limiter.reserve(now).at - now)


class _Comparison:
    """What was compared so far."""

    def __init__(
        self,
        history: History,
        created: Comparison,
        run_id: str,
        entity: Entity,
        dialect: Dialect,
        *,
        most_shown: int,
    ) -> None:
        self._history = history
        self._created = created
        self._run_id = run_id
        self._entity = entity
        self._dialect = dialect
        self._most_shown = most_shown
        self._counts = dict.fromkeys(("same", "missing", "different", "twice"), 0)
        self._first: list[Difference] = []
        self._not_kept: dict[str, int] = {}  # offers, by column

    def compare(self, page: Sequence[RemoteOffer]) -> None:
        """Compare one page of the server's offers with the rows of the run."""
        ours = self._created.by_id([offer.receipt.instance_id for offer in page])
        for offer in page:
            row = ours.get(offer.receipt.instance_id)
            if row is None:
                self._look_for_twins(offer)
                continue
            for column in self._entity.not_kept(row.body, offer.offer):
                self._not_kept[column] = self._not_kept.get(column, 0) + 1
            found = self._entity.differences(row.body, offer.offer, self._dialect)
            if found:
                self._add("different", row.operation_id, "; ".join(found))
            else:
                self._counts["same"] += 1

    def _look_for_twins(self, offer: RemoteOffer) -> None:
        for row in self._created.by_name(offer.name):
            if self._entity.is_same(row.body, offer.offer, self._dialect):
                evidence = f"{offer.receipt.instance_id} is an equal offer"
                self._add("twice", row.operation_id, evidence)

    def _add(self, kind: str, operation_id: int, detail: str) -> None:
        self._counts[kind] += 1
        if len(self._first) < self._most_shown:
            row = self._history.result_of(self._run_id, operation_id)
            self._first.append(Difference(row=row, kind=kind, detail=SECRETS.hide(detail)))

    def report(self, target: str) -> VerifyReport:
        """Return how the run compares."""
        for row in self._created.not_seen():
            self._add("missing", row.operation_id, f"{row.remote_id} is not on the server")
        counts = self._counts
        agree = not (counts["missing"] or counts["different"] or counts["twice"])
        return VerifyReport(
            run_id=self._run_id,
            target=target,
            checked=counts["same"] + counts["missing"] + counts["different"],
            **counts,
            not_kept=self._not_kept,
            not_kept_because=self._entity.unkept_because if self._not_kept else "",
            first=tuple(self._first),
            exit_code=ExitCode.OK if agree else ExitCode.ROWS_FAILED,
        )
