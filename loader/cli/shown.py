"""Reports in words, for a person: totals, what is wrong with rows, and what to do next."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loader.cli.findings import counted, show_findings, show_page
from loader.cli.json_text import json_text
from loader.cli.mending import show_to_mend
from loader.cli.preview import show_preview
from loader.cli.terminal import on_one_line, say
from loader.errors import ExitCode
from loader.model import ResultRow, RunSummary
from loader.run.reports import CheckReport, LoadReport, ShownPayload

if TYPE_CHECKING:
    from loader.run.mending import RowsToMend

TOTALS = (
    *("read", "invalid", "duplicate", "skipped", "created", "failed", "unknown", "pending"),
    "parts",
)


def show_check(report: CheckReport) -> None:
    """Show what a check found."""
    for payload in report.payloads:
        where = " ".join(filter(None, (payload.source, payload.sheet)))
        say(f"{where} row {payload.row_number} would send:")
        say(payload.body.decode() if payload.body else f"  {_nothing_because(payload)}")
    for preview in report.previews:
        show_preview(preview)
    show_findings(report.findings)
    for sheet in report.sheets:
        where = " ".join(filter(None, (sheet.source, sheet.sheet)))
        skipped = f", {sheet.skipped} skipped" if sheet.skipped else ""
        offers = f" of {counted(sheet.offers, 'offer')}" if sheet.parts else ""
        rows = f"{counted(sheet.read, 'row')}{offers}"
        say(f"{where}: {rows}, {sheet.invalid or 'none'} invalid{skipped}")
    for path in report.annotated:
        say(f"marked   {path}: the wrong cells are coloured and say what to do; Errors lists all")
    show_page(report.findings)


def _nothing_because(payload: ShownPayload) -> str:
    if payload.unsettled:
        return "known at load: it leaves something to a placement or tag (see --online)"
    return "nothing: the row is invalid"


def show_load(report: LoadReport, *, to_mend: "RowsToMend | None" = None) -> None:
    """Show how a load, resume or reconcile ended, and what to do next."""
    show_findings(report.findings)
    show_totals(report.summary)
    if report.recovered:
        say(f"{counted(report.recovered, 'row')} without a reply found on the server")
    say(f"target   {report.target}")
    say(f"journal  {report.journal}")
    if report.results:
        say(f"results  {report.results}")
    show_to_mend(to_mend)
    show_page(report.findings)
    for line in _next_steps(report, has_to_mend=to_mend is not None):
        say(line)


def show_totals(summary: RunSummary) -> None:
    """Show the totals of a run: every row is in exactly one of them."""
    kind = "dry run" if summary.dry_run else "run"
    parts = [f"{getattr(summary, name)} {name}" for name in TOTALS if getattr(summary, name)]
    say(f"{kind} {summary.run_id}: {', '.join(parts) or '0 read'}")


def _next_steps(report: LoadReport, *, has_to_mend: bool) -> Iterable[str]:
    summary = report.summary
    if summary.duplicate and summary.duplicate + summary.invalid + summary.skipped == summary.read:
        yield "nothing new: every valid row was created before; its ids are in the results"
    if report.stopped_reason:
        yield f"stopped: {report.stopped_reason}"
    if report.exit_code in {ExitCode.UNFINISHED, ExitCode.INTERRUPTED} or report.stopped_reason:
        yield f"to go on: loader resume {summary.run_id}"
    elif (summary.invalid or summary.failed) and not has_to_mend:
        yield (
            "next     mend the cells that the results name and load the file again; or have just"
            f" those rows in a workbook: loader results {summary.run_id} --failed-only"
        )
    if summary.unknown:
        yield (
            f"{counted(summary.unknown, 'row')} without proof either way:"
            f" loader runs show {summary.run_id} lists them, loader resolve decides them"
        )


def finish_load(report: LoadReport, *, as_json: bool, quiet: bool) -> int:
    """Show how a resume or reconcile ended; return its exit code."""
    if as_json:
        say(json_text(report))
    elif not quiet or report.exit_code:
        show_load(report)
    return report.exit_code


def show_row(row: ResultRow) -> None:
    """Show one source row and how it stands."""
    ids = f" {row.instance_id}" if row.instance_id else ""
    why = f": {row.error}" if row.error else ""
    say(on_one_line(f"{row_place(row)}: {row.status}{ids}{why}"))


def row_place(row: ResultRow) -> str:
    """Say where a row stands."""
    return on_one_line(" ".join(filter(None, (row.source, row.sheet, f"row {row.row_number}"))))
