"""The command `loader`: a click group that imports a verb only when it is used."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from loader import __version__


class VerbGroup(click.Group):
    """A group whose verbs are the table `VERBS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the verbs in the order of a person's work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one verb."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        module, _, attribute = verb.command.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table says so
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest verb where there is none of that name."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            ctx.fail(f"no such command '{args[0]}'{_nearest_verb(args[0])}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the verbs from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.line) for name, verb in VERBS.items()])


def _nearest_verb(word: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only needed after a mistake

    match = get_close_matches(word, VERBS, n=1)
    return f". Did you mean '{match[0]}'?" if match else ""


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"loader {__version__}")
        ctx.exit()


@click.command(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Load fallback offers from spreadsheets into Adobe Journey Optimizer.

    Every row is created once and every row is accounted for. Start with: loader template
    offers.xlsx, then loader check offers.xlsx, then loader load offers.xlsx --dry-run.
    """


# What a verb needs is imported only when it is used, and quickly.
#
# Rules of this file: importing makes a million objects and no garbage, so the collector rests
# meanwhile, and does not look at them again: not while the verb works, nor when the process ends.


@contextmanager
def importing() -> Iterator[None]:
    """Import in this block."""
    is_first = not gc.get_freeze_count()
    gc.disable()
    try:
        yield
    finally:
        if is_first:  # later there is little to import, and there may be garbage
            gc.freeze()
        gc.enable()


# Every verb of the command line, where it lives, and what it does in one line.
#
# Rules of this file: standard library only. `loader --help` reads nothing else; a verb's module is
# imported when the verb is used.


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """Where a verb's command lives ("module:attribute"), and its line in `loader --help`."""

    command: str
    line: str


VERBS: Mapping[str, Verb] = {
    "template": Verb(
        command="loader.cli.commands.template:template",
        line="Write a blank workbook or CSV to fill in.",
    ),
    "placements": Verb(
        command="loader.cli.commands.placements:placements",
        line="List the placements and tags that a sheet may name.",
    ),
    "profile": Verb(
        command="loader.cli.commands.profile:profile",
        line="Write a first column profile of a foreign sheet.",
    ),
    "check": Verb(
        command="loader.cli.commands.check:check",
        line="Read and validate spreadsheets; nothing is sent.",
    ),
    "explain": Verb(
        command="loader.cli.commands.explain:explain",
        line="Explain a code, or show a page of the manual.",
    ),
    "doctor": Verb(
        command="loader.cli.commands.doctor:doctor",
        line="Check settings, token, container and a read.",
    ),
    "load": Verb(
        command="loader.cli.commands.load:load",
        line="Create the offers of spreadsheets, each row once.",
    ),
    "watch": Verb(
        command="loader.cli.commands.watch:watch",
        line="Load the files that are dropped into a folder.",
    ),
    "inbox": Verb(
        command="loader.cli.commands.inbox:inbox",
        line="See how an inbox stands; drop a file again.",
    ),
    "resume": Verb(
        command="loader.cli.commands.recover:resume",
        line="Go on with a stopped run.",
    ),
    "runs": Verb(
        command="loader.cli.commands.runs:runs",
        line="List the runs, or show one.",
    ),
    "results": Verb(
        command="loader.cli.commands.runs:results",
        line="Write the results of a run again.",
    ),
    "reconcile": Verb(
        command="loader.cli.commands.recover:reconcile",
        line="Look up the unknown rows of a run; send nothing.",
    ),
    "resolve": Verb(
        command="loader.cli.commands.recover:resolve",
        line="Decide an unknown row by hand.",
    ),
    "verify": Verb(
        command="loader.cli.commands.verify:verify",
        line="Compare what a run created with the server.",
    ),
    "undo": Verb(
        command="loader.cli.commands.undo:undo",
        line="Delete exactly what a run created.",
    ),
    "sandbox": Verb(
        command="loader.cli.commands.sandbox:sandbox",
        line="Start a local imitation of the API.",
    ),
}
