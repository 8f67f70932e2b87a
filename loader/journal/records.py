"""The values that go into the journal and come out of it, the same for every implementation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from loader.model import Job, Operation, Payload, RemoteOffer, RowError, RowKind, State

CLAIM_OPTION: Final = "drop"  # the option of a run that names its claim of an inbox
SHEET_FILE: Final = "file"  # the option of a plan that names the file of its sheet, "" for a draft
REJECTED: Final = "file-rejected"  # the code of rows that are not sent because of others
EDITED: Final = "edited"  # the code of a delete that is not done, since somebody edited the offer
REPLACED: Final = "replaced"  # the code of rows that a row of another run replaced
RUN_UNDONE: Final = "run-undone"  # the code of what was not sent before the undo of its run
NOT_FINISHED: Final = "not-finished"  # another run is to do something to the offer
ALREADY_GONE: Final = "already-gone"  # the code of a delete that is done, though not by us
ALREADY_SO: Final = "already-so"  # the same for an update
# In front of the etag of our update, where others had edited the offer since our change before it:
# the offer is never again taken for one that nobody else has edited.
EDITED_BEFORE: Final = "edited before "
DELETED_SINCE: Final = "deleted-since"  # the code of a row whose offer a later run deleted
STAYS_DELETED: Final = "stays-deleted"  # the code of an offer that an undo cannot bring back
PLANNED: Final = "planned, not sent"  # why a run stopped that nobody was asked about, or agreed to
DECLINED: Final = "not confirmed; nothing was sent"  # why one stopped where somebody said no
NOT_AGREED: Final = (PLANNED, DECLINED)


def _unknown_place(_row_number: int) -> tuple[str, str]:
    return "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """A source and the sha256 of its bytes."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRow:
    """A source row after checking. `payload` is None where it is invalid or skipped.

    `part_of` is the number of the row above whose offer this one is a further part of;
    `key_place` says where the key of a row is, for an error about it: heading, address of the cell;
    `unread` are the positions of cells that nothing is made of;
    `replaces` is the id of the offer of its key, where that is proven to be gone: the key is free.
    """

    row_number: int
    cells: Sequence[str]
    payload: Payload | None
    errors: Sequence[RowError] = ()
    is_skipped: bool = False
    part_of: int | None = None
    key_place: Callable[[int], tuple[str, str]] = field(default=_unknown_place, compare=False)
    unread: frozenset[int] = field(default=frozenset(), compare=False)
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """The offer that a run created for a key: its create, and when it was known (UTC seconds)."""

    create: Job
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOffer:
    """An offer that a run created, changed or deleted: the revision that it has since, and when.

    Times are UTC seconds.
    """

    remote_id: str
    etag: str
    at: float
    is_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as the journal holds it.

    `of_run` is the run that an undo undoes, or the plan that is applied; `used_by` is the run that
    applied this plan. Else they are "".
    """

    run_id: str
    target: str
    command: str
    options: Mapping[str, str]
    dry_run: bool
    staged: bool
    started_at: float
    finished_at: float | None
    stopped_reason: str
    of_run: str = ""
    used_by: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)  # path -> sha256

    @property
    def undo_of(self) -> str:
        """The run that this one takes back; "" where it is no undo."""
        return self.of_run if self.command == "undo" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """Where a row is, and the operation that is done for it: by its run, or by a later one."""

    operation_id: int
    operation: Operation
    status: str  # as in the results
    source: str
    sheet: str
    done_by: str  # the run


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneOperation:
    """What a run did to an offer, and no later run took back."""

    operation_id: int
    operation: Operation
    remote_id: str
    name: str
    body: bytes  # as it was sent; b"" for a delete


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenElsewhere:
    """An offer that a run created or changed, and that another run has not finished with."""

    operation_id: int  # of the run
    name: str
    is_created: bool  # by the run, else it changed the offer
    run_id: str  # the other run
    undo_of: str  # the run that the other one takes back, else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """A pending operation whose offer's name exists on the server already, under `remote_id`."""

    job: Job
    remote_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """An offer of the name of a pending create, made from the row `made_from` of another run.

    `remote_id` is "" where nobody knows whether it was made. `is_to_get_name`: that row gives an
    offer the name, by an update without an outcome yet.
    """

    operation_id: int  # of the pending create
    remote_id: str
    made_from: str  # "row 2 of offers.csv"
    run_id: str
    undo_of: str = ""  # the run that this one takes back
    is_to_get_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord:
    """What a target had at a moment (UTC seconds): how much, and what it called things by id."""

    snapshot_id: str
    target: str
    kind: str
    names: Mapping[str, Mapping[str, str]]  # "placements", "tags"
    count: int
    path: str = ""  # the sheet that was pulled into, "" for a plan alone


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A source row of a plan for entities that exist.

    `kind` is PRIMARY where something is to be done to `there`, else why not. `body` is what the
    operation sends, `before` the object that it was planned against. `code` and `reason` say why.
    """

    row_number: int
    cells: Sequence[str]
    kind: RowKind
    there: RemoteOffer | None = None
    operation: Operation = Operation.NONE
    name: str = ""
    body: bytes = b""
    before: bytes = b""
    code: str = ""
    reason: str = ""
    errors: Sequence[RowError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """What is, or was, to be done for one source row: an operation and what it is done to.

    `body` and `before` are as in `PlannedRow`; of a create, `body` is the payload.
    """

    operation_id: int
    source: str
    sheet: str
    row_number: int
    operation: Operation
    state: State
    name: str
    remote_id: str
    body: bytes
    before: bytes
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """When runs created, last changed and deleted an offer (UTC seconds, None for never).

    `etag` is that of the last change, "" where no run created the offer.
    """

    created_at: float | None = None
    changed_at: float | None = None
    deleted_at: float | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedRow:
    """A row of a plan and what to know of it besides: gone, or changed by somebody meanwhile."""

    source: str
    sheet: str
    row_number: int
    kind: RowKind
    name: str
    remote_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done. `previous` is the hash of the entry before; `at` UTC seconds."""

    number: int
    at: float
    person: str  # user@host
    event: str
    target: str
    run_id: str
    details: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who agreed to a plan with this digest, when (UTC seconds), and with which words."""

    digest: str
    person: str
    at: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseHolder:
    """Who holds the lease of a target. Times are UTC seconds since the epoch."""

    target: str
    owner: str  # unique for each time that a lease is taken
    host: str
    pid: int
    since: float
    heartbeat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCounts:
    """How often work on a claim of an inbox began, and how that went."""

    claimed_at: float
    attempts: int
    crashes: int  # that ended without an answer
    looks: int  # that found the same number of unknown rows as the one before
    unknown: int  # how many they were


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """A file that an inbox took. `report` is JSON; `shelf`, `day` and `place` say where it goes.

    `shelf` is its final folder, and the state `told` says that listeners were notified: the stored
    names of a journal stay.
    """

    token: str
    folder: str
    name: str
    claimed_at: float
    report: str
    state: str = "claimed"  # claimed, ended, moved, told
    shelf: str = ""
    day: str = ""
    place: str = ""
