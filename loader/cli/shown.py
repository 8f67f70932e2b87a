"""Reports in words, for a person: totals, what is wrong with rows, and what to do next."""

from collections.abc import Iterable

from loader.cli.json_text import json_text
from loader.cli.mending import show_to_mend
from loader.cli.terminal import on_one_line, say, say_table
from loader.errors import ExitCode
from loader.model import ResultRow, RowError, RunSummary, Severity
from loader.run.mending import RowsToMend
from loader.run.reports import CheckReport, Findings, FoundError, LoadReport, ShownPayload

TOTALS = ("read", "invalid", "duplicate", "created", "failed", "unknown", "pending")


def show_check(report: CheckReport) -> None:
    """Show what a check found."""
    for payload in report.payloads:
        where = " ".join(filter(None, (payload.source, payload.sheet)))
        say(f"{where} row {payload.row_number} would send:")
        say(payload.body.decode() if payload.body else f"  {_nothing_because(payload)}")
    show_findings(report.findings)
    for sheet in report.sheets:
        where = " ".join(filter(None, (sheet.source, sheet.sheet)))
        say(f"{where}: {counted(sheet.read, 'row')}, {sheet.invalid or 'none'} invalid")
    for path in report.annotated:
        say(f"marked   {path}")


def _nothing_because(payload: ShownPayload) -> str:
    if payload.unsettled:
        return "known at load: it leaves something to a placement or tag (see --online)"
    return "nothing: the row is invalid"


def show_load(report: LoadReport) -> None:
    """Show how a load, resume or reconcile ended, and what to do next."""
    show_findings(report.findings)
    show_totals(report.summary)
    if report.recovered:
        say(f"{counted(report.recovered, 'row')} without a reply found on the server")
    say(f"target   {report.target}")
    say(f"journal  {report.journal}")
    if report.results:
        say(f"results  {report.results}")
    for line in _next_steps(report):
        say(line)


def show_totals(summary: RunSummary) -> None:
    """Show the totals of a run: every row is in exactly one of them."""
    kind = "dry run" if summary.dry_run else "run"
    parts = [f"{getattr(summary, name)} {name}" for name in TOTALS if getattr(summary, name)]
    say(f"{kind} {summary.run_id}: {', '.join(parts) or '0 read'}")


def show_findings(findings: Findings) -> None:
    """Show notices, the first errors in full, and how often each code occurred."""
    for notice in findings.notices:
        say(f"note: {notice.source}: {notice.message}")
    for found in findings.first:
        say(error_line(found))
    if findings.counts:
        say()
        say_table(
            ("rows", "code", "for example"),
            [
                (str(count.count), count.code, _place(count.example.error))
                for count in findings.counts
            ],
        )
        say()


def error_line(found: FoundError) -> str:
    """Say what is wrong with one cell, and where, on one line."""
    error = found.error
    value = f" (found: {error.value})" if error.value else ""
    hint = f"; {error.suggestion}" if error.suggestion else ""
    kind = "warning" if error.severity is Severity.WARNING else "error"
    place = f"{found.source} {_place(error)}"
    return on_one_line(f"{place}: {kind}: {error.message}{value}{hint} [{error.code}]")


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: 1 row, 2 rows."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _place(error: RowError) -> str:
    parts = (error.cell or f"row {error.row_number}", error.column)
    return " ".join(filter(None, parts))


def _next_steps(report: LoadReport) -> Iterable[str]:
    summary = report.summary
    if summary.duplicate and summary.duplicate + summary.invalid == summary.read:
        yield "nothing new: every valid row was created before; its ids are in the results"
    if report.stopped_reason:
        yield f"stopped: {report.stopped_reason}"
    if report.exit_code in {ExitCode.UNFINISHED, ExitCode.INTERRUPTED} or report.stopped_reason:
        yield f"to go on: loader resume {summary.run_id}"
    elif summary.invalid or summary.failed:
        yield "mend the rows that the results name, then load the file again"
    if summary.unknown:
        yield (
            f"{counted(summary.unknown, 'row')} without proof either way:"
            f" loader runs show {summary.run_id} lists them, loader resolve decides them"
        )


def finish_load(
    report: LoadReport, *, as_json: bool, quiet: bool, to_mend: RowsToMend | None = None
) -> int:
    """Show how a load ended, in the form that was asked for; return its exit code."""
    if as_json:
        say(json_text(report, rows_to_mend=to_mend.written if to_mend else ()))
    elif not quiet or report.exit_code:
        show_load(report)
        show_to_mend(to_mend)
    return report.exit_code


def show_row(row: ResultRow) -> None:
    """Show one source row and how it stands."""
    ids = f" {row.instance_id}" if row.instance_id else ""
    why = f": {row.error}" if row.error else ""
    say(on_one_line(f"{row_place(row)}: {row.status}{ids}{why}"))


def row_place(row: ResultRow) -> str:
    """Say where a row stands."""
    return on_one_line(" ".join(filter(None, (row.source, row.sheet, f"row {row.row_number}"))))
