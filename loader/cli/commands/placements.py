"""`loader placements`: what a sheet may name."""

import click

from loader.cli.invocation import Invocation
from loader.cli.options import setting_flags
from loader.cli.output.terminal import echo, echo_document, echo_table, on_one_line
from loader.cli.typed_options import SettingFlags


@click.command()
@click.option("--sandbox", is_flag=True, help="List those of the built-in sandbox.")
@setting_flags("api", "journal")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def placements(invocation: Invocation, *, sandbox: bool, given: SettingFlags, as_json: bool) -> int:
    """List the placements and tags that a sheet may name.

    Shows names and ids, and the type and channel of each placement, which a blank type or channel
    in a sheet means.
    """
    from loader.cli.output.formats import json_text
    from loader.run.setup.placements import list_references

    settings = invocation.settings(given, needs_target=not sandbox)
    report = list_references(settings, sandbox=sandbox)
    if as_json:
        echo_document(json_text(report))
        return 0
    echo(f"target   {on_one_line(report.target)}")
    echo()
    echo_table(
        ("placement", "type", "channel", "id"),
        [
            (each.name, each.kind, each.channel.rpartition("/")[2], each.id)
            for each in report.placements
        ],
    )
    echo()
    echo_table(("tag", "id"), [(each.name, each.id) for each in report.tags])
    return 0
