"""The command `loader`: a click group that imports a verb only when it is used."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import click

from loader import __version__
from loader.cli.command_list import HIDDEN, OF_RUNS, VERBS, overview


class VerbGroup(click.Group):
    """A group whose verbs are the table `VERBS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the verbs in the order of a person's work."""
        return [name for name in VERBS if name not in HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one verb."""
        if cmd_name not in VERBS:
            return None
        module, _, attribute = VERBS[cmd_name][0].partition(":")
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

    def invoke(self, ctx: click.Context) -> Any:  # Any: click's
        """Run a verb; say why a verb of runs needs no `--sandbox`, and what lists the runs."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as mistake:
            if mistake.option_name == "--sandbox" and ctx.invoked_subcommand in OF_RUNS:
                raise click.UsageError(
                    "no --sandbox here: the journal knows the target of each run, also the built-in"
                    " sandbox; leave the option out",
                    ctx=mistake.ctx,
                ) from mistake
            raise
        except click.MissingParameter as mistake:
            if mistake.param is not None and mistake.param.name == "run":
                raise click.UsageError(
                    "Missing argument 'RUN': `loader runs` lists the runs", ctx=mistake.ctx
                ) from mistake
            raise

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        """Give the text that `loader --help` shows."""
        return overview().rstrip("\n")


def _nearest_verb(word: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only needed after a mistake

    match = get_close_matches(word, VERBS.keys() - HIDDEN, n=1)
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
    """Load fallback offers from spreadsheets into Adobe Journey Optimizer."""


@contextmanager
def importing() -> Iterator[None]:
    """Import in this block, without the garbage collector.

    Importing makes a million objects and no garbage; afterwards they are frozen, so that the
    collector does not look at them again.
    """
    gc.disable()
    try:
        yield
    finally:
        _freeze_once()
        gc.enable()


@cache
def _freeze_once() -> None:
    gc.freeze()  # later there is little to import, and there may be garbage
