"""What undo and verify found, in words."""

from loader.cli.findings import counted
from loader.cli.shown import row_place
from loader.cli.terminal import on_one_line, say
from loader.run.reports import UndoReport, VerifyReport


def show_undo(report: UndoReport) -> None:
    """Show how an undo ended, and what it kept."""
    if report.dry_run:
        say(f"dry run: nothing was deleted; {counted(report.pending, 'offer')} would be looked at")
    parts = (
        (report.deleted, "deleted"),
        (report.already_gone, "already gone"),
        (report.kept, "kept"),
        (report.unknown, "without a reply"),
        (report.pending, "not tried"),
    )
    shown = ", ".join(f"{count} {word}" for count, word in parts if count) or "nothing to delete"
    say(f"undo of {report.run_id}: {shown}")
    say(f"target   {on_one_line(report.target)}")
    for kept in report.first_kept:
        say(f"kept     {row_place(kept.row)} {kept.row.instance_id}: {on_one_line(kept.reason)}")
    if report.stopped_reason:
        say(f"stopped: {on_one_line(report.stopped_reason)}")
    if report.unknown or (report.pending and not report.dry_run):
        say(f"to go on: loader undo {report.run_id}")


def show_verify(report: VerifyReport) -> None:
    """Show how journal and server compare."""
    say(
        f"run {report.run_id}: {counted(report.checked, 'offer')} compared, {report.same} as sent,"
        f" {report.missing} missing, {report.different} different, {report.twice} twice"
    )
    say(f"target   {on_one_line(report.target)}")
    for each in report.first:
        say(f"{each.kind}  {row_place(each.row)}: {on_one_line(each.detail)}")
