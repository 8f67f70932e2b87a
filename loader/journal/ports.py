"""What a journal does, as Protocols. `run/` and `delivery/` use nothing else of it.

A journal holds runs. A run is staged first: every source row once, and for each valid row the
operation that is to be done to its offer. Then the operations are applied: the intent to send is
committed before the request leaves, and the outcome before the next one. What several processes
must not do at once is guarded by a lease per target; reading never waits for anything.

A method that writes returns, or has been awaited, only after its commit. Every method raises
`JournalError` (or `JournalBusy`, `JournalMismatch`) where the journal cannot be used, and nothing
else.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol, Self

from loader.journal.audit_port import Audit
from loader.journal.claims_port import Claims
from loader.journal.history_port import History
from loader.journal.records import (
    Existing,
    Namesake,
    PlannedRow,
    SourceInfo,
    StagedRow,
)
from loader.journal.snapshots_port import Snapshots
from loader.model import (
    Job,
    Operation,
    OperationEvent,
    Outcome,
    Receipt,
    RemoteOffer,
    RowError,
    UnknownRow,
)


class Operations(Protocol):
    """The open operations of one run, for the engine: awaited, and on disk when it returns.

    Every call checks the lease in the same transaction. When it was lost, that call and every later
    one raise `JournalBusy`: no intent is committed, so nothing more is sent.
    """

    async def due(self, *, after: int, limit: int) -> Sequence[Job]:
        """Return pending operations behind the id `after`, in order."""

    def start(self, job: Job) -> Awaitable[None]:
        """Commit the intent to send."""

    def finish(self, job: Job, outcome: Outcome) -> Awaitable[Outcome]:
        """Commit the outcome of an attempt, and return it. A delete that is done frees the key.

        Where the receipt of a create names what another operation created, the outcome is
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
        self, operation_id: int, event: OperationEvent, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Commit what a look-up found out about an unknown operation."""

    async def claimed(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return those of `ids` that the journal knows as offers that it created, with names."""

    async def names_of_rows(self, names: Sequence[str]) -> frozenset[str]:
        """Return those of `names` that any row of the target has, in whatever state."""

    async def latest_done(self, *, before: float) -> str | None:
        """Return the id of the last offer that the run created, by a moment; None for none."""

    async def newest_not_undone(self) -> str | None:
        """Return the id of the newest offer of the target that was created and not undone."""

    async def sent_without_reply(self) -> frozenset[int]:
        """Return pending operations that were sent before, with no outcome known for a while."""

    async def forget_baseline(self) -> None:
        """Remove the baseline of pending operations, before a new listing; unknown ones keep it."""

    async def mark_existing(self, offers: Sequence[RemoteOffer], *, deleted_before: float) -> None:
        """Add one page of the listing to the baseline of pending operations of the same names.

        Not offers that this journal created under that name: whose they are is known. But what a
        run deleted before a moment (UTC seconds), and is listed, is there.
        """

    async def existing(
        self, *, after: int, limit: int, deleted_before: float
    ) -> Sequence[Existing]:
        """Return pending operations whose names the baseline shows for offers that are there.

        They are those of others, and what a run deleted before a moment (UTC seconds).
        """

    async def namesakes(self, *, after: int, limit: int) -> tuple[int | None, Sequence[Namesake]]:
        """Look at pending creates behind the id `after`; return those with namesakes.

        The first value is the id to go on behind, None at the end. A namesake is an offer of the
        same name that another run of this journal created, or may have created, from a row with an
        external id where this one has none, or the other way round.
        """


