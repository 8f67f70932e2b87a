"""A plan line by line, for GitHub, editors and grep: each row once, at its file and row.

    plain    FILE:Offers row 4: update: Summer sale: description: "Summer" -> "Autumn"
    github   ::notice file=FILE,line=4,title=update::Offers row 4: Summer sale: description: …

What is not sent is an error, what is sent a notice.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from loader.cli.output.formats import Form, annotation, write_error, write_notices
from loader.cli.output.terminal import echo, on_one_line
from loader.journal.records import NotedRow
from loader.merge.update_body import FieldChange
from loader.model import FoundError, RowKind
from loader.run.change_reports import ChangePlan, PlannedChange

_LONGEST: Final = 60


def annotate_plan(form: Form, report: ChangePlan, errors: Iterable[FoundError]) -> None:
    """Write errors, rows that are gone, and what is sent or refused, each on a line."""
    for found in errors:
        write_error(form, found)
    for row in report.noted:
        is_gone = row.kind is RowKind.GONE
        severity, code = ("error", "gone") if is_gone else ("notice", "meanwhile")
        write_line(form, severity, code, f"{row.name}: {row.reason}", at=row)
    for change in report.first:
        for text in _changes_of(change):
            write_line(form, "notice", str(change.operation), text, at=change)
    for refusal in report.refusals:
        write_line(form, "error", "beyond-plan-limits", refusal)
    write_notices(form, report.findings)


def write_line(
    form: Form, severity: str, code: str, text: str, *, at: "PlannedChange | NotedRow | None" = None
) -> None:
    """Write one line, about a row or about the whole plan."""
    where = "" if at is None else f"{place_of(at)}: "
    if form is Form.GITHUB:
        source, row = ("", 0) if at is None else (at.source, at.row_number)
        echo(annotation(severity, code, f"{where}{text}", source=source, row_number=row))
        return
    source = "" if at is None else f"{at.source}:"
    kind = f"{severity}: {code}" if severity == "error" else code
    echo(on_one_line(f"{source}{where}{kind}: {text}"))


def place_of(row: PlannedChange | NotedRow) -> str:
    """Say where a row is in its sheet."""
    sheet = f"{row.sheet} " if row.sheet else ""
    return f"{sheet}row {row.row_number}"


def _changes_of(change: PlannedChange) -> Iterator[str]:
    if not change.changes:
        yield change.name
    for each in change.changes:
        yield f"{change.name}: {field_line(each)}"


def field_line(change: FieldChange) -> str:
    """Say what becomes of a field."""
    before = _short(change.before)
    if change.after is None:
        return f"{change.field}: {before} is removed"
    return f"{change.field}: {before} -> {_short(change.after)}"


def _short(text: str | None) -> str:
    if text is None:
        return "(nothing)"
    return f'"{text}"' if len(text) <= _LONGEST else f'"{text[: _LONGEST - 1]}…"'
