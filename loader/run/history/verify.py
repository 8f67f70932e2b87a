"""Use case: compare what a run did, as the journal says, with a listing of the server.

It plans what would have to be done for the server to have what the run sent: a plan that must come
out empty. As in any other plan, offers are compared by what a create sends, and existing ones part
by part. The plan is not staged: nothing of it may be applied without a person, because somebody may
have deleted or edited the offer on purpose, and a twin may be another's. So it holds no lease and
writes nothing into the journal.

It asks for nothing before the settle time after the last write of any run to the same offers: until
then a list may be late.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from loader.api.client import open_client
from loader.delivery.ports import Clock
from loader.delivery.rate_limit import RateLimiter
from loader.delivery.stop import StopSignal
from loader.delivery.stoppable_waits import countdown, pause
from loader.errors import ExitCode
from loader.events import Limited, Listener, PhaseBegan, PhaseEnded, RowsDone
from loader.journal import Comparison, History, Journal, RunRecord
from loader.journal.records import DoneOperation
from loader.merge.three_way import two_way
from loader.merge.update_body import as_text, load_body
from loader.model import Operation, RemoteOffer
from loader.redaction import SECRETS
from loader.run.history.runs import journal_to_read, known_run
from loader.run.reports import Difference, VerifyReport
from loader.run.requests import VerifyRequest
from loader.run.wiring import SystemClock, Target, run_async, run_target
from loader.settings import Settings

_LONGEST_SHOWN: Final = 120
_CLOCK: Final = SystemClock()


def verify_run(request: VerifyRequest, settings: Settings, *, listener: Listener) -> VerifyReport:
    """Compare a run with the server: each offer there once, as the run left it."""
    with journal_to_read(settings) as journal:
        run = known_run(journal.history, request.run_id)
        with (
            run_target(run, settings, request.entity) as target,
            journal.history.comparing(run.run_id) as done,
        ):
            comparison = _Comparison(
                journal.history,
                done,
                run.run_id,
                target,
                most_shown=request.max_differences_shown,
            )

            async def work() -> None:
                await _wait_until_settled(journal, run, target, listener)
                async with open_client(target.api, target.entity.endpoints) as client:
                    pages = paced(
                        client.offers(), max_per_second=settings.max_per_second, clock=_CLOCK
                    )
                    async for page in pages:
                        comparison.compare(page)
                        listener(RowsDone(count=len(page)))

            listener(PhaseBegan(name="comparing"))
            run_async(work)
            listener(PhaseEnded())
            return comparison.report()


async def _wait_until_settled(
    journal: Journal, run: RunRecord, target: Target, listener: Listener
) -> None:
    """Wait until every list shows what runs did to the offers of the run."""
    report = countdown(listener, "what was done a moment ago is compared")
    written_at = journal.snapshots.last_write(run.run_id, within=target.settle_seconds)
    wait = written_at + target.settle_seconds - _CLOCK.now()
    if wait > 0:
        await pause(wait, clock=_CLOCK, stop=StopSignal(), report=report)
        listener(Limited(by=""))


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
        self, history: History, done: Comparison, run_id: str, target: Target, *, most_shown: int
    ) -> None:
        self._history = history
        self._done = done
        self._run_id = run_id
        self._target = target
        self._most_shown = most_shown
        self._counts = dict.fromkeys(("same", "missing", "different", "twice"), 0)
        self._first: list[Difference] = []
        self._not_kept: dict[str, int] = {}  # offers, by column
        self._equal: dict[int, list[str]] = {}  # other ids, by operation

    def compare(self, page: Sequence[RemoteOffer]) -> None:
        """Compare one page of the server's offers with what the run did."""
        ours = self._done.by_id([offer.receipt.instance_id for offer in page])
        for offer in page:
            row = ours.get(offer.receipt.instance_id)
            if row is None or row.operation is not Operation.CREATE:
                self._look_for_twins(offer)
            if row is None:
                continue
            if row.operation is Operation.CREATE:
                for column in self._target.entity.not_kept(row.body, offer.offer):
                    self._not_kept[column] = self._not_kept.get(column, 0) + 1
            self._add("different", row.operation_id, differences(row, offer, self._target))

    def _look_for_twins(self, offer: RemoteOffer) -> None:
        entity, dialect = self._target.entity, self._target.api.dialect
        for row in self._done.by_name(offer.name):
            if entity.is_same(row.body, offer.offer, dialect):
                found = self._equal.setdefault(row.operation_id, [])
                found.append(offer.receipt.instance_id)

    def _add(self, kind: str, operation_id: int, found: Sequence[str]) -> None:
        """Count a row by its operation: as `kind` where something was found."""
        self._counts[kind if found else "same"] += 1
        if found and len(self._first) < self._most_shown:
            result = self._history.result_of(self._run_id, operation_id)
            detail = SECRETS.hide("; ".join(found))
            self._first.append(Difference(row=result, kind=kind, detail=detail))

    def report(self) -> VerifyReport:
        """Return how the run compares."""
        for row in self._done.not_seen():
            self._add_not_seen(row)
        for operation_id, equal in self._equal.items():
            for remote_id in equal:
                self._add("twice", operation_id, [f"{remote_id} is an equal offer"])
        counts = self._counts
        return VerifyReport(
            run_id=self._run_id,
            target=self._target.words,
            checked=counts["same"] + counts["missing"] + counts["different"],
            **counts,
            not_kept=self._not_kept,
            not_kept_because=self._target.entity.unkept_because if self._not_kept else "",
            first=tuple(self._first),
            exit_code=self._exit_code(),
        )

    def _add_not_seen(self, row: DoneOperation) -> None:
        """Count a row whose id no offer has; an equal offer is its own, under another id."""
        if row.operation is Operation.DELETE:
            self._add("missing", row.operation_id, [])
        elif equal := self._equal.get(row.operation_id):
            remote_id = equal.pop(0)
            words = f"it is there under another id: {remote_id}, and the run has {row.remote_id}"
            self._add("different", row.operation_id, [words])
        else:
            self._add("missing", row.operation_id, [f"{row.remote_id} is not on the server"])

    def _exit_code(self) -> ExitCode:
        """Rows whose outcome is not known cannot be compared: without them, not all is well."""
        if self._counts["missing"] or self._counts["different"] or self._counts["twice"]:
            return ExitCode.ROWS_FAILED
        is_known = not self._history.summary(self._run_id).unknown
        return ExitCode.OK if is_known else ExitCode.UNFINISHED


def differences(row: DoneOperation, there: RemoteOffer, target: Target) -> list[str]:
    """Return what of an offer is not as the run left it, one line for each field.

    Of an update, only the parts that it sent count.
    """
    if row.operation is Operation.DELETE:
        return [f"{row.remote_id} is on the server, and the run deleted it"]
    if row.operation is Operation.CREATE:
        return target.entity.differences(row.body, there.offer, target.api.dialect)
    sent = {each.change.part: each for each in load_body(row.body).changes}
    now = target.editing.parts(there.offer, target.api.dialect)
    merge = two_way({part: each.change.after for part, each in sent.items()}, now)
    return [
        f"{sent[each.part].field}: sent {_short(sent[each.part].after)},"
        f" found {_short(as_text(each.before, {}))}"
        for each in merge.changes
    ]


def _short(text: str | None) -> str:
    if text is None:
        return "(nothing)"
    return f'"{text}"' if len(text) <= _LONGEST_SHOWN else f'"{text[:_LONGEST_SHOWN]}…'
