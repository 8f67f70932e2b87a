"""Rows and summaries for the tests of the results."""

from collections import Counter
from collections.abc import Sequence

from loader.model import RowError, Severity
from loader.run_results import ResultRow, RunSummary

SOURCE = "offers.xlsx"
SHEET = "Offers"
HEADER = ("name", "placement", "content")
HEADERS = {(SOURCE, SHEET): HEADER}
STARTED = 1_795_000_000.0


def created(row_number: int, *cells: str, source: str = SOURCE, sheet: str = SHEET) -> ResultRow:
    return ResultRow(
        source=source,
        sheet=sheet,
        row_number=row_number,
        cells=cells,
        status="created",
        instance_id=f"id-{row_number}",
        at_id=f"at-{row_number}",
        etag="1",
        attempts=1,
        http_status=201,
        finished_at=STARTED + row_number,
    )


def invalid(row_number: int, *cells: str, errors: Sequence[RowError]) -> ResultRow:
    return ResultRow(
        source=SOURCE,
        sheet=SHEET,
        row_number=row_number,
        cells=cells,
        status="invalid",
        errors=tuple(errors),
    )


def failed(row_number: int, *cells: str, code: str = "http-400", error: str = "no") -> ResultRow:
    return ResultRow(
        source=SOURCE,
        sheet=SHEET,
        row_number=row_number,
        cells=cells,
        status="failed",
        attempts=1,
        http_status=400,
        error_code=code,
        error=error,
        finished_at=STARTED,
    )


def wrong(
    row_number: int, letter: str, *, code: str = "blank", severity: Severity = Severity.ERROR
) -> RowError:
    return RowError(
        row_number=row_number,
        column="name",
        cell=f"{SHEET}!{letter}{row_number}",
        code=code,
        message="the name is blank; every offer needs one",
        value="",
        suggestion="",
        severity=severity,
    )


def summary_of(rows: Sequence[ResultRow], *, dry_run: bool = False) -> RunSummary:
    count = Counter(row.status for row in rows)
    return RunSummary(
        run_id="20261124-035801-k3f",
        target="http://127.0.0.1:8000|org|sandbox",
        sources=tuple(dict.fromkeys(row.source for row in rows)) or (SOURCE,),
        read=len(rows),
        invalid=count["invalid"],
        duplicate=count["duplicate"],
        created=count["created"],
        failed=count["failed"],
        unknown=count["unknown"],
        pending=count["pending"],
        started_at=STARTED,
        finished_at=STARTED + 90,
        dry_run=dry_run,
    )