class Lease(Protocol):
    """The right to stage and apply for one target, until the `with` block ends.

    Whoever takes it over from a dead owner also moves what was being sent to `unknown`.
    """

    @property
    def target(self) -> str:
        """The target that nobody else sends to meanwhile."""


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

    def begin_undo(
        self,
        run_id: str,
        *,
        options: Mapping[str, str],
        restored: Iterable[tuple[int, PlannedRow]] = (),
        kind: str = "",
    ) -> str:
        """Stage a run that deletes what `run_id` created and still exists; return its id.

        `restored`: what is to be done about its other operations, by their ids, for entities of a
        `kind`.

        An undo of that run that was not finished is continued instead, and offers that it kept are
        tried again. It is staged when this returns: its source rows are those of the original run.
        """

    def begin_apply(self, plan_id: str, *, options: Mapping[str, str], kind: str) -> str:
        """Stage a run that does what a plan says; return its id. The plan is used up by it.

        One transaction. Raises `JournalError` where the plan was used before.
        """

    def resumable(
        self, *, target: str, sources: Sequence[SourceInfo], options: Mapping[str, str]
    ) -> str | None:
        """Return the latest run over the same bytes, read the same way, if it was not finished.

        Not where offers of its rows were deleted since, will be, or were given up with the undo of
        another run: they are to be created again.
        """

    def earlier_bytes(self, *, target: str, sources: Sequence[SourceInfo]) -> dict[str, str]:
        """Return the sources that an earlier run read with other bytes: path -> that run."""

    def run_of_claim(
        self, token: str, *, target: str, digest: str, options: Mapping[str, str]
    ) -> tuple[str, str] | None:
        """Return the latest run over these bytes that was begun for this claim of an inbox.

        The second value is the run that undid it, "" where none did.
        """

    def claim_sent_elsewhere(
        self, token: str, *, target: str, digest: str
    ) -> tuple[str, str, str] | None:
        """Return the run that sent rows of this claim to another target, and that target.

        It is the run of the claim, or a later one that went on with its rows. The third value is an
        undo of it that left some of them, "" where none began. Rows that an undo took back, or left
        to who edited their offers, do not count.
        """

    def finished_run_of(
        self, *, target: str, digest: str, options: Mapping[str, str]
    ) -> str | None:
        """Return the first run over these bytes after which nothing of them is left to do."""

    def restart(self, run_id: str) -> None:
        """Forget a staging of which nothing was sent; the run is read again from the beginning."""

    def add_sheet(self, run_id: str, *, source: str, sheet: str, header: Sequence[str]) -> int:
        """Add a sheet and return its id."""

    def add_rows(
        self,
        run_id: str,
        sheet_id: int,
        rows: Iterable[StagedRow | PlannedRow],
        *,
        kind: str,
        describe_change: Callable[[bytes, bytes], str],
        recognise: Callable[[str], str | None] | None = None,
    ) -> list[RowError]:
        """Add rows of one sheet in one transaction; return the errors that the journal found.

        `kind` is what the rows are ("fallback-offer"); `describe_change` says in words what differs
        between two bodies of one key, "" where it is not worth a word; `recognise` returns the
        field that a heading names by itself. A planned row of an entity that another run has not
        finished with becomes invalid.
        """

    def add_warnings(self, warnings: Sequence[tuple[int, RowError]]) -> None:
        """Add warnings, each with the id of its sheet, to rows that were added before."""

    def finish(self, run_id: str, *, is_agreed: bool = True) -> None:
        """Record that every source was read to its end, and whether somebody agreed to send it."""

    def begin_sending(self, run_id: str) -> None:
        """Record that a run is sent: somebody agreed to it, and it has no end until it ends.

        Whatever stops it, it may go on; and what it does now is no older than that. It takes over
        what earlier runs left of its rows.
        """

    def reject(self, run_id: str, *, code: str, message: str) -> None:
        """Give up what is pending of a run: nothing of its file is to be sent.

        What it took over from a run that still has a row for it, and was neither rejected nor
        undone, it gives back to that run. The run stays rejected.
        """

    def withdraw(self, run_id: str) -> bool:
        """Give up what is pending of a run that was undone or rejected; say whether it was."""

    def end_run(self, run_id: str, *, reason: str) -> None:
        """Record how the run ended; "" where every operation was tried."""

    def resolve(
        self, operation_id: int, *, was_done: bool, receipt: Receipt | None, evidence: str
    ) -> str:
        """Record what a person found out about an unknown operation.

        Where the receipt names an offer that another operation created, write nothing and return
        the name of that offer, else "". What is absent of a run that was undone or rejected
        is given up.
        """

    def store_listing(self, run_id: str, kind: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Keep what the target listed when names were looked up, once for each content."""


class Journal(Protocol):
    """An open journal. Several may be open at once, in several processes."""

    @property
    def place(self) -> str:
        """Where it is, without secrets."""

    @property
    def staging(self) -> Staging: ...

    @property
    def history(self) -> History: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def snapshots(self) -> Snapshots: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def person(self) -> str:
        """Who runs this process: user@host."""

    def check_not_moved(self) -> None:
        """Raise `JournalMismatch` where it was copied to another place, which is used now."""

    def lease(self, target: str, *, words: str = "") -> AbstractContextManager[Lease]:
        """Take the lease of a target, or raise `JournalBusy`, which names its holder.

        `words` are those for the target that a person knows.
        """

    def operations(
        self, run_id: str, *, lease: Lease, only: Operation | None = None
    ) -> AbstractAsyncContextManager[Operations]:
        """Give the operations of a run, or those of one kind.

        On leaving, everything that waits is written first.
        """

    def close(self) -> None:
        """Close it. Safe to repeat."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
