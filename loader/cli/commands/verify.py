"""`loader verify`: compare what a run did with the server."""

import click

from loader.cli.invocation import Invocation
from loader.cli.options import output_flags, setting_flags
from loader.cli.output.interaction import run_listener
from loader.cli.typed_options import SettingFlags
from loader.run.requests import VerifyRequest


@click.command()
@click.argument("run")
@click.option(
    "--differences",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Show the first N differences; all are counted.",
)
@setting_flags("api", "max_per_second", "journal")
@output_flags
@click.pass_obj
def verify(
    invocation: Invocation,
    *,
    run: str,
    differences: int,
    given: SettingFlags,
    as_json: bool,
    quiet: bool,
) -> int:
    """Compare what a run did with the server.

    What it created must be there once, as it was sent; what it changed must have what it sent; what
    it deleted must be gone. What an undo took back is left out. Nothing is changed. Right after a
    run that wrote the same offers it waits until `settle_seconds` have passed: a list may be late.
    """
    from loader.cli.output.answers import finish_answer
    from loader.cli.output.reports import show_verify
    from loader.run.history.verify import verify_run

    settings = invocation.settings(given, needs_target=False)
    request = VerifyRequest(run_id=run, max_differences_shown=differences)
    report = verify_run(request, settings, listener=run_listener(as_json=as_json, quiet=quiet))
    return finish_answer(report, show_verify, as_json=as_json, quiet=quiet)
