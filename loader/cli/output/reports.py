"""Reports in words, for a person: totals, what is wrong with rows, and what to do next."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from loader.cli.next_command import next_command
from loader.cli.options import with_flags
from loader.cli.output.findings import counted, show_findings, show_page
from loader.cli.output.rows_to_fix import show_rows_to_fix
from loader.cli.output.terminal import echo, echo_document, echo_err, echo_table, on_one_line
from loader.errors import ExitCode
from loader.run.reports import (
    CheckReport,
    Findings,
    LoadReport,
    SheetPreview,
    ShownPayload,
    UndoReport,
    VerifyReport,
)
from loader.run_results import Fate, ResultRow, RunSummary

if TYPE_CHECKING:
    from loader.run.history.rows_to_fix import RowsToFix

TOTALS = (
    *("read", "invalid", "duplicate", "skipped", "created", "updated", "archived", "undone"),
    *("deleted", "unchanged", "conflict", "gone", "failed", "unknown", "pending"),
    "parts",
)


def show_check(report: CheckReport) -> None:
    """Show what a check found."""
    show_payloads(report)
    for preview in report.previews:
        show_preview(preview)
    show_findings(report.findings)
    for sheet in report.sheets:
        where = " ".join(filter(None, (sheet.source, sheet.sheet)))
        skipped = f", {sheet.skipped} skipped" if sheet.skipped else ""
        offers = f" of {counted(sheet.offers, 'offer')}" if sheet.parts else ""
        rows = f"{counted(sheet.read, 'row')}{offers}"
        echo(f"{where}: {rows}, {sheet.invalid or 'none'} invalid{skipped}")
    for path in report.annotated:
        marked = on_one_line(str(path))
        echo(
            f"marked   {marked}: the wrong cells are coloured and say what to do; Errors lists all"
        )
    show_page(report.findings)


def show_payloads(report: CheckReport) -> None:
    """Show what was asked for: it is no part of what --quiet leaves out."""
    for payload in report.payloads:
        where = " ".join(filter(None, (payload.source, payload.sheet)))
        echo(f"{where} row {payload.row_number} would send:")
        if payload.body:
            echo_document(payload.body.decode())
        else:
            echo(f"  {_why_empty(payload)}")
    if report.no_such_rows:
        rows = ", ".join(map(str, report.no_such_rows))
        echo_err(f"error: --show-payload {rows}: no source has such a row with something in it")


def _why_empty(payload: ShownPayload) -> str:
    if payload.skipped:
        return "nothing: the mapping skips the row"
    if payload.unsettled:
        return (
            "known when the names of its placements and tags were looked up: add --online, or"
            " --sandbox for the built-in sandbox"
        )
    return "nothing: the row is invalid"


def show_load(
    report: LoadReport, *, to_fix: "RowsToFix | None" = None, shown: Findings | None = None
) -> None:
    """Show how a load, resume or reconcile ended, and what to do next.

    `shown`: what was shown to be wrong with rows already, with the plan that was applied.
    """
    if report.was_finished:
        echo(f"run {report.summary.run_id} is finished: there was nothing left to do")
    if shown is None or shown.counts != report.findings.counts:
        show_findings(report.findings)
    show_totals(report.summary)
    if report.recovered:
        echo(f"{counted(report.recovered, 'row')} without a reply found on the server")
    echo(f"target   {report.target}")
    echo(f"journal  {on_one_line(str(report.journal))}")
    if report.results:
        echo(f"results  {on_one_line(str(report.results))}")
    show_rows_to_fix(to_fix)
    show_page(report.findings)
    for line in _next_steps(report, has_rows_to_fix=to_fix is not None):
        echo(line)


def show_totals(summary: RunSummary) -> None:
    """Show the totals of a run: every row is in exactly one of them."""
    kind = "dry run" if summary.dry_run else "run"
    echo(f"{kind} {summary.run_id}: {totals_in_words(summary) or '0 read'}")


def totals_in_words(summary: RunSummary) -> str:
    """List the totals; what is pending of a dry run or a plan is what it would do."""
    would = "planned" if summary.command == "plan" else "to create"
    words = {"undone": "undone or deleted since"}
    words |= {"failed": "kept"} if summary.command == "undo" else {}
    words |= {"pending": would} if summary.dry_run else {}
    counts = {name: getattr(summary, name) for name in TOTALS}
    return ", ".join(f"{count} {words.get(name, name)}" for name, count in counts.items() if count)


def _next_steps(report: LoadReport, *, has_rows_to_fix: bool) -> Iterable[str]:
    summary = report.summary
    taken_over = sum(report.taken_over.values())
    own = report.open_of_its_own
    valid = summary.read - summary.invalid - summary.skipped
    if gone := report.count_gone(Fate.DELETED, duplicates=True):
        were, them = ("was", "it") if gone == 1 else ("were", "them")
        yield (
            f"{counted(gone, 'duplicate')} {were} deleted since: to create {them},"
            f" {_load(summary)} again"
        )
    elif summary.duplicate and summary.duplicate == valid:
        yield "nothing new: every valid row was created before; its ids are in the results"
    yield from _why_unsent(report, min(own, summary.pending))
    if summary.dry_run and summary.pending:
        yield "next     nothing was sent; to create the offers: the same command without --dry-run"
    if report.exit_code in {ExitCode.UNFINISHED, ExitCode.INTERRUPTED} or report.stopped_reason:
        if taken_over:
            yield (
                f"{counted(taken_over, 'row')} went over to another run, whose file has the same"
                " rows: that run goes on with them"
            )
        for run_id in (*((summary.run_id,) if own or not taken_over else ()), *report.taken_over):
            yield f"to go on: {_continue_command(run_id, report)}"
    elif summary.command != "undo" and not has_rows_to_fix:  # what an undo kept is no mistake
        yield from _what_to_fix(report)
    if summary.unknown:
        yield (
            f"{counted(summary.unknown, 'row')} without proof either way, which `loader resolve`"
            f" decides; they are listed by: {next_command('runs', 'show', summary.run_id)}"
        )


def _why_unsent(report: LoadReport, unsent: int) -> Iterable[str]:
    """Say why rows are pending."""
    if report.stopped_reason:
        yield f"stopped: {with_flags(report.stopped_reason)}"
    elif unsent and report.only_looked:
        are = "is" if unsent == 1 else "are"
        yield f"{counted(unsent, 'row')} {are} pending: reconcile sends nothing"
    elif unsent and not report.summary.dry_run and report.exit_code is ExitCode.UNFINISHED:
        yield (
            f"{counted(unsent, 'row')} without success after all attempts: the results"
            " have the last answer to each"
        )


def _what_to_fix(report: LoadReport) -> Iterable[str]:
    """Say what to do about the rows that were left out."""
    from loader.journal.records import NOT_FINISHED, RUN_UNDONE  # noqa: PLC0415 - a check needs no journal

    summary = report.summary
    left_out = summary.invalid + summary.failed
    undone, waiting = (
        sum(each.count for each in report.findings.counts if each.code == code)
        for code in (RUN_UNDONE, NOT_FINISHED)
    )
    again = _load(summary)
    if left_out and undone == left_out:
        were = "was" if undone == 1 else "were"
        yield (
            f"next     the run was undone before {counted(undone, 'row')} {were} sent: to send"
            f" {'it' if undone == 1 else 'them'}, {again} again"
        )
    elif left_out and waiting == left_out:
        yield f"next     finish the run that has not finished with these offers, then {again} again"
    elif left_out:
        yield (
            f"next     fix the cells that the results name and {again} again; or have just those"
            f" rows in a workbook: {next_command('results', summary.run_id, '--failed-only')}"
        )


def _load(summary: RunSummary) -> str:
    """Say how the rows of a run are sent."""
    return "plan and apply the sheet" if summary.command == "apply" else "load the file"


def _continue_command(run_id: str, report: LoadReport) -> str:
    if run_id not in report.not_read:
        undo_of = report.summary.undo_of if run_id == report.summary.run_id else ""
        return _go_on(run_id, undo_of=run_id if run_id in report.undone_runs else undo_of)
    files = ", ".join(report.not_read[run_id])
    return f"run the `loader load` of {files} again; run {run_id} did not read it to the end"


def _go_on(run_id: str, *, undo_of: str) -> str:
    """Return the command that goes on with a run; an undo goes on by that of its run."""
    return next_command("undo", undo_of) if undo_of else next_command("resume", run_id)


def show_row(row: ResultRow) -> None:
    """Show one source row and its status."""
    ids = f" {row.instance_id}" if row.instance_id else ""
    why = f": {with_flags(row.error)}" if row.error else ""
    echo(on_one_line(f"{row_place(row)}: {row.status}{ids}{why}"))


def row_place(row: ResultRow) -> str:
    """Say where a row is."""
    return on_one_line(" ".join(filter(None, (row.source, row.sheet, f"row {row.row_number}"))))


# What undo and verify found, in words.


def show_undo(report: UndoReport) -> None:
    """Show how an undo ended, and what it kept."""
    if report.dry_run:
        echo(f"dry run: nothing was changed; an undo of {report.run_id} would")
        for line in report.would or ("do nothing",):
            echo(on_one_line(f"         {line}"))
        _show_left(report)
        echo(f"target   {on_one_line(report.target)}")
        return
    in_part = f" ({report.restored_in_part} in part)" if report.restored_in_part else ""
    edited = f" ({report.edited} edited since)" if report.edited else ""
    parts = (
        (report.deleted, "deleted"),
        (report.already_gone, "already gone"),
        (report.restored, f"put back{in_part}"),
        (report.as_before, "as before already"),
        (report.unchanged - report.as_before, "deleted by the run for good"),
        (report.kept, f"kept{edited}"),
        (report.unknown, "without a reply"),
        (report.pending, "not tried"),
        (report.withdrawn, "not sent any more"),
        (report.unsettled, "of the run without a known outcome"),
        (sum(each.offers for each in report.held), "kept until another run has finished"),
    )
    shown = ", ".join(f"{count} {word}" for count, word in parts if count) or "nothing to delete"
    echo(f"undo of {report.run_id}: {shown}")
    echo(f"target   {on_one_line(report.target)}")
    for kept in report.first_kept:
        what = "gone" if kept.is_gone else "kept"
        place = f"{row_place(kept.row)} {kept.row.instance_id}"
        echo(f"{what}     {place}: {on_one_line(kept.reason)}")
    if report.stopped_reason:
        echo(f"stopped: {on_one_line(with_flags(report.stopped_reason))}")
    if report.unknown or report.pending:
        echo(f"to go on: {next_command('undo', report.run_id)}")
    elif report.unsettled:
        show = next_command("runs", "show", report.run_id)
        resolve = next_command("resolve", report.run_id)
        echo("open     rows of the run without a known outcome may have offers, which are left")
        echo(f"to go on: {show} lists them, {resolve} decides them; then undo again")
    _show_left(report)


def _show_left(report: UndoReport) -> None:
    """Show what stays because of other runs, and how to finish them or take them back."""
    for run_id, count in report.went_over.items():
        undo = next_command("undo", run_id)
        echo(f"left     {counted(count, 'row')} went over to run {run_id}: `{undo}`")
    for held in report.held:
        echo(f"kept     {counted(held.offers, 'offer')}: {held.reason}")
        echo(f"to go on: {_go_on(held.run_id, undo_of=held.undo_of)}, then undo again")


_DISAGREE: Final = {
    "missing": "not on the server under its id: it was deleted, or the reply gave a wrong id",
    "different": "changed on the server",
    "twice": "a second offer like it is on the server",
}


def show_verify(report: VerifyReport) -> None:
    """Show how journal and server compare."""
    counts = (
        (report.missing, "not there any more"),
        (report.different, "changed since"),
        (report.twice, "there twice"),
    )
    found = [f"{report.same} as the run left {'it' if report.same == 1 else 'them'}"]
    found += [f"{count} {word}" for count, word in counts if count]
    echo(f"run {report.run_id}: {counted(report.checked, 'offer')} compared: {', '.join(found)}")
    echo(f"target   {on_one_line(report.target)}")
    for each in report.first:
        row = each.row
        echo(
            f"{each.kind:<8} {row_place(row)}: {_DISAGREE[each.kind]} ({on_one_line(each.detail)})"
        )
    if not report.checked:
        echo(
            "nothing was compared: the journal knows of no offer that this run left on the server."
            f" What became of its rows: {next_command('runs', 'show', report.run_id)}"
        )
    if report.not_kept:
        columns = ", ".join(f"{name} of {n}" for name, n in report.not_kept.items())
        echo(f"not kept {columns}, as was to be expected: {report.not_kept_because}")
    if report.exit_code is ExitCode.UNFINISHED:
        look_up = next_command("reconcile", report.run_id)
        echo(f"some of its rows are unknown, and not compared. To look them up: {look_up}")
    elif report.exit_code:
        echo("verify changes nothing: look at these offers in the library, and decide there")


# What the first rows of a sheet become through a mapping.


_LONGEST: Final = 32  # characters of a cell


def show_preview(preview: SheetPreview) -> None:
    """Show a field a line, a row of the sheet a column."""
    where = " ".join(filter(None, (preview.source, preview.sheet)))
    echo(f"{where}, as the mapping makes it:")
    echo_table(
        ("field", "from", *(f"row {number}" for number, _ in preview.rows)),
        [
            (field, origin or "(the mapping)", *(_short(values[at]) for _, values in preview.rows))
            for at, (field, origin) in enumerate(zip(preview.fields, preview.origins, strict=True))
        ],
    )
    echo()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
