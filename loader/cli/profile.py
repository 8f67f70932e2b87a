"""`loader profile`: a first column profile of a foreign sheet."""

from pathlib import Path

import click

from loader.cli.options import reading_flags
from loader.cli.terminal import say
from loader.errors import ExitCode
from loader.run.requests import Reading


@click.command()
@click.argument("file", metavar="FILE")
@reading_flags
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to write it.  [FILE with .toml, in this folder]",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def profile(*, file: str, reading: Reading, output: Path | None, force: bool) -> int:
    """Write a first column profile of a foreign sheet.

    What is known is written as fact, what is only likely as a question (`# ?`) for you to decide.
    """
    from loader.run.profiling import write_profile  # noqa: PLC0415 - not for --help

    path = output or Path(f"{Path(file).stem or 'profile'}.toml")
    write_profile(file, reading, output=path, force=force)
    say(f"wrote {path}: decide its questions (# ?), then run:")
    say(f"loader check {file} --profile-file {path}")
    return ExitCode.OK
