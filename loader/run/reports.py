"""What the use cases return; a door only has to show it.

A report is bounded, whatever the number of rows: counts are complete, examples are few. It holds
nothing secret.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from loader.error_digest import CodeCount, ErrorDigest
from loader.errors import ExitCode
from loader.messages.parts import PART_OF_INVALID
from loader.messages.unfinished_run import unfinished_run
from loader.model import FoundError, Notice
from loader.run_results import Fate, ResultRow, RowsGone, RunSummary
from loader.validation.references import Placement, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The errors and warnings of rows: all counted, most frequent first; the first in full."""

    counts: tuple[CodeCount, ...] = ()
    first: tuple[FoundError, ...] = ()
    notices: tuple[Notice, ...] = ()

    @classmethod
    def of(cls, digest: ErrorDigest, *, notices: Iterable[Notice]) -> Self:
        """Return what was collected; last the rows that are only part of a wrong offer."""
        return cls(
            counts=tuple(sorted(digest.counts(), key=lambda each: each.code == PART_OF_INVALID)),
            first=tuple(digest.first),
            notices=tuple(notices),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSheet:
    """The totals of one sheet. `sheet` is "" for CSV."""

    source: str
    sheet: str
    read: int
    invalid: int
    skipped: int = 0
    parts: int = 0  # rows that are further parts of an offer

    @property
    def offers(self) -> int:
        """How many offers the rows are."""
        return self.read - self.skipped - self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPreview:
    """The first rows of one sheet as a column profile makes them: what is in which field."""

    source: str
    sheet: str
    fields: tuple[str, ...]
    origins: tuple[str, ...]  # for each field, the headings that it comes from, "" for a constant
    rows: tuple[tuple[int, tuple[str, ...]], ...]  # (row number, a value for each field)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPayload:
    """What a row would send; `body` is None where the row is invalid, `skipped` or `unsettled`.

    `unsettled`: the row is valid, and what it sends is known only after a look-up.
    """

    source: str
    sheet: str
    row_number: int
    body: bytes | None
    unsettled: bool = False
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What `loader check` found."""

    sheets: tuple[CheckedSheet, ...]
    findings: Findings
    payloads: tuple[ShownPayload, ...] = ()
    no_such_rows: tuple[int, ...] = ()  # whose payloads were asked for
    previews: tuple[SheetPreview, ...] = ()
    annotated: tuple[Path, ...] = ()
    exit_code: ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """A staged plan: what applying it would do. `summary.pending` counts its operations."""

    plan_id: str
    target: str  # in the person's words
    summary: RunSummary
    findings: Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """How a load, a resume or a reconcile ended.

    `target` is in the person's words; `stopped_reason` is "" where every row was tried, else a
    sentence ("interrupted", "the server answers 503 …"); `journal` is where the truth is.
    `is_earlier`: the run is an earlier one over the same bytes, which left nothing to do.
    `was_finished`: the run was to be continued, and nothing of it was left.
    `only_looked`: what was unknown was looked up, and nothing was to be sent.
    `taken_over`: the other runs that go on with open rows, which their files have too: how many.
    `undone_runs`: those of them that were undone, and send nothing more.
    `rejected`: how many rows of the file of an inbox are invalid, so that nothing of it is sent.
    `created_by`: the runs that created rows of a file that is rejected: how many.
    `gone`: the rows whose offers other runs deleted, will, or gave up: of the file of an inbox, or
    of a run that was continued.
    `not_read`: the files of those of them that were not read to their end, which nothing resumes.
    """

    summary: RunSummary
    target: str
    findings: Findings
    results: Path | None
    journal: str  # where it is
    stopped_reason: str = ""
    recovered: int = 0  # rows that were unknown and were found by looking
    is_earlier: bool = False
    was_finished: bool = False
    only_looked: bool = False
    taken_over: Mapping[str, int] = field(default_factory=dict)
    undone_runs: Collection[str] = ()
    not_read: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rejected: int = 0
    created_by: Mapping[str, int] = field(default_factory=dict)
    gone: Sequence[RowsGone] = ()
    exit_code: ExitCode

    @property
    def open_of_its_own(self) -> int:
        """How many rows are pending or unknown that its own run is to look up, or to send."""
        summary = self.summary
        return summary.pending + summary.unknown - sum(self.taken_over.values())

    def count_gone(self, fate: Fate, *, duplicates: bool) -> int:
        """Return how many rows have a fate: those that are duplicates, or those that are not."""
        return sum(
            each.rows
            for each in self.gone
            if each.fate is fate and each.are_duplicates is duplicates
        )


class Health(StrEnum):
    """The state of one thing that doctor checked."""

    OK = "ok"
    WARNING = "warning"  # works, but the person should know
    FAILED = "failed"  # a load would fail
    SKIPPED = "skipped"  # could not be checked, because of an earlier failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that doctor checked, and in one line what it found or what to do."""

    subject: str
    health: Health
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """Everything that doctor checked, in order."""

    diagnoses: tuple[Diagnosis, ...]
    exit_code: ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencesReport:
    """What a sheet may refer to, by name."""

    target: str
    placements: tuple[Placement, ...]
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOverview:
    """One run in the list. `stopped_reason` is "" for a run that ended by itself.

    `is_read`: its sources were read to the end; nothing is sent before. `is_unsent`: nothing of a
    load may be sent yet: it is not read, or nobody agreed to it.
    """

    summary: RunSummary
    command: str
    is_read: bool
    target: str = ""  # its key in the journal
    is_unsent: bool = False
    stopped_reason: str = ""
    of_run: str = ""  # the run that an undo undoes, the plan that is applied
    used_by: str = ""  # the run that applied this plan


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetail:
    """One run in full. `unknown` holds the first rows that a person may have to resolve.

    `listed`: the placements and tags that the target listed when names were looked up.
    """

    overview: RunOverview
    target: str
    sources: Mapping[str, str]  # path -> sha256
    options: Mapping[str, str]
    findings: Findings
    unknown: tuple[ResultRow, ...] = ()
    listed: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsReport:
    """Where the results of a run were written again."""

    summary: RunSummary
    results: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReport:
    """The row after a person decided it."""

    run_id: str
    row: ResultRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOffer:
    """An offer that an undo left as it is, all or in part, and why; `is_gone`: it is not there."""

    row: ResultRow
    reason: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldKeep:
    """An offer that an undo would leave as it is, whole or in part, and why."""

    name: str
    reason: str
    in_part: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOffers:
    """Offers that an undo leaves until another run has finished with them."""

    run_id: str  # the other run
    undo_of: str  # the run that the other one takes back, else ""
    offers: int

    @property
    def reason(self) -> str:
        """Why they are left."""
        other, _ = unfinished_run(self.run_id, self.undo_of)
        return f"{other} has not finished with {'it' if self.offers == 1 else 'them'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """How an undo ended. The counts add up to the offers that the run created."""

    run_id: str
    target: str
    deleted: int
    already_gone: int
    restored: int  # has again what it had before the run, but for what was edited since
    restored_in_part: int  # of these: something was edited since, and kept
    unchanged: int  # as before already, or the run deleted it
    as_before: int  # of these: as before already, as after an earlier undo
    kept: int  # edited since, gone since, or refused by the server
    edited: int  # of these: somebody edited since what the run changed, and it was left so
    unknown: int  # the reply to the delete was not seen
    pending: int  # not tried
    withdrawn: int = 0  # were not sent yet, and are not sent any more
    unsettled: int = 0  # rows of the run without a known outcome: left as they are
    held: tuple[HeldOffers, ...] = ()  # left as they are until other runs are finished
    went_over: Mapping[str, int] = field(default_factory=dict)  # how many rows later runs have
    first_kept: tuple[KeptOffer, ...] = ()
    dry_run: bool = False
    digest: str = ""  # of all that there was to take back
    would: tuple[str, ...] = ()  # of a dry run: what it would do, a line each
    would_keep: tuple[WouldKeep, ...] = ()  # of a dry run: the first that it would not put back
    stopped_reason: str = ""
    exit_code: ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One way in which journal and server disagree about a row."""

    row: ResultRow
    kind: str  # "missing", "different", "twice"
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """How journal and server compare. `first` holds the first differences.

    `not_kept` counts the offers of which the server does not show a column that was sent. That is
    no difference, because it was to be expected.
    """

    run_id: str
    target: str
    checked: int
    same: int
    missing: int
    different: int
    twice: int
    not_kept: Mapping[str, int] = field(default_factory=dict)
    not_kept_because: str = ""
    first: tuple[Difference, ...] = ()
    exit_code: ExitCode
