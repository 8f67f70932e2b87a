"""Use cases after a stop: go on with a run, look up what is unknown, decide a row by hand."""

from loader.delivery.stop import StopSignal
from loader.errors import SettingsError
from loader.events import Listener
from loader.journal import History, RunRecord
from loader.model import Receipt, State
from loader.results import check_writable, default_results_path
from loader.run.delivering import deliver_run
from loader.run.history import known_run, latest_unfinished, opened_journal
from loader.run.reporting import finished, load_report
from loader.run.reports import LoadReport, ResolveReport
from loader.run.requests import ReconcileRequest, ResolveRequest, ResumeRequest
from loader.run.wiring import Target, opened_target
from loader.settings import Settings
from loader.validation.entity import Entity


def resume_run(
    request: ResumeRequest, settings: Settings, *, listener: Listener, stop: StopSignal
) -> LoadReport:
    """Go on with a run: look up what is unknown, then send what is pending."""
    return _continue(request, settings, listener=listener, stop=stop, send=True)


def reconcile_run(
    request: ReconcileRequest, settings: Settings, *, listener: Listener, stop: StopSignal
) -> LoadReport:
    """Look up the unknown rows of a run; send nothing."""
    return _continue(request, settings, listener=listener, stop=stop, send=False)


def _continue(
    request: ResumeRequest | ReconcileRequest,
    settings: Settings,
    *,
    listener: Listener,
    stop: StopSignal,
    send: bool,
) -> LoadReport:
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
        with target_of(run, settings, request.entity) as target, journal.lease(run.target) as lease:
            delivered = deliver_run(
                journal,
                run_id=run.run_id,
                lease=lease,
                target=target,
                settings=settings,
                listener=listener,
                stop=stop,
                send=send,
            )
            journal.staging.end_run(run.run_id, reason=delivered.reason)
            written = finished(journal, run_id=run.run_id, results=results, listener=listener)
            return load_report(
                journal,
                run_id=run.run_id,
                target=target.words,
                results=written,
                delivered=delivered,
                most_shown=request.max_errors_shown,
            )


class target_of:  # noqa: N801 - used as a context manager
    """The target of a run, from settings that must name the same one."""

    def __init__(self, run: RunRecord, settings: Settings, entity: Entity | None) -> None:
        self._run = run
        is_sandbox = run.target.startswith("embedded sandbox|")
        self._opened = opened_target(settings, entity, sandbox=is_sandbox)

    def __enter__(self) -> Target:
        target = self._opened.__enter__()
        if target.key != self._run.target:
            self._opened.__exit__(None, None, None)
            raise SettingsError(
                f"run {self._run.run_id} went to {self._run.target}, but the settings name"
                f" {target.key}: use the settings (or the --profile) of that run"
            )
        return target

    def __exit__(self, *error: object) -> None:
        self._opened.__exit__(None, None, None)


def resolve_row(request: ResolveRequest, settings: Settings) -> ResolveReport:
    """Write down what a person found out about an unknown row."""
    with opened_journal(settings) as journal:
        history = journal.history
        run = known_run(history, request.run_id)
        with journal.lease(run.target):
            operation_id = _unknown_row(history, run, request)
            created = request.created_id
            journal.staging.resolve(
                operation_id,
                receipt=None if created is None else Receipt(instance_id=created, at_id=created),
                evidence="decided by a person with `loader resolve`",
            )
        return ResolveReport(run_id=run.run_id, row=history.result_of(run.run_id, operation_id))


def _unknown_row(history: History, run: RunRecord, request: ResolveRequest) -> int:
    rows = history.source_rows(
        run.run_id, request.row_number, source=request.source, sheet=request.sheet
    )
    if not rows:
        raise SettingsError(
            f"run {run.run_id} has no sent row {request.row_number}:"
            f" `loader runs show {run.run_id}` lists the unknown ones"
        )
    if len(rows) > 1:
        places = ", ".join(f"{each.source} {each.sheet}".strip() for each in rows)
        raise SettingsError(
            f"row {request.row_number} stands in several places ({places}): name one with"
            " --source and --sheet"
        )
    (row,) = rows
    if row.status != State.UNKNOWN:
        raise SettingsError(
            f"row {request.row_number} of run {run.run_id} is {row.status}, not unknown: there is"
            " nothing to decide"
        )
    return row.operation_id
