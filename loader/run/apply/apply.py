"""Use case: apply a plan of changes: exactly what it says, and once.

The plan is used up in the transaction that begins the run which applies it. A run that was stopped
is resumed; a plan is never applied again. A plan that sends nothing is applied, too: its rows have
results, and nobody is asked.
"""

from pathlib import Path

from loader.delivery.stop import StopSignal
from loader.errors import NotConfirmed, SettingsError
from loader.events import Listener, PhaseEnded, RunBegan
from loader.journal import RunRecord
from loader.journal.records import SHEET_FILE
from loader.results import check_writable, default_results_path
from loader.run.change_reports import ChangePlan
from loader.run.history.runs import known_run, open_existing_journal
from loader.run.plan.approve_plan import check_approved
from loader.run.plan.changes_report import build_change_plan
from loader.run.reports import LoadReport
from loader.run.requests import ApplyChangesRequest, Confirm, Plan
from loader.run.sending.other_keys import check_other_keys
from loader.run.sending.staged_run import StagedRun
from loader.run.sending.waiting_for_lease import leased
from loader.run.wiring import SystemClock, run_target
from loader.settings import Settings
from loader.source.file_checks import file_digest

_HOUR = 3600


def apply_changes(
    request: ApplyChangesRequest,
    settings: Settings,
    *,
    listener: Listener,
    confirm: Confirm | None,
    stop: StopSignal,
) -> LoadReport:
    """Apply a plan; say what became of every row. Raises `LoaderError`; then nothing was sent."""
    with open_existing_journal(settings) as journal:
        if request.digest is not None and journal.history.run(request.plan_id) is None:
            raise SettingsError(
                f"the plan {request.plan_id} is not in the journal {settings.journal}: apply it"
                " with the journal that it was made with (--journal PATH), or plan again"
            )
        plan = known_run(journal.history, request.plan_id)
        _check_usable(plan, settings)
        results = request.results or default_results_path(tuple(plan.sources))
        check_writable(results, sources=tuple(plan.sources))
        with run_target(plan, settings, request.entity) as target:
            report = build_change_plan(journal, plan.run_id, target=target, limits=request.limits)
            _check_same(report, request)
            check_approved(journal, plan, report, settings)
            with leased(
                journal,
                target,
                settings,
                wait=request.wait,
                listener=listener,
                check=check_other_keys,
            ) as lease:
                if (
                    confirm is not None
                    and report.totals.operations
                    and not confirm(_question(report))
                ):
                    raise NotConfirmed(
                        "not confirmed; nothing was sent. The plan is still there:"
                        f" `loader apply {plan.run_id}` applies it"
                    )
                run_id = journal.staging.begin_apply(
                    plan.run_id,
                    options={**plan.options, "plan_sha256": report.digest},
                    kind=target.entity.kind,
                )
                listener(RunBegan(run_id=run_id))
                run = StagedRun(run_id=run_id, journal=journal, target=target, lease=lease)
                delivered = run.apply(settings, listener=listener, stop=stop)
                listener(PhaseEnded())
                return run.end(
                    delivered,
                    results=results,
                    listener=listener,
                    most_shown=request.max_errors_shown,
                )


def _question(report: ChangePlan) -> Plan:
    return Plan(target=report.target, offers=report.totals.operations, changes=report)


def _check_usable(plan: RunRecord, settings: Settings) -> None:
    """Raise `SettingsError` where a plan cannot be applied any more."""
    if plan.command != "plan" or not plan.staged:
        raise SettingsError(f"run {plan.run_id} is no plan that was made to its end: plan again")
    if plan.used_by:
        raise SettingsError(
            f"the plan {plan.run_id} was applied already, by run {plan.used_by}: a plan is applied"
            f" once. If that run was stopped, go on with `loader resume {plan.used_by}`",
            code="plan-used",
        )
    hours = (SystemClock().now() - plan.started_at) / _HOUR
    if hours > settings.plan_hours:
        raise SettingsError(
            f"the plan {plan.run_id} was made {hours:,.0f} hours ago, and may be applied for"
            f" {settings.plan_hours:g} (plan_hours): plan again",
            code="plan-too-old",
        )
    for path, digest in plan.sources.items():
        file = plan.options.get(SHEET_FILE, path)  # an older version stored only the path
        if file and Path(file).is_file() and file_digest(Path(file)) != digest:
            raise SettingsError(
                f"{path} was changed since the plan {plan.run_id} was made: plan again",
                code="plan-stale",
            )


def _check_same(report: ChangePlan, request: ApplyChangesRequest) -> None:
    """Raise `SettingsError` unless the plan is the one that was shown, within its limits."""
    if request.digest is not None and request.digest != report.digest:
        raise SettingsError(
            f"the plan {report.plan_id} in the journal is not the one in the plan file (digest"
            f" {report.digest[:12]}…, not {request.digest[:12]}…): was the file edited? Plan again",
            code="plan-edited",
        )
    if report.refusals:
        raise SettingsError("; ".join(report.refusals), code="beyond-plan-limits")
