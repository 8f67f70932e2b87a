"""`loader plan`: show what an edited sheet would change."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from loader.cli.group import importing
from loader.cli.invocation import Invocation
from loader.cli.options import (
    READING_FLAGS,
    TARGET_FLAGS,
    cluster_flag,
    form_flags,
    setting_flags,
)
from loader.cli.output.interaction import run_listener
from loader.cli.planning_flags import planning_flags
from loader.cli.typed_options import SettingFlags
from loader.run.requests import AsOfRequest, Limits, PlanRequest

_MOST_BY_LINE = 100_000  # a line each; a person is shown the first ones


@click.command()
@click.argument("file", required=False)
@click.option(
    "--as-of",
    type=click.DateTime(),
    help="Plan the way back to what offers were then (UTC), instead of FILE.",
)
@click.option("--name", metavar="PATTERN", help="With --as-of: the names, or the id, of offers.")
@click.option("--sandbox", is_flag=True, help="Plan against the built-in sandbox.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Write the plan to a file: .json to apply, .xlsx to read.",
)
@cluster_flag
@planning_flags
@setting_flags(*TARGET_FLAGS, *READING_FLAGS)
@form_flags
@click.pass_obj
def plan(
    invocation: Invocation,
    *,
    file: str | None,
    as_of: datetime | None,
    name: str | None,
    sandbox: bool,
    out: Path | None,
    cluster: str,
    limits: Limits,
    planning: Callable[..., PlanRequest],
    given: SettingFlags,
    form: str,
    quiet: bool,
) -> int:
    """Show what a sheet would change of what the target has; nothing is sent.

    FILE is a sheet that `loader pull` wrote, or any sheet of offers. Rows and columns that are not
    there change nothing. What both sides changed is a conflict, which is not sent.

    With --as-of DATE --name PATTERN it plans the way back to what offers were at that moment, as
    far as the journal knows: by its pulls, and by what its own runs changed.
    """
    with importing():
        from loader.cli.output.changes import answer_plan
        from loader.cli.output.formats import Form, annotate_refusals
        from loader.cli.signals import stop_signal
        from loader.run.history.runs import each_error
        from loader.run.plan.plan_changes import plan_changes
        from loader.run.plan.plan_document import check_plan_path, write_plan
        from loader.run.undo.plan_as_of import plan_as_of

    if (file is None) == (as_of is None) or (as_of is None) != (name is None):
        raise click.UsageError("give FILE, or --as-of DATE with --name PATTERN")
    if cluster and file is None:
        raise click.UsageError("--on reads FILE; with --as-of there is none")
    settings = invocation.settings(given, needs_target=not sandbox, may_begin_journal=True)
    if out is not None:
        check_plan_path(out, source=file or "-")
    listener = run_listener(as_json=form != Form.TEXT, quiet=quiet)
    more = {"most_shown": _MOST_BY_LINE} if Form(form).is_by_line else {}
    with annotate_refusals(Form(form)):
        if as_of is not None and name is not None:
            moment = as_of.replace(tzinfo=UTC)
            report = plan_as_of(
                AsOfRequest(as_of=moment, name=name, sandbox=sandbox, limits=limits),
                settings,
                listener=listener,
            )
        else:
            with stop_signal() as stop:
                report = plan_changes(
                    planning(source=str(file), sandbox=sandbox, cluster=cluster, **more),
                    settings,
                    listener=listener,
                    stop=stop,
                )
    if out is not None:
        write_plan(out, report, settings)
    errors = each_error(report.plan_id, settings)
    answer_plan(Form(form), report, errors=errors, out=out, quiet=quiet)
    return report.exit_code
