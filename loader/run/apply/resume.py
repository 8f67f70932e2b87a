"""Use case: go on with a run. To apply a staged plan of creates is the same act."""

from loader.delivery.stop import StopSignal
from loader.errors import SettingsError
from loader.events import Listener, RunBegan
from loader.results import check_writable, default_results_path
from loader.run.history.history import known_run, latest_unfinished, opened_journal
from loader.run.reports import LoadReport
from loader.run.requests import ResumeRequest
from loader.run.sending.leasing import leased
from loader.run.sending.staged import StagedRun
from loader.run.wiring import run_target
from loader.settings import Settings


def resume_run(
    request: ResumeRequest, settings: Settings, *, listener: Listener, stop: StopSignal
) -> LoadReport:
    """Look up what is unknown, send what is pending, write the results."""
    with opened_journal(settings) as journal:
        history = journal.history
        run = known_run(history, request.run_id) if request.run_id else latest_unfinished(history)
        if not run.staged:
            raise SettingsError(
                f"run {run.run_id} stopped while it was reading, before anything was sent: run the"
                " same `loader load` command again"
            )
        results = request.results or default_results_path(tuple(run.sources))
        check_writable(results, sources=tuple(run.sources))
        with (
            run_target(run, settings, request.entity) as target,
            leased(journal, target, settings, wait=request.wait, listener=listener) as lease,
        ):
            listener(RunBegan(run_id=run.run_id))
            staged = StagedRun(run_id=run.run_id, journal=journal, target=target, lease=lease)
            delivered = staged.apply(settings, listener=listener, stop=stop, send=request.send)
            return staged.end(
                delivered, results=results, listener=listener, most_shown=request.max_errors_shown
            )
