"""`loader history`: what is known of one offer over time."""

import click

from loader.cli.invocation import Invocation
from loader.cli.options import setting_flags
from loader.cli.typed_options import SettingFlags


@click.command()
@click.argument("offer", metavar="NAME|ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@setting_flags("journal")
@click.pass_obj
def history(invocation: Invocation, *, offer: str, as_json: bool, given: SettingFlags) -> int:
    """Show what the journal knows of one offer, the oldest first: runs, changes, pulls."""
    from loader.cli.output.audit import show_history
    from loader.run.history.audit_and_offer_history import offer_history

    settings = invocation.settings(given, needs_target=False)
    show_history(offer_history(offer, settings), as_json=as_json)
    return 0
