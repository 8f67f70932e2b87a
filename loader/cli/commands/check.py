"""`loader check`: read and validate, send nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loader.cli.group import importing
from loader.cli.invocation import Invocation
from loader.cli.options import (
    READING_FLAGS,
    cluster_flag,
    form_flags,
    ignored_columns_flag,
    reading_flags,
    setting_flags,
    sources_argument,
)
from loader.cli.typed_options import SettingFlags
from loader.run.requests import CheckRequest, Reading

if TYPE_CHECKING:
    from loader.source.paths import Given


@click.command()
@sources_argument
@reading_flags
@ignored_columns_flag
@click.option(
    "--show-payload",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="N",
    help="Print what row N would send (repeatable).",
)
@click.option(
    "--errors",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Show the first N errors in full; all are counted.",
)
@click.option(
    "--annotate",
    "annotated",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to write the copy with the wrong cells marked.  [NAME.checked.xlsx beside it]",
)
@click.option("--no-annotate", is_flag=True, help="Write no such copy.")
@click.option("--online", is_flag=True, help="Look up names of placements and tags on the target.")
@click.option("--sandbox", is_flag=True, help="Look them up in the built-in sandbox.")
@cluster_flag
@setting_flags("api", "zone", *READING_FLAGS)
@form_flags
@click.pass_obj
def check(
    invocation: Invocation,
    *,
    files: "tuple[Given, ...]",
    reading: Reading,
    ignored_columns: tuple[str, ...],
    show_payload: tuple[int, ...],
    errors: int,
    annotated: Path | None,
    no_annotate: bool,
    online: bool,
    sandbox: bool,
    cluster: str,
    given: SettingFlags,
    form: str,
    quiet: bool,
) -> int:
    """Read and validate spreadsheets; nothing is sent.

    Every error of every row is found in one pass, with its cell. If there are errors, a copy of the
    file is written beside it: wrong cells are coloured and have a comment that says what is
    expected, and a sheet lists them all. The file itself is not changed. The network is not used,
    except with --online, which looks up the names of placements and tags (--sandbox does that in
    the built-in sandbox), and with --on, which lets the workers of a Dask cluster read the files.
    """
    with importing():
        from loader.cli.output.answers import answer_check, check_listener
        from loader.cli.output.formats import Form, annotate_refusals
        from loader.run.check.check import check_files

    if online and sandbox:
        raise click.UsageError("give either --online or --sandbox, not both")
    settings = invocation.settings(given, needs_target=online)
    request = CheckRequest(
        sources=files,
        reading=reading,
        ignored_columns=ignored_columns,
        show_payload=show_payload,
        online=online,
        sandbox=sandbox,
        max_errors_shown=errors,
        annotate=not no_annotate and form == Form.TEXT,
        annotated=None if no_annotate else annotated,
        cluster=cluster,
    )
    with annotate_refusals(Form(form)):
        report = check_files(
            request,
            settings,
            listener=check_listener(Form(form), quiet=quiet),
        )
    answer_check(Form(form), report, quiet=quiet)
    return report.exit_code
