"""Files and how a check reads them, in this process: what the files' tests need."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loader.events import silent
from loader.run.check.check import check_files
from loader.run.reports import CheckReport
from loader.run.requests import CheckRequest, Reading
from loader.settings import load_settings
from tests.support.workbooks import PLACEMENT

HEAD = "name,placement,type,content\n"


def line(name: str, kind: str = "html") -> str:
    """Return the line of a good offer."""
    return f"{name},{PLACEMENT},{kind},<p>Hello</p>\n"


def checked(
    *paths: Path | str,
    settings: Mapping[str, str] | None = None,
    ignored: Sequence[str] = (),
    **reading: object,
) -> CheckReport:
    """Check files as the command line does; `settings` are variables, `ignored` headings."""
    request = CheckRequest(
        sources=tuple(map(str, paths)),
        ignored_columns=tuple(ignored),
        reading=Reading(**reading),  # type: ignore[arg-type]  # fields of Reading
    )
    return check_files(request, load_settings(environment=settings or {}), listener=silent)


def counted(report: CheckReport) -> list[tuple[str, int, int]]:
    """Return (sheet, rows read, rows invalid) of each sheet."""
    return [(sheet.sheet, sheet.read, sheet.invalid) for sheet in report.sheets]


def notices(report: CheckReport) -> dict[str, str]:
    """Return the notices by code."""
    return {notice.code: notice.message for notice in report.findings.notices}
