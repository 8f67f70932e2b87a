"""`loader template`: a blank workbook or CSV to fill in."""

import shlex
from pathlib import Path

import click

from loader.cli.output.terminal import say
from loader.cli.rerun import as_argument
from loader.errors import ExitCode, ResultsError


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path("offers.xlsx"))
@click.option("--force", is_flag=True, help="Replace an existing file.")
def template(*, path: Path, force: bool) -> int:
    """Write a blank workbook or CSV to fill in.

    PATH ends in .xlsx or .csv (default: offers.xlsx).
    """
    from loader.offer.entity import FALLBACK_OFFER  # noqa: PLC0415 - not for --help
    from loader.template import write_template  # noqa: PLC0415 - not for --help

    if path.exists() and not force:
        raise ResultsError(f"{path} is there already: give another name, or --force to replace it")
    write_template(path, FALLBACK_OFFER)
    command = shlex.join(["loader", "check", as_argument(path)])
    say(f"wrote {path}: fill it in, then run: {command}")
    return ExitCode.OK
