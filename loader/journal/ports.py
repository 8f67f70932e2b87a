"""What a journal does, as Protocols. `run/` and `delivery/` know nothing else of it.

A journal holds runs. A run is staged first: every source row once, and for each valid row the
operation that is to be done to its offer. Then the operations are applied: the intent to send is
committed before the request leaves, and the outcome before the next one. What several processes
must not do at once is guarded by a lease per target; reading never waits for anything.

A method that writes returns only after its commit. Every method raises `JournalError` (or
`JournalBusy`, `JournalMismatch`) where the journal cannot be used, and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, Self

from loader.journal.values import (
    ClaimCounts,
    ClaimRecord,
    CreatedOffer,
    Existing,
    LeaseHolder,
    PlannedRow,
    RunRecord,
    SnapshotRecord,
    SourceInfo,
    SourceRow,
    StagedRow,
)
from loader.model import (
    Attempt,
    Event,
    FoundError,
    Job,
    Outcome,
    Receipt,
    RemoteOffer,
    ResultRow,
    RowError,
    RunSummary,
    UnknownRow,
)


class Operations(Protocol):
    """The open operations of one run, for the engine: awaited, and on disk when it returns.

    Every call checks the lease in the same transaction. When it was lost, that call and every later
    one raise `JournalBusy`: no intent is committed, so nothing more is sent.
    """

    async def due(self, *, after: int, limit: int) -> Sequence[Job]:
        """Return pending operations behind the id `after`, in order."""

    async def start(self, job: Job) -> Attempt:
        """Commit the intent to send."""

    async def finish(
        self, attempt: Attempt, event: Event, outcome: Outcome, *, must_be_new: bool = False
    ) -> Outcome:
        """Commit what the attempt taught us, and return it. A delete that is done frees the key.

        Where the receipt `must_be_new` and names what another operation created, the outcome is
        committed, and returned, as lost.
        """

    async def give_up(
        self, operation_id: int, *, code: str, message: str, receipt: Receipt | None = None
    ) -> None:
        """Commit that a pending operation will not be sent."""

    async def skip(self, operation_id: int, *, message: str, receipt: Receipt) -> None:
        """Commit that a create is not sent because its offer exists: its row is a duplicate."""

    async def unknown(self, *, after: int, limit: int) -> Sequence[UnknownRow]:
        """Return operations without a known outcome behind the id `after`, in order."""

    async def conclude(
        self, operation_id: int, event: Event, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Commit what a look-up found out about an unknown operation."""

    async def claimed(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return those of `ids` that the journal knows as offers that it created, with names."""

    async def latest_done(self, *, before: float) -> str | None:
        """Return the id of the last offer that the run created, by a moment; None for none."""

    async def forget_baseline(self) -> None:
        """Before a new listing: pending operations lose their baseline; unknown ones keep it."""

    async def mark_existing(self, offers: Sequence[RemoteOffer]) -> None:
        """Add one page of the listing to the baseline of pending operations of the same names."""

    async def existing(self, *, after: int, limit: int) -> Sequence[Existing]:
        """Return pending operations with a baseline that this journal did not create."""


class Lease(Protocol):
    """The right to stage and apply for one target, until the `with` block ends.

    Whoever takes it over from a dead owner also moves what was being sent to `unknown`.
    """

    @property
    def target(self) -> str:
        """The target that nobody else sends to meanwhile."""

    def is_held(self) -> bool:
        """Say whether it was not taken over (because its heartbeat stopped for too long)."""


class Staging(Protocol):
    """Write what is read: the runs, and every source row once.

    Whoever writes holds the lease of the target; a dry run needs none.
    """

    def begin(
        self,
        *,
        target: str,
        command: str,
        sources: Sequence[SourceInfo],
        options: Mapping[str, str],
        dry_run: bool,
    ) -> str:
        """Begin a run and return its id, which sorts by time."""

    def begin_undo(self, run_id: str, *, options: Mapping[str, str]) -> str:
        """Stage a run that deletes what `run_id` created and still exists; return its id.

        An undo of that run that was not finished is continued instead, and offers that it kept are
        tried again. It is staged when this returns: its source rows are those of the original run.
        """

    def resumable(
        self, *, target: str, sources: Sequence[SourceInfo], options: Mapping[str, str]
    ) -> str | None:
        """Return the latest run over the same bytes, read the same way, if it was not finished."""

    def earlier_bytes(self, *, target: str, sources: Sequence[SourceInfo]) -> dict[str, str]:
        """Return the sources that an earlier run read with other bytes: path -> that run."""

    def run_of_claim(
        self, token: str, *, target: str, digest: str, options: Mapping[str, str]
    ) -> str | None:
        """Return the latest run over these bytes that was begun for this claim of an inbox."""

    def run_that_left_nothing(
        self, *, target: str, digest: str, options: Mapping[str, str]
    ) -> str | None:
        """Return the first run over these bytes after which nothing of them is left to do."""

    def restart(self, run_id: str) -> None:
        """Forget a half-read staging; nothing of it can have been sent."""

    def add_sheet(self, run_id: str, *, source: str, sheet: str, header: Sequence[str]) -> int:
        """Add a sheet and return its id."""

    def add_rows(
        self,
        run_id: str,
        sheet_id: int,
        rows: Iterable[StagedRow],
        *,
        kind: str,
        describe_change: Callable[[bytes, bytes], str],
    ) -> list[RowError]:
        """Add rows of one sheet in one transaction; return the errors that the journal found.

        `kind` is what the rows are ("fallback-offer"); `describe_change` says in words what differs
        between two bodies of one key, "" where it is not worth a word.
        """

    def add_planned(
        self,
        run_id: str,
        sheet_id: int,
        rows: Iterable[StagedRow | PlannedRow],
        *,
        kind: str,
        describe_change: Callable[[bytes, bytes], str],
    ) -> list[RowError]:
        """Add rows of one sheet of a plan, in one transaction: new offers, and those that exist.

        A row of an offer that another run has not finished with becomes invalid.
        """

    def finish(self, run_id: str) -> None:
        """Every source was read to its end."""

    def reject(self, run_id: str, *, code: str, message: str) -> None:
        """Give up everything that is pending of a run: nothing of its file is to be sent."""

    def end_run(self, run_id: str, *, reason: str) -> None:
        """Write down how the run ended; "" where every operation was tried."""

    def resolve(self, operation_id: int, *, receipt: Receipt | None, evidence: str) -> None:
        """Write down what a person found out about an unknown operation; None: it was not done."""

    def hold_listing(self, run_id: str, kind: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Keep what the target listed when names were looked up, once for each content."""


class History(Protocol):
    """Read the journal. Never waits for a run that works, and changes nothing."""

    def runs(self) -> tuple[str, ...]:
        """Return the ids of all runs, newest first."""

    def run(self, run_id: str) -> RunRecord | None:
        """Return one run, or None."""

    def summary(self, run_id: str) -> RunSummary:
        """Return the totals of a run, which add up."""

    def headers(self, run_id: str) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the header of each (source, sheet) of a run."""

    def has_parts(self, run_id: str) -> bool:
        """Say whether rows of a run are further parts of an offer."""

    def results(self, run_id: str, *, status: str | None = None) -> Iterator[ResultRow]:
        """Yield every source row of a run once, in the order of the sources."""

    def source_rows(
        self, run_id: str, row_number: int, *, source: str | None, sheet: str | None
    ) -> Sequence[SourceRow]:
        """Return the valid rows of a run with that number."""

    def result_of(self, run_id: str, operation_id: int) -> ResultRow:
        """Return the primary source row of an operation."""

    def count_created(self, run_id: str) -> int:
        """Return how many offers a run created that were not deleted since."""

    def errors(self, run_id: str) -> Iterator[FoundError]:
        """Yield the errors of a run, in the order of its rows."""

    def listings(self, run_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return what the target listed for a run, by kind ("placements", "tags")."""

    def comparing(self, run_id: str) -> "AbstractContextManager[Comparison]":
        """Give what a run created and still exists, to be held against a listing of the target."""

    def lease_holders(self) -> Sequence[LeaseHolder]:
        """Return who holds the leases."""


class Comparison(Protocol):
    """The offers that a run created and that were not deleted since, against a listing."""

    def by_id(self, ids: Sequence[str]) -> dict[str, CreatedOffer]:
        """Return those with these ids, by id, and count them as seen."""

    def by_name(self, name: str) -> Sequence[CreatedOffer]:
        """Return those of that name."""

    def not_seen(self) -> Iterator[CreatedOffer]:
        """Yield those that no call of `by_id` named."""


class Claims(Protocol):
    """What inboxes took, and what became of it. No row depends on it: the runs know theirs.

    claimed -> ended (the answer and the place are decided) -> moved -> told (listeners know)
    """

    def begin(self, token: str, *, inbox: str, folder: str, name: str) -> ClaimCounts:
        """Write down that work on a claim begins (again)."""

    def forgive(self, token: str) -> None:
        """Earlier crashes of the loader over this claim count no more."""

    def count_surprise(self, token: str) -> int:
        """Count an unexpected exception; return how many there were."""

    def wait(self, token: str, *, report: str, outcome: str, unknown: int) -> None:
        """Write down why a claimed file waits."""

    def end(self, claim: ClaimRecord, *, outcome: str, run_id: str, digest: str, at: float) -> None:
        """Write down the answer and the place, before anything moves."""

    def set_state(self, token: str, state: str) -> None:
        """Write down how far a claim is."""

    def unsettled(self, inbox: str) -> Sequence[ClaimRecord]:
        """Return the claims that have an answer but are not moved or not notified."""

    def open(self, inbox: str) -> Sequence[ClaimRecord]:
        """Return the claims without an answer."""

    def earlier(
        self, token: str, *, inbox: str, folder: str, digest: str, outcomes: Sequence[str]
    ) -> str | None:
        """Return the report of the first claim of the same bytes, if it ended so."""

    def latest(self, inbox: str, *, outcome: str, limit: int) -> Sequence[str]:
        """Return the reports of the latest claims that ended so, newest first."""

    def of_file(self, file: str) -> str | None:
        """Return the latest report about a file that now lies there."""

    def latest_end(self, inbox: str, *, folder: str, outcomes: Sequence[str]) -> float | None:
        """Return when a claim of that folder last ended so."""

    def set_outage(self, inbox: str, *, folder: str, report: str) -> None:
        """Write down why a folder waits."""

    def end_outage(self, inbox: str, *, folder: str) -> None:
        """The folder waits no more."""

    def outages(self, inbox: str) -> Sequence[str]:
        """Return the reports of why folders wait."""

    def import_ledger(self, path: Path) -> None:
        """Take over the claims of a ledger that inboxes had before format 4, and put it aside."""


class Snapshots(Protocol):
    """What a target had at a moment, kept whole: every object with its id, etag and name."""

    def begin(self, *, target: str, kind: str, names: Mapping[str, Mapping[str, str]]) -> str:
        """Begin a snapshot and return its id; `names` are those of placements and tags, by id."""

    def add(self, snapshot_id: str, offers: Sequence[RemoteOffer]) -> None:
        """Add what the target has, in order."""

    def forget(self, snapshot_id: str) -> None:
        """Remove a snapshot, and what only it held."""

    def record(self, snapshot_id: str) -> SnapshotRecord | None:
        """Return what is known of a snapshot, or None."""

    def offers(self, snapshot_id: str) -> Iterator[RemoteOffer]:
        """Yield what the snapshot holds, in order."""

    def by_id(self, snapshot_id: str, ids: Sequence[str]) -> Mapping[str, RemoteOffer]:
        """Return those with these ids, by id."""

    def by_name(
        self, snapshot_id: str, names: Sequence[str]
    ) -> Mapping[str, Sequence[RemoteOffer]]:
        """Return those that a server may have kept under these names, by the folded name."""

    def versions(self, target: str, instance_id: str) -> Sequence[tuple[float, str, RemoteOffer]]:
        """Return (time, snapshot, object) of each snapshot that holds an id, oldest first."""


class Journal(Protocol):
    """An open journal. Several may be open at once, in several processes."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def staging(self) -> Staging: ...

    @property
    def history(self) -> History: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def snapshots(self) -> Snapshots: ...

    def lease(self, target: str) -> AbstractContextManager[Lease]:
        """Take the lease of a target, or raise `JournalBusy`, which names its holder."""

    def operations(self, run_id: str, *, lease: Lease) -> AbstractAsyncContextManager[Operations]:
        """Give the operations of a run; on leaving, everything that waits is written first."""

    def close(self) -> None:
        """Close it. Safe to repeat."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
