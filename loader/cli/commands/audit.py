"""`loader audit`: who did what, when, and whether the record was altered."""

from datetime import UTC, datetime
from pathlib import Path

import click

from loader.cli.invocation import Invocation
from loader.cli.options import setting_flags
from loader.cli.typed_options import SettingFlags


@click.command()
@click.option("--run", metavar="RUN", help="Only entries of this run or plan.")
@click.option("--since", type=click.DateTime(), help="Only entries since then (UTC).")
@click.option("--person", metavar="TEXT", help="Only entries of people whose name has this.")
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Write the entries to a file: .csv or .jsonl.",
)
@click.option(
    "--verify", is_flag=True, help="Check the chain of all entries; exit code 4 if it is broken."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@setting_flags("journal")
@click.pass_obj
def audit(
    invocation: Invocation,
    *,
    run: str | None,
    since: datetime | None,
    person: str | None,
    export: Path | None,
    verify: bool,
    as_json: bool,
    given: SettingFlags,
) -> int:
    """Show who did what, when, on which target; the oldest first.

    Each entry has the hash of the one before, so that --verify names the first that was altered
    or removed.
    """
    from loader.cli.output.audit import show_audit, show_chain
    from loader.run.history.audit_and_offer_history import (
        AuditQuery,
        check_chain,
        entries,
        export_to,
    )

    settings = invocation.settings(given, needs_target=False)
    if verify:
        return show_chain(check_chain(settings), as_json=as_json)
    query = AuditQuery(run_id=run, since=since and since.replace(tzinfo=UTC), person=person)
    if export is not None:
        export_to(export, query, settings)
        return 0
    show_audit(entries(query, settings), as_json=as_json)
    return 0
