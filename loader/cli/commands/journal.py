"""`loader journal`: copy the journal to another place."""

import click

from loader.cli.invocation import Invocation
from loader.cli.options import setting_flags
from loader.cli.typed_options import SettingFlags


@click.group()
def journal() -> None:
    """Copy the journal: from a file into PostgreSQL, or back."""


@journal.command()
@click.argument("original", metavar="FROM")
@click.argument("place", metavar="TO")
@setting_flags()
@click.pass_obj
def copy(invocation: Invocation, *, original: str, place: str, given: SettingFlags) -> int:
    """Copy the journal FROM one place TO another, and compare.

    A place is the path of a file, or an address like postgresql://user@host/database; its password
    is given as for the setting `journal`. Do not load meanwhile. A copy that was stopped goes on
    when it is started again. Afterwards do not use FROM.
    """
    from loader.cli.output.terminal import echo, echo_err
    from loader.run.setup.journal_copy import copy_between

    settings = invocation.settings(given, needs_target=False)
    copied = copy_between(original, place, settings, say=echo_err)
    count = sum(copied.rows.values())
    echo(f"copied and compared: {count:,} rows in {len(copied.rows)} tables, {copied.added:,} now")
    echo(
        f"from now on use --journal {copied.place} (or set journal); do not use {original} any more"
    )
    return 0
