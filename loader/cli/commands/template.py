"""`loader template`: a blank workbook or CSV to fill in."""

import shlex
import shutil
from pathlib import Path
from typing import Final

import click

from loader.cli.next_command import as_argument
from loader.cli.output.terminal import echo
from loader.errors import ExitCode, ResultsError

EXAMPLES: Final = ("samples", "templates", "deploy")


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Write a folder with samples, mappings to copy and files to deploy a watcher.",
)
def template(*, path: Path | None, force: bool, everything: bool) -> int:
    """Write a blank workbook or CSV to fill in.

    PATH ends in .xlsx or .csv (default: offers.xlsx); with --all it is a new folder (default:
    loader-examples).
    """
    if everything:
        return _write_examples(path or Path("loader-examples"))
    path = path or Path("offers.xlsx")
    from loader.run.wiring import entity_or_offer
    from loader.template import write_template

    if path.exists() and not force:
        raise ResultsError(f"{path} is there already: give another name, or --force to replace it")
    write_template(path, entity_or_offer(None))
    command = shlex.join(["loader", "check", as_argument(path)])
    echo(f"wrote {path}: fill it in, then run: {command}")
    return ExitCode.OK


def _write_examples(folder: Path) -> int:
    """Copy what a checkout has beside the package, for who installed with pip."""
    if folder.exists():
        raise ResultsError(f"{folder} is there already: give the name of a new folder")
    sources = {name: place for name in EXAMPLES if (place := _examples_of(name)) is not None}
    if not sources:
        raise ResultsError("the examples are not installed with this loader: see its repository")
    try:
        for name, place in sources.items():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("*.py", "__*"))
    except OSError as error:
        raise ResultsError(f"cannot write {folder} ({error.strerror or error})") from error
    echo(f"wrote {folder}: {', '.join(f'{name}/' for name in sources)}")
    sample = folder / "samples" / "offers.xlsx"
    echo(f"try: {shlex.join(['loader', 'load', as_argument(sample), '--sandbox'])}")
    return ExitCode.OK


def _examples_of(name: str) -> Path | None:
    """Return where they are: in the installed package, or in a checkout."""
    package = Path(__file__).parents[2]
    return next((p for p in (package / name, package.parent / name) if p.is_dir()), None)
