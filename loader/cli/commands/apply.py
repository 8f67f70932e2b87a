"""`loader apply`: change offers as a sheet, or a plan, says."""

from collections.abc import Callable
from pathlib import Path

import click

from loader.cli.group import importing
from loader.cli.invocation import Invocation
from loader.cli.options import (
    READING_FLAGS,
    TARGET_FLAGS,
    form_flags,
    results_flag,
    setting_flags,
    wait_flag,
    yes_flag,
)
from loader.cli.output.interaction import confirmation, run_listener
from loader.cli.planning_flags import planning_flags
from loader.cli.typed_options import SettingFlags
from loader.run.requests import ApplyChangesRequest, Limits, PlanRequest


@click.command()
@click.argument("what", metavar="FILE|PLAN")
@click.option("--sandbox", is_flag=True, help="Change the built-in sandbox.")
@results_flag
@yes_flag
@wait_flag
@planning_flags
@setting_flags(*TARGET_FLAGS, *READING_FLAGS)
@form_flags
@click.pass_obj
def apply(
    invocation: Invocation,
    *,
    what: str,
    sandbox: bool,
    results: Path | None,
    yes: bool,
    wait: bool,
    limits: Limits,
    planning: Callable[..., PlanRequest],
    given: SettingFlags,
    form: str,
    quiet: bool,
) -> int:
    """Change offers as a sheet or a plan says: show what is changed, ask, and do it.

    FILE may be a sheet, or a plan that `loader plan --out plan.json` wrote; PLAN is the id of a
    plan. A plan is applied once; where it was stopped, `loader resume` goes on. Without a terminal,
    --yes is needed. Where nothing is to be sent, nobody is asked; the results are written all the
    same.
    """
    with importing():
        from loader.cli.output.answers import answer_load
        from loader.cli.output.changes import show_plan
        from loader.cli.output.formats import Form, annotate_refusals
        from loader.cli.output.terminal import is_attended, is_read_by_person
        from loader.cli.signals import stop_signal
        from loader.run.apply.apply import apply_changes
        from loader.run.history.runs import require_run
        from loader.run.plan.plan_changes import plan_changes
        from loader.run.plan.plan_document import is_plan_id, read_plan

    settings = invocation.settings(
        given, needs_target=not sandbox, may_begin_journal=not is_plan_id(what)
    )
    if not (yes or sandbox or is_attended()):
        if is_plan_id(what):
            require_run(what, settings)  # a mistaken id is said first
        raise click.UsageError("apply changes offers: give --yes where nobody can be asked")
    listener = run_listener(as_json=form != Form.TEXT, quiet=quiet)
    shown = None
    named = read_plan(Path(what))
    if named is not None:
        plan_id, digest = named
    elif is_plan_id(what):
        plan_id, digest = what, None
    else:
        with annotate_refusals(Form(form)), stop_signal() as stop:
            report = plan_changes(
                planning(source=what, sandbox=sandbox),
                settings,
                listener=listener,
                stop=stop,
            )
        plan_id, digest = report.plan_id, report.digest
        if form == Form.TEXT and not quiet:
            show_plan(report)
            shown = report.findings
    with stop_signal() as stop:
        done = apply_changes(
            ApplyChangesRequest(
                plan_id=plan_id, digest=digest, wait=wait, results=results, limits=limits
            ),
            settings,
            listener=listener,
            confirm=confirmation(
                yes=yes or sandbox, is_plan_shown=shown is not None and is_read_by_person()
            ),
            stop=stop,
        )
    answer_load(Form(form), done, settings, quiet=quiet, to_fix=None, shown=shown)
    return done.exit_code
