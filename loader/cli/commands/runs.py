"""`loader runs` and `loader results`: what the journal knows."""

from pathlib import Path

import click

from loader.cli.invocation import Invocation
from loader.cli.options import failed_only_flag, results_flag, setting_flags
from loader.cli.typed_options import SettingFlags
from loader.run.requests import ResultsRequest

as_json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class RunsGroup(click.Group):
    """A group that says how to show one run where it is given the run alone."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the command to show a run."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(f"no such command '{args[0]}'; to show a run: loader runs show RUN")
        return super().resolve_command(ctx, args)


@click.group(cls=RunsGroup, invoke_without_command=True)
@as_json_flag
@setting_flags("journal")
@click.pass_context
def runs(context: click.Context, *, given: SettingFlags, as_json: bool) -> int:
    """List the runs, or show one.

    The newest comes first. `loader runs show RUN` shows one in full.
    """
    if context.invoked_subcommand is not None:
        return 0
    from loader.cli.output.runs import show_runs
    from loader.run.history.runs import list_runs

    invocation: Invocation = context.obj
    settings = invocation.settings(given, needs_target=False)
    show_runs(list_runs(settings), as_json=as_json)
    return 0


@runs.command("show")
@click.argument("run")
@as_json_flag
@setting_flags("journal")
@click.pass_obj
def runs_show(invocation: Invocation, *, run: str, given: SettingFlags, as_json: bool) -> int:
    """Show one run: sources, options, totals, errors, and the rows that need a decision."""
    from loader.cli.output.runs import show_run_detail
    from loader.run.history.runs import show_run

    settings = invocation.settings(given, needs_target=False)
    show_run_detail(show_run(run, settings), as_json=as_json)
    return 0


@click.command()
@click.argument("run")
@results_flag
@failed_only_flag
@setting_flags("journal")
@click.pass_obj
def results(
    invocation: Invocation,
    *,
    run: str,
    results: Path | None,
    failed_only: str | None,
    given: SettingFlags,
) -> int:
    """Write the results of a run again.

    They come from the journal alone; neither the source nor the server is needed.
    """
    from loader.cli.output.reports import show_totals
    from loader.cli.output.rows_to_fix import show_rows_to_fix
    from loader.cli.output.terminal import echo, on_one_line
    from loader.cli.repair_sheet import RepairSheet
    from loader.run.history.runs import write_run_results

    settings = invocation.settings(given, needs_target=False)
    report = write_run_results(ResultsRequest(run_id=run, results=results), settings)
    show_totals(report.summary)
    echo(f"results  {on_one_line(str(report.results))}")
    to_fix = RepairSheet(failed_only).write(report.summary.run_id, settings)
    show_rows_to_fix(to_fix, settings)
    return 0
