"""A plan as a file: JSON to be applied, a workbook to be read.

The JSON is canonical and bears its own sha256, so that an edited file is refused. What is applied
is the plan in the journal, whose digest must be the file's.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
import xlsxwriter

from loader.errors import ResultsError, SettingsError
from loader.journal import Journal
from loader.model import Severity
from loader.results.atomic import replacing
from loader.results.paths import check_place
from loader.run.changes_report import planned_change
from loader.run.history import journal_to_read, known_run
from loader.run.plan_reports import ChangePlan, PlannedChange
from loader.settings import Settings

_FORMAT: Final = 1
_RUN_ID: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4,}")
_FLAG: Final = "--out"
_HEAD: Final = ("action", "name", "field", "was", "will be", "id", "row")


def check_plan_path(path: Path, *, source: str) -> None:
    """Raise `ResultsError` unless a plan can be written there."""
    if path.suffix.lower() not in (".json", ".xlsx"):
        raise ResultsError(f"{path}: a plan is .json or .xlsx: give it a name that ends so")
    check_place(path, sources=(source,), flag=_FLAG)


def is_plan_id(text: str) -> bool:
    """Say whether a text has the form of the id of a run."""
    return _RUN_ID.fullmatch(text) is not None


def write_plan(path: Path, report: ChangePlan, settings: Settings) -> None:
    """Write a plan to `path`, from the journal. Raises `ResultsError`."""
    with journal_to_read(settings) as journal, replacing(path, flag=_FLAG) as file:
        if path.suffix.lower() == ".json":
            file.write(_signed(_document(report, journal)))
        else:
            _write_workbook(file, report, _changes(journal, report.plan_id))


def read_plan(path: Path) -> tuple[str, str] | None:
    """Return (plan id, digest) of a plan file; None where the file is something else.

    Raises `SettingsError` where it is one and was edited.
    """
    if path.suffix.lower() != ".json" or not path.is_file():
        return None
    try:
        said = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or "plan" not in said or "sha256" not in said:
        return None
    if said.get("format") != _FORMAT:
        raise SettingsError(f"{path} was written by a newer loader: plan again", code="plan-edited")
    claimed = said.pop("sha256")
    if sha256(_canonical(said)).hexdigest() != claimed:
        raise SettingsError(
            f"the plan file {path} was edited after it was made: plan again; nothing was sent",
            code="plan-edited",
        )
    return str(said["plan"]), str(said["digest"])


def _document(report: ChangePlan, journal: Journal) -> dict[str, Any]:
    run = known_run(journal.history, report.plan_id)
    return {
        "format": _FORMAT,
        "plan": report.plan_id,
        "digest": report.digest,
        "target": run.target,
        "sources": dict(run.sources),
        "author": run.options.get("author", ""),
        "made_at": datetime.fromtimestamp(run.started_at, UTC).isoformat(timespec="seconds"),
        "totals": {
            name: getattr(report.totals, name) for name in report.totals.__dataclass_fields__
        },
        "operations": [
            {
                "row": change.row_number,
                "sheet": change.sheet,
                "operation": change.operation,
                "name": change.name,
                "id": change.remote_id,
                "changes": [
                    {"field": each.field, "was": each.before, "will_be": each.after}
                    for each in change.changes
                ],
            }
            for change in _changes(journal, report.plan_id)
        ],
    }


def _signed(document: dict[str, Any]) -> bytes:
    digest = sha256(_canonical(document)).hexdigest()
    return orjson.dumps(
        {**document, "sha256": digest}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def _canonical(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _changes(journal: Journal, plan_id: str) -> Iterator[PlannedChange]:
    return map(planned_change, journal.history.operations(plan_id))


def _write_workbook(file: Any, report: ChangePlan, changes: Iterator[PlannedChange]) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        summary = book.add_worksheet("Plan")
        summary.set_column(0, 0, 14)
        summary.set_column(1, 1, 80)
        facts = [("plan", report.plan_id), ("target", report.target), ("sheet", report.source)]
        counts = ((n, getattr(report.totals, n)) for n in report.totals.__dataclass_fields__)
        facts += [(name, str(number)) for name, number in counts if number]
        facts += [("refused", refusal) for refusal in report.refusals]
        for number, (name, text) in enumerate(facts):
            summary.write_string(number, 0, name, bold)
            summary.write_string(number, 1, text, wrap)
        page = book.add_worksheet("Changes")
        page.freeze_panes(1, 0)
        for position, width in enumerate((10, 30, 28, 50, 50, 30, 8)):
            page.set_column(position, position, width)
        for position, name in enumerate(_HEAD):
            page.write_string(0, position, name, bold)
        for number, line in enumerate(_lines(changes), start=1):
            for position, text in enumerate(line):
                page.write_string(number, position, text[:32_767], wrap)
        if report.totals.conflict or report.totals.invalid:
            _write_not_sent(book, report, bold, wrap)
        for each in book.worksheets():  # printed, what was stands beside what will be
            each.set_landscape()
            each.fit_to_pages(1, 0)
            each.repeat_rows(0)


def _write_not_sent(book: Any, report: ChangePlan, bold: Any, wrap: Any) -> None:
    """Say which cells keep rows from being sent: conflicts and errors, the first ones."""
    page = book.add_worksheet("Not sent")
    page.freeze_panes(1, 0)
    for position, (name, width) in enumerate((("cell", 16), ("why", 70), ("what to do", 60))):
        page.set_column(position, position, width)
        page.write_string(0, position, name, bold)
    errors = [each.error for each in report.findings.first]
    errors = [each for each in errors if each.severity is Severity.ERROR]
    for number, error in enumerate(errors, start=1):
        place = error.cell or f"row {error.row_number}"
        for position, text in enumerate((place, error.message, error.suggestion)):
            page.write_string(number, position, text[:32_767], wrap)
    counts = report.findings.counts
    more = sum(each.count for each in counts if each.severity is Severity.ERROR) - len(errors)
    if more > 0:
        page.write_string(len(errors) + 1, 0, f"… and {more} more", bold)


def _lines(changes: Iterator[PlannedChange]) -> Iterator[tuple[str, ...]]:
    for change in changes:
        last = (change.remote_id, str(change.row_number))
        if not change.changes:
            yield (change.operation, change.name, "", "", "", *last)
        for each in change.changes:
            will_be = "(removed)" if each.after is None else each.after
            yield (change.operation, change.name, each.field, each.before or "", will_be, *last)
