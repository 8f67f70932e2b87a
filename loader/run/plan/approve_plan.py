"""Use case: approve a plan, and whether a plan needs it.

An approval is bound to the digest of what was shown: a new plan has none. Nobody approves a plan of
their own. Where both work as one user of one machine this is a promise, not a lock.
"""

from collections.abc import Sequence

from loader.errors import SettingsError
from loader.journal import RunRecord
from loader.journal.ports import Journal
from loader.run.change_reports import ApprovalReport, ChangePlan, PlanTotals
from loader.run.history.runs import known_run, open_existing_journal
from loader.run.plan.changes_report import build_change_plan
from loader.run.requests import ApproveRequest, Limits
from loader.run.wiring import run_target
from loader.settings import Settings
from loader.target_words import is_embedded

_NO_LIMITS = Limits(deletes=1_000_000, clears=1_000_000)


def needs_approval(totals: PlanTotals, settings: Settings) -> bool:
    """Return whether the settings ask for an approval of a plan with these totals."""
    above = settings.approval_above
    return bool(totals.operations) and (
        settings.approval_required
        or (above is not None and totals.operations > above)
        or any(getattr(totals, action) for action in settings.approval_actions)
    )


def check_approved(
    journal: Journal, plan: RunRecord, report: ChangePlan, settings: Settings
) -> None:
    """Raise `SettingsError` where a plan needs an approval that it has not."""
    if not needs_approval(report.totals, settings):
        return
    author = plan.options.get("author", "")
    approvals = journal.audit.approvals(plan.run_id)
    if any(each.digest == report.digest and each.person != author for each in approvals):
        return
    raise SettingsError(
        f"the plan {plan.run_id} must be approved by somebody else than {author or 'its author'}"
        f" before it is applied: `loader approve {plan.run_id}`",
        code="not-approved",
    )


def plan_to_approve(plan_id: str, settings: Settings) -> ChangePlan:
    """Return what is to be approved, as its author saw it."""
    with open_existing_journal(settings) as journal:
        plan = _plan(journal, plan_id)
        with run_target(plan, settings, None) as target:
            return build_change_plan(journal, plan_id, target=target, limits=_NO_LIMITS)


def approve_plan(request: ApproveRequest, settings: Settings) -> ApprovalReport:
    """Note in the journal that the person of this process agrees. Raises `SettingsError`."""
    with open_existing_journal(settings) as journal:
        plan = _plan(journal, request.plan_id)
        person, author = journal.person, plan.options.get("author", "")
        if person == author:
            raise SettingsError(
                f"{person} made the plan {plan.run_id}: somebody else must approve it",
                code="own-plan",
            )
        names = target_names(plan.target)
        if request.target_name.strip() not in names:
            raise SettingsError(
                f"{request.target_name.strip()!r} is not the name of the target: the plan changes"
                f" {' or '.join(names)}; nothing was approved",
                code="other-target",
            )
        with run_target(plan, settings, None) as target:
            report = build_change_plan(journal, plan.run_id, target=target, limits=_NO_LIMITS)
        if request.digest is not None and request.digest != report.digest:
            raise SettingsError("the plan is not the one that was shown", code="plan-edited")
        journal.audit.approve(
            plan.run_id, digest=report.digest, target=plan.target, words=request.words
        )
        return ApprovalReport(plan_id=plan.run_id, digest=report.digest, person=person)


def target_names(key: str) -> Sequence[str]:
    """Return what a person may call a target: the name of its sandbox."""
    return ("sandbox",) if is_embedded(key) else tuple(key.split("|")[2:3]) or (key,)


def _plan(journal: Journal, plan_id: str) -> RunRecord:
    plan = known_run(journal.history, plan_id)
    if plan.command != "plan" or not plan.staged or plan.used_by:
        raise SettingsError(
            f"{plan_id} is no plan that could still be applied: plan again", code="plan-used"
        )
    return plan
