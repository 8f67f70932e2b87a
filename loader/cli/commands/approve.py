"""`loader approve`: approve a plan that somebody else made."""

from pathlib import Path

import click

from loader.cli.invocation import Invocation
from loader.cli.options import output_flags, setting_flags
from loader.cli.typed_options import SettingFlags
from loader.run.requests import ApproveRequest


@click.command()
@click.argument("plan", metavar="PLAN")
@click.option("--target", metavar="NAME", help="The name of the target's sandbox, to confirm.")
@click.option("--words", metavar="TEXT", default="", help="Why; written to the audit.")
@setting_flags("api", "journal")
@output_flags
@click.pass_obj
def approve(
    invocation: Invocation,
    *,
    plan: str,
    target: str | None,
    words: str,
    given: SettingFlags,
    as_json: bool,
    quiet: bool,
) -> int:
    """Approve a plan that somebody else made, and that the settings want approved.

    PLAN is its id, or the file that `loader plan --out plan.json` wrote. It shows what the author
    saw, and asks for the name of the target's sandbox. An approval holds for this plan alone.
    """
    from loader.cli.output.changes import show_plan
    from loader.cli.output.formats import json_text
    from loader.cli.output.terminal import echo_document, is_attended
    from loader.run.plan.approve_plan import approve_plan, plan_to_approve
    from loader.run.plan.plan_document import read_plan

    settings = invocation.settings(given, needs_target=False)
    plan_id, digest = read_plan(Path(plan)) or (plan, None)
    shown = plan_to_approve(plan_id, settings)
    if not (as_json or quiet):
        show_plan(shown)
    if target is None:
        if not is_attended():
            raise click.UsageError("approve asks for the name of the target: give --target NAME")
        target = str(click.prompt("Type the name of the target's sandbox to approve", err=True))
    report = approve_plan(
        ApproveRequest(
            plan_id=plan_id, target_name=target, digest=digest or shown.digest, words=words
        ),
        settings,
    )
    echo_document(json_text(report) if as_json else f"approved {plan_id} by {report.person}")
    return report.exit_code
