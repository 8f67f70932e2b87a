"""Reports of dropped files, as the watcher gives them."""

from dataclasses import replace
from typing import Any

from loader.inbox.drops import CommonError, Counts, Drop, DropOutcome, DropReport

DROP = Drop(
    inbox="/srv/inbox", folder="crm", name="offers.csv", token="t-1", claimed_at=1_780_000_000.0
)
REPORT = DropReport(
    drop=DROP,
    outcome=DropOutcome.LOADED_WITH_ERRORS,
    reason="1 of 3 rows is invalid",
    target="platform.adobe.io, organisation A@AdobeOrg, sandbox dev (dps)",
    run_id="20260528-r1",
    digest="ab" * 32,
    size_bytes=100,
    counts=Counts(read=3, created=2, invalid=1),
    commonest=(
        CommonError(
            code="bad-type",
            count=1,
            where="C3 type",
            message='found "<htm>", expected …',
            row_number=3,
        ),
    ),
    file="/srv/inbox/crm/done/2026-05-28/offers.csv",
    results="/srv/inbox/crm/done/2026-05-28/offers.results.xlsx",
    summary="/srv/inbox/crm/done/2026-05-28/offers.summary.json",
    finished_at=1_780_000_060.0,
)


def report(**changes: Any) -> DropReport:
    """Give a report with some changes."""
    return replace(REPORT, **changes)


def token(number: int) -> str:
    """A token of the form that the loader gives."""
    return f"20261125T051000-{number:08x}"
