"""A pull and a plan in words: what is changed, field by field, and the totals last."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from loader.cli.next_command import next_command
from loader.cli.output.findings import counted, show_findings
from loader.cli.output.formats import Form, json_text
from loader.cli.output.plan_lines import annotate_plan, field_line, place_of, write_line
from loader.cli.output.terminal import echo, echo_document, on_one_line
from loader.model import FoundError, Operation, RowKind
from loader.run.change_reports import WHERE_GONE, ChangePlan, PlanTotals, PullReport

_SIGNS: Final = {
    Operation.CREATE: "+ create ",
    Operation.UPDATE: "~ update ",
    Operation.ARCHIVE: "~ archive",
    Operation.DELETE: "- delete ",
}


def show_pull(report: PullReport) -> None:
    """Show what was pulled, and what of it no column shows."""
    of = f"{report.pulled} of " if report.pulled != report.listed else ""
    echo(f"pulled   {of}{counted(report.listed, 'offer')} of {report.target}")
    echo(f"sheet    {report.path}")
    if report.with_hidden:
        some = f"{counted(report.with_hidden, 'offer')} with something that no column shows"
        echo(f"note     {some}; a change leaves it as it is:")
        for each in report.first_hidden:
            echo(on_one_line(f"         {each.name}: {', '.join(each.parts)}"))
        if report.with_hidden > len(report.first_hidden):
            echo("         …")
    echo(f"next     edit it, then: {next_command('plan', str(report.path))}")


def answer_plan(
    form: Form,
    report: ChangePlan,
    *,
    errors: Iterable[FoundError],
    out: Path | None,
    quiet: bool,
) -> None:
    """Say what a plan would do, in the form asked for; `errors` are all errors of its rows."""
    if form is Form.JSON:
        echo_document(json_text(report))
    elif form.is_by_line:
        annotate_plan(form, report, errors)
        write_line(form, "notice", "plan", _totals_line(report.totals))
    elif not quiet or report.exit_code:
        show_plan(report)
        if out is not None:
            echo(f"written  {out}")
        if report.totals.operations and not report.refusals:
            what = str(out) if out and out.suffix == ".json" else report.plan_id
            if report.needs_approval:
                approve = next_command("approve", report.plan_id)
                echo(f"next     to be approved by somebody else: {approve}")
            word = "then" if report.needs_approval else "next"
            echo(f"{word}     {next_command('apply', what)}")


def show_plan(report: ChangePlan) -> None:
    """Show what a plan would do, and what it leaves out and why."""
    for line in _changes(report):
        echo(line)
    for line in _other_edits(report):
        echo(line)
    show_findings(report.findings)
    totals = report.totals
    if totals.cleared:
        values = counted(totals.cleared, "value")
        echo(f"removed  {values}, because their cells are blank: see 'is removed' above")
    if totals.delete:
        echo("no undo  a deleted offer cannot be put back")
    if totals.archive:
        echo("no undo  the API may refuse to take an archived offer back")
    for refusal in report.refusals:
        echo(f"refused  {refusal}")
    echo(f"target   {report.target}")
    echo(f"plan     {report.plan_id}: {_totals_line(report.totals)}")


def _changes(report: ChangePlan) -> Iterator[str]:
    for change in report.first:
        yield on_one_line(f"{_SIGNS[change.operation]} {place_of(change)}  {change.name}")
        for each in change.changes:
            yield on_one_line(f"            {field_line(each)}")
    more = report.totals.operations - len(report.first)
    if more > 0:
        yield f"… and {more} more; --out plan.xlsx lists all"


def _other_edits(report: ChangePlan) -> Iterator[str]:
    """Yield what was changed or deleted there since the pull, by others or by our runs."""
    for row in report.noted:
        sign = "! gone   " if row.kind is RowKind.GONE else "= note   "
        yield on_one_line(f"{sign} {place_of(row)}  {row.name}")
        is_in_sheet = row.kind is RowKind.GONE and Path(row.source).suffix
        cure = f"; {WHERE_GONE}" if is_in_sheet else ""
        yield on_one_line(f"            {row.reason}{cure}")
    more = report.noted_in_all - len(report.noted)
    if more > 0:
        yield f"… and {more} more; --out plan.xlsx lists all"


def _totals_line(totals: PlanTotals) -> str:
    fields = f" ({counted(totals.fields, 'field')})" if totals.fields else ""
    parts = [
        f"{totals.create} to create",
        f"{totals.update} to update{fields}",
        f"{totals.archive} to archive",
        f"{totals.delete} to delete",
        counted(totals.conflict, "conflict"),
        f"{totals.unchanged} unchanged",
    ]
    more = {
        "gone": totals.gone,
        "invalid": totals.invalid,
        "duplicate": totals.duplicate,
        "skipped": totals.skipped,
    }
    parts += [f"{number} {word}" for word, number in more.items() if number]
    return ", ".join(parts)
