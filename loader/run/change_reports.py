"""What the use cases about offers that exist return: pulls, plans, approvals, the audit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.errors import ExitCode
from loader.journal.records import NotedRow
from loader.merge.update_body import FieldChange
from loader.model import Operation
from loader.run.reports import Findings

WHERE_GONE: Final = (  # what to do about a row whose offer was deleted there
    "remove the row, or clear its id to create the offer again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenParts:
    """What of an offer no column shows: it stays as it is, whatever is changed in the sheet."""

    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """What was pulled: `pulled` of the `listed` offers of the target."""

    path: Path
    pull_id: str
    target: str
    listed: int
    pulled: int
    with_hidden: int  # offers that have something which no column shows
    first_hidden: tuple[HiddenParts, ...] = ()
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """What is planned for one row. `changes` are those of its fields."""

    source: str
    sheet: str
    row_number: int
    operation: Operation
    name: str
    remote_id: str
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTotals:
    """How many rows of a plan there are of each verdict; they add up to the rows read."""

    create: int = 0
    update: int = 0
    archive: int = 0
    delete: int = 0
    unchanged: int = 0
    conflict: int = 0
    gone: int = 0
    invalid: int = 0
    duplicate: int = 0
    skipped: int = 0
    fields: int = 0  # that are changed
    cleared: int = 0  # fields whose value is removed

    @property
    def operations(self) -> int:
        """How many rows are to be sent."""
        return self.create + self.update + self.archive + self.delete


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """A plan: its totals, the first rows that change something, and what forbids to apply it."""

    plan_id: str
    digest: str  # sha256 of everything that applying it would do
    target: str
    source: str
    totals: PlanTotals
    first: tuple[PlannedChange, ...]
    findings: Findings
    noted: tuple[NotedRow, ...] = ()  # the first rows with a note
    noted_in_all: int = 0
    first_deleted: tuple[str, ...] = ()  # names
    refusals: tuple[str, ...] = ()
    needs_approval: bool = False
    exit_code: ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalReport:
    """Who approved which plan."""

    plan_id: str
    digest: str
    person: str
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """Whether the audit is whole; `broken_at` is the number of the first entry that is not."""

    entries: int
    last_hash: str
    broken_at: int | None
    exit_code: ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEvent:
    """One thing that is known of an offer. `at` in UTC seconds."""

    at: float
    what: str
    name: str
    remote_id: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHistory:
    """What is known of an offer over time, the oldest first."""

    offer: str
    events: tuple[OfferEvent, ...]
