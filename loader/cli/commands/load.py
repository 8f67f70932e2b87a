"""`loader load`: create the offers of spreadsheets, each row once."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loader.cli.group import importing
from loader.cli.invocation import Invocation
from loader.cli.options import (
    READING_FLAGS,
    TARGET_FLAGS,
    failed_only_flag,
    form_flags,
    ignored_columns_flag,
    reading_flags,
    results_flag,
    setting_flags,
    sources_argument,
    wait_flag,
    yes_flag,
)
from loader.cli.output.interaction import confirmation, run_listener
from loader.cli.typed_options import SettingFlags
from loader.run.requests import LoadRequest, Reading

if TYPE_CHECKING:
    from loader.source.paths import Given


@click.command()
@sources_argument
@click.option("--sandbox", is_flag=True, help="Load into the built-in sandbox; needs no settings.")
@click.option("--dry-run", is_flag=True, help="Do everything except create; results have payloads.")
@results_flag
@failed_only_flag
@yes_flag
@wait_flag
@reading_flags
@ignored_columns_flag
@setting_flags(*TARGET_FLAGS, *READING_FLAGS)
@form_flags
@click.pass_obj
def load(
    invocation: Invocation,
    *,
    files: "tuple[Given, ...]",
    sandbox: bool,
    dry_run: bool,
    results: Path | None,
    failed_only: str | None,
    yes: bool,
    wait: bool,
    reading: Reading,
    ignored_columns: tuple[str, ...],
    given: SettingFlags,
    form: str,
    quiet: bool,
) -> int:
    """Create the offers of spreadsheets, each row once.

    After any stop, run the same command again: what was created is not created again. On a
    terminal it asks before it changes a real target; without one (cron, pipes) it does not ask.
    """
    with importing():
        from loader.cli.output.answers import answer_load
        from loader.cli.output.formats import Form, annotate_refusals
        from loader.cli.repair_sheet import RepairSheet
        from loader.cli.signals import stop_signal
        from loader.run.apply.load import load_files

    settings = invocation.settings(given, needs_target=not sandbox, may_begin_journal=True)
    request = LoadRequest(
        sources=files,
        reading=reading,
        ignored_columns=ignored_columns,
        sandbox=sandbox,
        dry_run=dry_run,
        wait=wait,
        results=results,
    )
    with annotate_refusals(Form(form)), stop_signal() as stop:
        repair = RepairSheet(failed_only, sources=[str(each) for each in files])
        report = load_files(
            request,
            settings,
            listener=run_listener(as_json=form != Form.TEXT, quiet=quiet),
            confirm=confirmation(yes=yes or sandbox or dry_run),
            stop=stop,
        )
    to_fix = repair.write(report.summary.run_id, settings)
    answer_load(Form(form), report, settings, quiet=quiet, to_fix=to_fix)
    return report.exit_code
