"""`loader undo`: take back exactly what a run did."""

import click

from loader.cli.invocation import Invocation
from loader.cli.options import output_flags, setting_flags, wait_flag, yes_flag
from loader.cli.output.interaction import confirmation, run_listener
from loader.cli.typed_options import SettingFlags
from loader.run.requests import UndoRequest


@click.command()
@click.argument("run")
@click.option("--dry-run", is_flag=True, help="Show what would be taken back; change nothing.")
@yes_flag
@wait_flag
@setting_flags("api", "max_per_second", "max_in_flight", "journal")
@output_flags
@click.pass_obj
def undo(
    invocation: Invocation,
    *,
    run: str,
    dry_run: bool,
    yes: bool,
    wait: bool,
    given: SettingFlags,
    as_json: bool,
    quiet: bool,
) -> int:
    """Take back exactly what a run did: delete what it created, put back what it changed.

    What somebody has edited since is kept and reported. A deleted offer cannot come back. Without
    a terminal, --yes is needed.
    """
    from loader.cli.output.answers import finish_answer
    from loader.cli.output.reports import show_undo
    from loader.cli.output.terminal import is_attended
    from loader.cli.signals import stop_signal
    from loader.run.history.runs import require_run
    from loader.run.undo.undo import undo_run

    settings = invocation.settings(given, needs_target=False)
    if not (yes or dry_run or is_attended()):
        require_run(run, settings)  # a mistaken id is said first
        raise click.UsageError("undo changes offers: give --yes where nobody can be asked")
    with stop_signal() as stop:
        report = undo_run(
            UndoRequest(run_id=run, dry_run=dry_run, wait=wait),
            settings,
            listener=run_listener(as_json=as_json, quiet=quiet),
            confirm=confirmation(yes=yes or dry_run),
            stop=stop,
        )
    return finish_answer(report, show_undo, as_json=as_json, quiet=quiet)
