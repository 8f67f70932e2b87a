"""`loader resume`, `reconcile` and `resolve`: finish a stopped run, or one with unknown rows."""

from pathlib import Path
from typing import Any

import click

from loader.cli.invocation import Invocation
from loader.cli.options import TARGET_FLAGS, output_flags, results_flag, setting_flags, wait_flag
from loader.cli.output.interaction import run_listener
from loader.cli.output.terminal import echo_err
from loader.cli.typed_options import SettingFlags
from loader.errors import ExitCode, NothingToDo, RowsLeftOpen
from loader.run.requests import Finding, ResolveRequest, ResumeRequest


@click.command()
@click.argument("run", required=False)
@results_flag
@wait_flag
@setting_flags(*TARGET_FLAGS)
@output_flags
@click.pass_obj
def resume(invocation: Invocation, /, **given: Any) -> int:
    """Continue a stopped run.

    Looks up rows without a reply first, then sends what was not sent. Without RUN: the latest run
    that has such rows, and that somebody agreed to: one that was only planned, or not confirmed, is
    sent where RUN names it. An undo goes on with `loader undo`; of a run that was undone, nothing
    is sent. The source file is not needed. A dry run sends nothing: load the file.
    """
    return _apply(invocation, **given, send=True)


@click.command()
@click.argument("run", required=False)
@results_flag
@wait_flag
@setting_flags("api", "max_per_second", "on_absent", "journal")
@output_flags
@click.pass_obj
def reconcile(invocation: Invocation, /, **given: Any) -> int:
    """Look up the unknown rows of a run; send nothing.

    Without RUN: the latest run that has unknown rows, an undo too.
    """
    return _apply(invocation, **given, send=False)


def _apply(
    invocation: Invocation,
    *,
    run: str | None,
    send: bool,
    wait: bool,
    results: Path | None,
    given: SettingFlags,
    as_json: bool,
    quiet: bool,
) -> int:
    from loader.cli.output.answers import finish_answer, without_notes
    from loader.cli.output.reports import show_load
    from loader.cli.signals import stop_signal
    from loader.run.apply.resume import resume_run

    settings = invocation.settings(given, needs_target=False)
    listener = run_listener(as_json=as_json, quiet=quiet)
    request = ResumeRequest(run_id=run, send=send, wait=wait, results=results)
    try:
        with stop_signal() as stop:
            report = resume_run(request, settings, listener=listener, stop=stop)
    except RowsLeftOpen as left:
        echo_err(str(left))
        return left.exit_code
    except NothingToDo as nothing:
        echo_err(str(nothing))
        return ExitCode.OK
    report = without_notes(report) if quiet and not as_json else report
    return finish_answer(report, show_load, as_json=as_json, quiet=quiet)


@click.command()
@click.argument("run")
@click.argument("row", type=click.IntRange(min=1))
@click.option("--created", metavar="ID", help="The offer with this id belongs to the row.")
@click.option("--absent", is_flag=True, help="There is no such offer; the row may be sent again.")
@click.option("--done", is_flag=True, help="The offer was deleted or changed, as the row says.")
@click.option("--not-done", is_flag=True, help="It was not; it is tried again.")
@click.option("--source", metavar="FILE", help="File of the row, if the run had several.")
@click.option("--sheet", metavar="NAME", help="Sheet of the row, if the run had several.")
@setting_flags("api", "journal")
@click.pass_obj
def resolve(
    invocation: Invocation,
    *,
    run: str,
    row: int,
    created: str | None,
    absent: bool,
    done: bool,
    not_done: bool,
    source: str | None,
    sheet: str | None,
    given: SettingFlags,
) -> int:
    """Decide what happened to an unknown row.

    ROW is its number as the spreadsheet shows it. Look at the server first: --absent lets the row
    be sent again, which makes a second offer if you are wrong; a row of a run that was undone is
    given up instead. The offer of --created is looked up at the target of the run: one that is not
    there or has another name is refused, and where the API does not answer, the row stays unknown.
    A row of an undo, or one that changes an offer, takes --done or --not-done. These, and --absent,
    send no request.
    """
    from loader.cli.output.reports import show_row
    from loader.run.apply.resolve import resolve_row

    findings = {
        Finding.CREATED: created is not None,
        Finding.ABSENT: absent,
        Finding.DONE: done,
        Finding.NOT_DONE: not_done,
    }
    given_findings = [finding for finding, is_given in findings.items() if is_given]
    if len(given_findings) != 1:
        raise click.UsageError("give one of --created ID, --absent, --done and --not-done")
    settings = invocation.settings(given, needs_target=False)
    request = ResolveRequest(
        run_id=run,
        row_number=row,
        finding=given_findings[0],
        created_id=(created or "").strip(),
        source=source,
        sheet=sheet,
    )
    show_row(resolve_row(request, settings).row)
    return 0
