"""The operations of a run for the engine: awaited, one writer, group commit.

Everything that was asked for within a few milliseconds goes into one transaction, the intents
together and the outcomes together, and each caller goes on only after its commit. One that fails
fails for everyone in its group and for everyone who comes after.

A commit waits for the disk, so it runs in a worker thread, one at a time, while the event loop goes
on.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, NamedTuple, Self, TypeVar

import anyio

from loader.errors import JournalBusy, JournalError
from loader.journal.records import Existing, Namesake
from loader.journal.sql.database import Database
from loader.journal.sql.event_changes import Attempt
from loader.journal.sql.transitions import Transitions
from loader.model import Job, Operation, OperationEvent, Outcome, Receipt, RemoteOffer, UnknownRow

T = TypeVar("T")
Asked = TypeVar("Asked")
_GROUP_SECONDS: Final = 0.003  # a commit costs as much as ten rows: let some come together
_PATIENCE_SECONDS: Final = 30.0  # for other writers, who need milliseconds
InThread = Callable[[Callable[[], None]], Awaitable[None]]


class _Waiting(NamedTuple):
    work: Callable[[Sequence[Any]], Sequence[Any]]  # for all who ask for the same
    asked: Any
    done: asyncio.Future[Any]  # gets what the work returns for `asked`


class GroupedOperations:
    """The operations of one run, in group commits. Made by `GroupedOperations.opened`."""

    def __init__(
        self, database: Database, transitions: Transitions, *, in_thread: InThread
    ) -> None:
        self._database = database
        self._transitions = transitions
        self._in_thread = in_thread
        self._queue: list[_Waiting] = []
        self._failure: Exception | None = None
        self._committing: asyncio.Task[None] | None = None
        self._is_closing = False

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        database: Database,
        *,
        run_id: str,
        target: str,
        only: Operation | None = None,
        in_thread: InThread = asyncio.to_thread,
    ) -> AsyncIterator[Self]:
        """Open the operations of a run; on leaving, everything that waits is written first."""
        transitions = Transitions(database, run_id=run_id, target=target, only=only)
        operations = cls(database, transitions, in_thread=in_thread)
        try:
            yield operations
        finally:
            operations._is_closing = True
            await operations._drain()

    async def _drain(self) -> None:
        """Wait for the last commit, even where the caller was cancelled."""
        if self._committing is not None:
            with anyio.CancelScope(shield=True):
                await asyncio.wait({self._committing})

    async def _commit_groups(self) -> None:
        """Commit one group after the other until nobody waits."""
        try:
            await asyncio.sleep(_GROUP_SECONDS)
            while self._queue:
                await self._commit_group()
                if not self._is_closing:
                    await asyncio.sleep(_GROUP_SECONDS)
        finally:
            self._committing = None

    async def _commit_group(self) -> None:
        """Do the work of everyone who waits in one transaction, then let them go on."""
        try:
            if self._failure is None:
                await self._wait_for_turn()
        except Exception as error:  # noqa: BLE001 - everyone who waits must get it
            self._failure = error
        group, self._queue = self._queue, []
        results: list[Any] = []
        if self._failure is None:
            try:
                await self._write(group, results)
            except Exception as error:  # noqa: BLE001 - as above
                self._failure = error
        for number, waiting in enumerate(group):
            if waiting.done.done():
                continue  # the caller was cancelled
            if self._failure is None:
                waiting.done.set_result(results[number])
            else:
                waiting.done.set_exception(self._failure)

    async def _write(self, group: Sequence[_Waiting], results: list[Any]) -> None:
        """Do the work of a group, and commit it: in a thread what waits for a disk or a server."""

        def work() -> None:
            try:
                results.extend(_results(group))
            except BaseException:
                self._database.roll_back()
                raise

        def work_and_commit() -> None:
            work()
            self._database.commit()

        if self._database.is_remote:
            await self._in_thread(work_and_commit)
        else:
            work()
            await self._in_thread(self._database.commit)

    async def _wait_for_turn(self) -> None:
        """Begin a transaction as soon as no other process writes; the loop goes on meanwhile."""
        until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while not self._database.try_begin():
            if asyncio.get_running_loop().time() > until:
                raise JournalBusy(
                    f"the journal {self._database.place} is being written by another loader,"
                    f" without a pause for {_PATIENCE_SECONDS:.0f} seconds: nothing more is sent"
                )
            await asyncio.sleep(_GROUP_SECONDS / 5)

    def _enqueue(
        self, work: Callable[[Sequence[Asked]], Sequence[T]], asked: Asked
    ) -> asyncio.Future[T]:
        """Do the work once for all in the group who ask for it; the future is what `asked` gets."""
        if self._failure is not None:
            raise self._failure
        if self._is_closing:
            raise JournalError("the journal is closed already: a bug of the loader, report it")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._queue.append(_Waiting(work, asked, done))
        if self._committing is None:
            self._committing = loop.create_task(self._commit_groups())
        return done

    def _do(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return self._enqueue(_one_by_one, work)

    async def due(self, *, after: int, limit: int) -> Sequence[Job]:
        """Return pending operations behind the id `after`, in order."""
        return await self._do(partial(self._transitions.due, after=after, limit=limit))

    def start(self, job: Job) -> Awaitable[None]:
        """Commit the intent to send."""
        return self._enqueue(self._transitions.start, job)

    def finish(self, job: Job, outcome: Outcome) -> Awaitable[Outcome]:
        """Commit the outcome of an attempt, and return it: lost where its id is not new."""
        return self._enqueue(self._transitions.finish, Attempt(job, outcome))

    async def give_up(
        self, operation_id: int, *, code: str, message: str, receipt: Receipt | None = None
    ) -> None:
        """Commit that a pending operation will not be sent."""
        work = partial(
            self._transitions.give_up, operation_id, code=code, message=message, receipt=receipt
        )
        await self._do(work)

    async def skip(self, operation_id: int, *, message: str, receipt: Receipt) -> None:
        """Commit that a create is not sent because its offer exists."""
        await self._do(
            partial(self._transitions.skip, operation_id, message=message, receipt=receipt)
        )

    async def unknown(self, *, after: int, limit: int) -> Sequence[UnknownRow]:
        """Return operations without a known outcome behind the id `after`, in order."""
        return await self._do(partial(self._transitions.unknown, after=after, limit=limit))

    async def conclude(
        self, operation_id: int, event: OperationEvent, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Commit what a look-up found out about an unknown operation."""
        work = partial(
            self._transitions.conclude, operation_id, event, receipt=receipt, evidence=evidence
        )
        await self._do(work)

    async def claimed(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return those of `ids` that the journal knows as offers that it created, with names."""
        return await self._do(partial(self._transitions.claimed, ids))

    async def names_of_rows(self, names: Sequence[str]) -> frozenset[str]:
        """Return those of `names` that a row of the target has, whatever became of it."""
        return await self._do(partial(self._transitions.names_of_rows, names))

    async def latest_done(self, *, before: float) -> str | None:
        """Return the id of the last offer that the run created by a moment."""
        return await self._do(partial(self._transitions.latest_done, before=before))

    async def newest_not_undone(self) -> str | None:
        """Return the id of the newest offer of the target that was created and not undone."""
        return await self._do(self._transitions.newest_not_undone)

    async def sent_without_reply(self) -> frozenset[int]:
        """Return pending operations that were sent before, with no outcome known for a while."""
        return await self._do(self._transitions.sent_without_reply)

    async def forget_baseline(self) -> None:
        """Commit that pending operations have no baseline, before a new listing."""
        await self._do(self._transitions.forget_baseline)

    async def mark_existing(self, offers: Sequence[RemoteOffer], *, deleted_before: float) -> None:
        """Commit which pending operations have the names of one page of offers."""
        work = partial(self._transitions.mark_existing, offers, deleted_before=deleted_before)
        await self._do(work)

    async def existing(
        self, *, after: int, limit: int, deleted_before: float
    ) -> Sequence[Existing]:
        """Return pending operations whose names the baseline shows for offers that are there."""
        work = partial(
            self._transitions.existing, after=after, limit=limit, deleted_before=deleted_before
        )
        return await self._do(work)

    async def namesakes(self, *, after: int, limit: int) -> tuple[int | None, Sequence[Namesake]]:
        """Look at pending creates behind the id `after`; return those with namesakes."""
        return await self._do(partial(self._transitions.namesakes, after=after, limit=limit))


def _results(group: Sequence[_Waiting]) -> list[Any]:
    """Do the work of a group, and return what each of it gets."""
    numbers: dict[Callable[[Sequence[Any]], Sequence[Any]], list[int]] = {}
    for number, waiting in enumerate(group):
        numbers.setdefault(waiting.work, []).append(number)
    results: dict[int, Any] = {}
    for work, asking in numbers.items():
        found = work([group[number].asked for number in asking])
        results.update(zip(asking, found, strict=True))
    return [results[number] for number in range(len(group))]


def _one_by_one(works: Sequence[Callable[[], T]]) -> list[T]:
    return [work() for work in works]
