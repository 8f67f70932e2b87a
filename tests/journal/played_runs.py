"""Runs that are staged in any journal, and whose rows end as is wanted, through its ports alone."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from loader.journal import Journal, Operations, SourceInfo, StagedRow
from loader.model import Outcome, OutcomeKind, Receipt
from tests.support.staged import KIND, TARGET

OTHER_TARGET = f"{TARGET}-other"
LOST = Outcome(kind=OutcomeKind.LOST, code="timeout", message="no reply was seen")
REFUSED = Outcome(kind=OutcomeKind.REFUSED, code="http-400", message="no", http_status=400)
DELETED = Outcome(kind=OutcomeKind.DONE, code="deleted")


def created(remote_id: str) -> Outcome:
    receipt = Receipt(instance_id=remote_id, at_id=f"at-{remote_id}", etag="1")
    return Outcome(kind=OutcomeKind.DONE, code="created", http_status=201, receipt=receipt)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


def no_change(before: bytes, now: bytes) -> str:
    return ""


def staged(
    journal: Journal,
    rows: Sequence[StagedRow],
    *,
    target: str = TARGET,
    dry_run: bool = False,
    digest: str = "d",
    is_agreed: bool = True,
    is_read: bool = True,
    options: Mapping[str, str] | None = None,
) -> str:
    run_id = journal.staging.begin(
        target=target,
        command="load",
        sources=[SourceInfo(path="offers.csv", digest=digest)],
        options=options or {},
        dry_run=dry_run,
    )
    sheet = journal.staging.add_sheet(run_id, source="offers.csv", sheet="", header=("name", "x"))
    journal.staging.add_rows(run_id, sheet, rows, kind=KIND, describe_change=no_change)
    if is_read:
        journal.staging.finish(run_id, is_agreed=is_agreed)
    return run_id


@asynccontextmanager
async def applying(journal: Journal, run_id: str) -> AsyncIterator[Operations]:
    with journal.lease(TARGET) as lease:
        async with journal.operations(run_id, lease=lease) as operations:
            yield operations


async def played(journal: Journal, run_id: str, **outcomes: Outcome) -> None:
    """Do the pending operations of a run that are named here, with these outcomes."""
    async with applying(journal, run_id) as operations:
        for job in await operations.due(after=0, limit=99):
            outcome = outcomes.get(job.name)
            if outcome is not None:
                await operations.start(job)
                await operations.finish(job, outcome)


def statuses(journal: Journal, run_id: str) -> list[str]:
    return [row.status for row in journal.history.results(run_id)]
