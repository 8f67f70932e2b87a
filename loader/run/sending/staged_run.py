"""A staged run, between planning and applying, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loader.delivery.stop import StopSignal
from loader.events import Listener
from loader.journal import Journal, Lease
from loader.model import Notice
from loader.run.reading.notices import sandbox_limit_notices, token_notices
from loader.run.reports import Findings, LoadReport
from loader.run.sending.deliver_run import DeliveryResult, deliver_run
from loader.run.sending.load_report import exit_code, findings_of, write_results_from_journal
from loader.run.wiring import Target
from loader.run_results import RunSummary
from loader.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRun:
    """A run whose rows are all in the journal, its target, and the lease on the target.

    A dry run has no lease, and nothing can be applied of it.
    """

    run_id: str
    journal: Journal
    target: Target
    lease: Lease | None
    notices: Sequence[Notice] = ()

    @property
    def summary(self) -> RunSummary:
        """How many rows there are of each kind."""
        return self.journal.history.summary(self.run_id)

    def findings(self, *, most_shown: int) -> Findings:
        """Return what is wrong with rows."""
        return findings_of(
            self.journal.history, self.run_id, most_shown=most_shown, notices=self.notices
        )

    def apply(
        self, settings: Settings, *, listener: Listener, stop: StopSignal, send: bool = True
    ) -> DeliveryResult:
        """Look up what is unknown and, if `send`, send what is pending."""
        if self.lease is None:
            return DeliveryResult()
        return deliver_run(
            self.journal,
            run_id=self.run_id,
            lease=self.lease,
            target=self.target,
            settings=settings,
            listener=listener,
            stop=stop,
            send=send,
        )

    def note_end(self, delivered: DeliveryResult) -> None:
        """Note in the journal how the run ended."""
        self.journal.staging.end_run(self.run_id, reason=delivered.reason)

    def end(
        self, delivered: DeliveryResult, *, results: Path, listener: Listener, most_shown: int
    ) -> LoadReport:
        """Note in the journal how the run ended, and report it."""
        self.note_end(delivered)
        return self.report(delivered, results=results, listener=listener, most_shown=most_shown)

    def report(
        self, delivered: DeliveryResult, *, results: Path, listener: Listener, most_shown: int
    ) -> LoadReport:
        """Write the results, and return how the run ended."""
        more = sandbox_limit_notices(
            self.target.entity, delivered.total_offers, what=self.target.words
        )
        notices = [*self.notices, *more, *token_notices(delivered.token_notice)]
        written = write_results_from_journal(
            self.journal,
            run_id=self.run_id,
            results=results,
            listener=listener,
            notices=notices,
        )
        summary, history = self.summary, self.journal.history
        taken_over = history.taken_over(self.run_id)
        later = [run for each in taken_over if (run := history.run(each)) is not None]
        return LoadReport(
            summary=summary,
            target=self.target.words,
            findings=findings_of(history, self.run_id, most_shown=most_shown, notices=notices),
            results=written,
            journal=self.journal.place,
            stopped_reason=delivered.reason,
            recovered=delivered.recovered,
            taken_over=taken_over,
            undone_runs=[each for each in taken_over if history.is_undone(each)],
            not_read={run.run_id: tuple(run.sources) for run in later if not run.staged},
            exit_code=exit_code(summary, delivered.ending),
        )
