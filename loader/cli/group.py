"""The command `loader`: a click group that imports a verb only when it is used."""

from importlib import import_module
from typing import Any

import click

from loader import __version__
from loader.cli.verbs import VERBS


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
