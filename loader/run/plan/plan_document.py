"""A plan as a file: JSON to be applied, a workbook to be read.

The JSON is canonical and has its own sha256, so that an edited file is refused. What is applied is
the plan in the journal, whose digest must be the file's.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from loader import __version__
from loader.errors import ResultsError, SettingsError
from loader.journal import Journal
from loader.results.atomic import atomic_write
from loader.results.paths import check_place
from loader.run.change_reports import ChangePlan, PlannedChange
from loader.run.history.runs import journal_to_read, known_run
from loader.run.plan.changes_report import planned_change
from loader.run.plan.plan_workbook import write_plan_workbook
from loader.settings import Settings

_FORMAT: Final = 1
_RUN_ID: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4,}")
_PATH_BY: Final = "--out PATH"


def check_plan_path(path: Path, *, source: str) -> None:
    """Raise `ResultsError` unless a plan can be written there."""
    if path.suffix.lower() not in (".json", ".xlsx"):
        raise ResultsError(f"{path}: a plan is .json or .xlsx: give it a name that ends so")
    check_place(path, sources=(source,), path_by=_PATH_BY)


def is_plan_id(text: str) -> bool:
    """Return whether a text has the form of the id of a run."""
    return _RUN_ID.fullmatch(text) is not None


def write_plan(path: Path, report: ChangePlan, settings: Settings) -> None:
    """Write a plan to `path`, from the journal. Raises `ResultsError`."""
    with journal_to_read(settings) as journal, atomic_write(path, path_by=_PATH_BY) as file:
        if path.suffix.lower() == ".json":
            file.write(_sign(_document(report, journal)))
        else:
            write_plan_workbook(file, report, _changes(journal, report.plan_id), journal.history)


def read_plan(path: Path) -> tuple[str, str] | None:
    """Return (plan id, digest) of a plan file; None where the file is something else.

    Raises `SettingsError` where it is one and was edited.
    """
    if path.suffix.lower() != ".json" or not path.is_file():
        return None
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict) or "plan" not in document or "sha256" not in document:
        return None
    if document.get("format") != _FORMAT:
        raise SettingsError(f"{path} was written by a newer loader: plan again", code="plan-edited")
    claimed = document.pop("sha256")
    if sha256(_canonical(document)).hexdigest() != claimed:
        raise SettingsError(
            f"the plan file {path} was edited after it was made: plan again; nothing was sent",
            code="plan-edited",
        )
    return str(document["plan"]), str(document["digest"])


def _document(report: ChangePlan, journal: Journal) -> dict[str, Any]:
    run = known_run(journal.history, report.plan_id)
    return {
        "format": _FORMAT,
        "plan": report.plan_id,
        "digest": report.digest,
        "target": run.target,
        "sources": dict(run.sources),
        "profile_sha256": run.options.get("profile_sha256", ""),
        "author": run.options.get("author", ""),
        "version": __version__,
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


def _sign(document: dict[str, Any]) -> bytes:
    digest = sha256(_canonical(document)).hexdigest()
    return orjson.dumps(
        {**document, "sha256": digest}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def _canonical(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _changes(journal: Journal, plan_id: str) -> Iterator[PlannedChange]:
    return map(planned_change, journal.history.operations(plan_id))
