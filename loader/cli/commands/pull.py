"""`loader pull`: write the offers of the target into a sheet to edit."""

from datetime import UTC, datetime
from pathlib import Path

import click

from loader.cli.invocation import Invocation
from loader.cli.options import output_flags, setting_flags
from loader.cli.output.interaction import run_listener
from loader.cli.typed_options import SettingFlags
from loader.run.requests import PullRequest


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sandbox", is_flag=True, help="Pull from the built-in sandbox.")
@click.option("--status", metavar="WORD", help="Only offers of this status.")
@click.option("--name", metavar="PATTERN", help="Only offers with such a name: 'Summer*'.")
@click.option("--placement", metavar="NAME", help="Only offers with content for it (name or id).")
@click.option("--tag", metavar="NAME", help="Only offers that have this tag (name or id).")
@click.option("--changed-since", type=click.DateTime(), help="Only offers changed since (UTC).")
@setting_flags("api", "journal")
@output_flags
@click.pass_obj
def pull(
    invocation: Invocation,
    *,
    file: Path,
    sandbox: bool,
    status: str | None,
    name: str | None,
    placement: str | None,
    tag: str | None,
    changed_since: datetime | None,
    given: SettingFlags,
    as_json: bool,
    quiet: bool,
) -> int:
    """Write the offers of the target into FILE (.xlsx, .csv or .jsonl), to edit there.

    Edit cells, write delete or archive into the column action, add rows without an id. Then
    `loader plan FILE` shows what would change, and `loader apply FILE` changes it.
    """
    from loader.cli.output.changes import show_pull
    from loader.cli.output.formats import json_text
    from loader.cli.output.terminal import echo_document
    from loader.run.pull.pull import pull_offers

    report = pull_offers(
        PullRequest(
            path=file,
            sandbox=sandbox,
            status=status,
            name=name,
            placement=placement,
            tag=tag,
            changed_since=changed_since and changed_since.replace(tzinfo=UTC),
        ),
        invocation.settings(given, needs_target=not sandbox, may_begin_journal=True),
        listener=run_listener(as_json=as_json, quiet=quiet),
    )
    if as_json:
        echo_document(json_text(report))
    elif not quiet:
        show_pull(report)
    return report.exit_code
