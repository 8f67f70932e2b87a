"""Use case: load sources into the target: plan, ask, apply, write the results.

A run over the same bytes that was not finished is continued. Whatever stops the run, what is known
is in the journal, and the results are written.
"""

from pathlib import Path

from loader.delivery.stop import StopSignal
from loader.events import Listener, PhaseEnded
from loader.journal import Lease
from loader.journal.values import REJECTED
from loader.results import check_writable, default_results_path
from loader.run.delivering import Delivered, deliver_run
from loader.run.plan import Planner, planning, sources_of
from loader.run.reporting import findings_of, finished, load_report
from loader.run.reports import LoadReport
from loader.run.requests import Confirm, LoadRequest, Plan
from loader.settings import Settings

SHOWN_BEFORE = 5  # errors that are shown to the person who is asked


def load_files(
    request: LoadRequest,
    settings: Settings,
    *,
    listener: Listener,
    confirm: Confirm | None,
    stop: StopSignal,
) -> LoadReport:
    """Load every source; say what became of every row. Raises `LoaderError` for whole failures."""
    named = sources_of(request)
    results = request.results or default_results_path(named.paths)
    check_writable(results, sources=named.paths)
    with planning(request, settings, named, listener=listener) as (planner, sources):
        load = _Load(request, settings, planner, listener=listener, stop=stop)
        return load.run(planner.plan(sources), results=results, confirm=confirm)


class _Load:
    """A load whose plan is staged."""

    def __init__(
        self,
        request: LoadRequest,
        settings: Settings,
        planner: Planner,
        *,
        listener: Listener,
        stop: StopSignal,
    ) -> None:
        self._request = request
        self._settings = settings
        self._planner = planner
        self._listener = listener
        self._stop = stop
        self._target = planner.target
        self._journal = planner.journal
        self._staging = planner.journal.staging

    def run(self, run_id: str, *, results: Path, confirm: Confirm | None) -> LoadReport:
        """Ask, apply the plan, write the results."""
        delivered, notices = Delivered(), self._planner.notices
        if not self._planner.is_earlier:
            if self._planner.lease is not None:
                delivered = self._deliver(run_id, self._planner.lease, confirm)
            self._staging.end_run(run_id, reason=delivered.reason)
        written = finished(
            self._journal,
            run_id=run_id,
            results=results,
            listener=self._listener,
            notices=notices,
        )
        return load_report(
            self._journal,
            run_id=run_id,
            target=self._target.words,
            results=written,
            delivered=delivered,
            notices=notices,
            is_earlier=self._planner.is_earlier,
            most_shown=self._request.max_errors_shown,
        )

    def _deliver(self, run_id: str, lease: Lease, confirm: Confirm | None) -> Delivered:
        if self._refused(run_id, confirm):
            return Delivered(reason="not confirmed; nothing was sent")
        rejected = self._rejected(run_id)
        delivered = deliver_run(
            self._journal,
            run_id=run_id,
            lease=lease,
            target=self._target,
            settings=self._settings,
            listener=self._listener,
            stop=self._stop,
            send=not rejected,
        )
        if rejected:
            self._staging.reject(run_id, code=REJECTED, message=rejected)
        return delivered

    def _rejected(self, run_id: str) -> str:
        """Say why nothing of a dropped file is sent; "" where it is."""
        dropped = self._request.dropped
        if dropped is None or not dropped.whole_or_not:
            return ""
        invalid = self._journal.history.summary(run_id).invalid
        rows = "row of the file is" if invalid == 1 else "rows of the file are"
        return f"not sent, because {invalid} {rows} invalid" if invalid else ""

    def _refused(self, run_id: str, confirm: Confirm | None) -> bool:
        if confirm is None or self._request.sandbox:
            return False
        summary = self._journal.history.summary(run_id)
        if not summary.pending:
            return False
        plan = Plan(
            verb="create",
            target=self._target.words,
            offers=summary.pending,
            invalid=summary.invalid,
            duplicate=summary.duplicate,
            findings=findings_of(
                self._journal.history,
                run_id,
                most_shown=SHOWN_BEFORE,
                notices=self._planner.notices,
            ),
        )
        self._listener(PhaseEnded())
        return not confirm(plan)
