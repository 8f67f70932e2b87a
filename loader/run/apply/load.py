"""Use case: load sources into the target: plan, ask, apply, write the results.

A run over the same bytes that was not finished is continued. Whatever stops the run, what is known
is in the journal, and the results are written.
"""

from pathlib import Path

from loader.delivery.stop import StopSignal
from loader.events import Listener, PhaseEnded
from loader.journal.records import DECLINED
from loader.results import check_writable, default_results_path
from loader.run.plan.plan_load import named_sources, staged_load
from loader.run.reports import LoadReport
from loader.run.requests import Confirm, LoadRequest, Plan
from loader.run.sending.deliver_run import DeliveryResult
from loader.run.sending.load_report import write_results_from_journal
from loader.run.sending.staged_run import StagedRun
from loader.settings import Settings

MOST_ERRORS_IN_QUESTION = 5  # errors that are shown to the person who is asked


def load_files(
    request: LoadRequest,
    settings: Settings,
    *,
    listener: Listener,
    confirm: Confirm | None,
    stop: StopSignal,
) -> LoadReport:
    """Load every source; say what became of every row. Raises `LoaderError` for whole failures.

    A dry run is the plan alone, with its results.
    """
    named = named_sources(request)
    results = request.results or default_results_path(named.paths)
    check_writable(results, sources=named.paths)

    def report_rows(run: StagedRun) -> Path:
        return write_results_from_journal(
            run.journal,
            run_id=run.run_id,
            results=results,
            listener=listener,
            notices=run.notices,
        )

    ask = None if request.sandbox else confirm
    with staged_load(
        request,
        settings,
        named,
        listener=listener,
        is_agreed=ask is None,
        report_rows=report_rows,
    ) as run:
        if request.dry_run:
            delivered = DeliveryResult()
        elif ask is None or _is_agreed(run, listener, ask):
            delivered = run.apply(settings, listener=listener, stop=stop)
        else:
            delivered = DeliveryResult(reason=DECLINED)
        return run.end(
            delivered, results=results, listener=listener, most_shown=request.max_errors_shown
        )


def _is_agreed(run: StagedRun, listener: Listener, confirm: Confirm) -> bool:
    summary = run.summary
    if not summary.pending:
        return True
    plan = Plan(
        verb="create",
        target=run.target.words,
        offers=summary.pending,
        invalid=summary.invalid,
        duplicate=summary.duplicate,
        findings=run.findings(most_shown=MOST_ERRORS_IN_QUESTION),
    )
    listener(PhaseEnded())
    return confirm(plan)
