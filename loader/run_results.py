"""What became of the rows of a run: a line of the results each, and their totals."""

from dataclasses import dataclass
from enum import StrEnum

from loader.model import RowError


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedField:
    """One thing that changes of an offer, as a person reads it; None: nothing is there."""

    field: str  # "content (Web banner, en)"
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One source row and how it ended: a line of the results."""

    source: str
    sheet: str
    row_number: int
    cells: tuple[str, ...]
    status: str
    instance_id: str = ""
    at_id: str = ""
    etag: str = ""
    attempts: int = 0
    http_status: int | None = None
    request_id: str = ""  # of the last request
    error_code: str = ""
    error: str = ""
    finished_at: float | None = None
    payload: bytes | None = None
    errors: tuple[RowError, ...] = ()
    part_of: int | None = None  # the number of the first row of the same offer
    changes: tuple[str, ...] = ()  # of an offer that exists: "description: old -> new"
    fields: tuple[ChangedField, ...] = ()  # the same, field by field


class Fate(StrEnum):
    """Why the offer of a row that can be sent is not in the target, or soon will not be."""

    DELETED = "deleted"
    NOT_SENT = "not-sent"  # before the undo of the run that went on with the row
    REFUSED = "refused"  # a duplicate of a row that was refused; of that row itself nothing is gone
    BEING_DELETED = "being-deleted"  # by a run that is not finished


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsGone:
    """Rows of a run, with nothing wrong in them, whose offers have the same fate."""

    fate: Fate
    are_duplicates: bool
    run_id: str  # which is to delete them, or was undone before it sent them; else ""
    undo_of: str  # the run that the other one takes back, else ""
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The totals of a run, in rows. Built only when they add up.

    An offer of several rows is counted once as what became of it; its further rows are `parts`.
    """

    run_id: str
    command: str = "load"
    undo_of: str = ""  # the run that it takes back
    target: str
    sources: tuple[str, ...]
    read: int
    invalid: int
    duplicate: int
    created: int
    failed: int
    unknown: int
    pending: int
    updated: int = 0
    archived: int = 0
    deleted: int = 0
    unchanged: int = 0
    conflict: int = 0
    gone: int = 0
    undone: int = 0  # and taken back since
    skipped: int = 0
    parts: int = 0
    started_at: float
    finished_at: float | None = None
    dry_run: bool = False

    def __post_init__(self) -> None:
        sent = self.created + self.failed + self.unknown + self.pending
        accounted = self.invalid + self.duplicate + self.skipped + self.parts + sent
        accounted += self.updated + self.archived + self.deleted + self.undone
        accounted += self.unchanged + self.conflict + self.gone
        if self.read != accounted:
            raise AssertionError(
                f"run {self.run_id}: {self.read} rows read, {accounted} accounted for"
            )
