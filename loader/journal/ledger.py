"""The journal for the engine: asynchronous, one writer, group commit.

Rules of this file: every operation that waits at a moment goes into one transaction, and returns
only after its commit; a failed commit fails all of them and everything after it.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self, TypeVar

import anyio
from anyio import to_thread

from loader.errors import JournalError, LoaderError
from loader.journal.moves import Existing, Moves
from loader.journal.opening import JournalFile
from loader.model import Attempt, Doubt, Event, Job, Outcome, Receipt, RemoteOffer

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class _Waiting:
    work: Callable[[], Any]  # what it returns is known to whoever asked
    done: anyio.Event = field(default_factory=anyio.Event)
    result: Any = None


class AsyncLedger:
    """The moves of one run, in group commits. Made by `AsyncLedger.opened`."""

    def __init__(self, file: JournalFile, moves: Moves) -> None:
        self._file = file
        self._moves = moves
        self._queue: list[_Waiting] = []
        self._wake = anyio.Event()
        self._failure: LoaderError | None = None
        self._closing = False

    @classmethod
    @asynccontextmanager
    async def opened(cls, file: JournalFile, *, run_id: str, target: str) -> AsyncIterator[Self]:
        """Open the ledger of a run; on leaving, everything that waits is written first."""
        moves = Moves(file.connection, run_id=run_id, target=target, now=file.clock)
        ledger = cls(file, moves)
        async with anyio.create_task_group() as group:
            group.start_soon(ledger._write)
            try:
                yield ledger
            finally:
                ledger._closing = True
                ledger._wake.set()

    async def _write(self) -> None:
        with anyio.CancelScope(shield=True):
            while self._queue or not self._closing:
                if not self._queue:
                    self._wake = anyio.Event()
                    await self._wake.wait()
                    continue
                group, self._queue = self._queue, []
                if self._failure is None:
                    try:
                        await to_thread.run_sync(partial(self._commit, group))
                    except LoaderError as error:
                        self._failure = error
                for waiting in group:
                    waiting.done.set()

    def _commit(self, group: Sequence[_Waiting]) -> None:
        with self._file.transaction():
            for waiting in group:
                waiting.result = waiting.work()

    async def _do(self, work: Callable[[], T]) -> T:
        if self._closing:
            raise JournalError("the journal is closed already: a fault of the loader, report it")
        waiting = _Waiting(work=work)
        self._queue.append(waiting)
        self._wake.set()
        with anyio.CancelScope(shield=True):
            await waiting.done.wait()
        if self._failure is not None:
            raise self._failure
        result: T = waiting.result
        return result

    async def due(self, *, after_row_id: int, limit: int) -> Sequence[Job]:
        """Return pending rows of the run, by row id."""
        return await self._do(partial(self._moves.due, after_row_id=after_row_id, limit=limit))

    async def start(self, job: Job) -> Attempt:
        """Commit the intent to send."""
        return await self._do(partial(self._moves.start, job))

    async def finish(self, attempt: Attempt, event: Event, outcome: Outcome) -> None:
        """Commit what the attempt taught us."""
        await self._do(partial(self._moves.finish, attempt, event, outcome))

    async def give_up(
        self, row_id: int, *, code: str, message: str, receipt: Receipt | None = None
    ) -> None:
        """Commit that a pending row will not be sent."""
        await self._do(
            partial(self._moves.give_up, row_id, code=code, message=message, receipt=receipt)
        )

    async def skip(self, row_id: int, *, message: str, receipt: Receipt) -> None:
        """Commit that a pending row is left out because its offer exists."""
        await self._do(partial(self._moves.skip, row_id, message=message, receipt=receipt))

    async def doubts(self, *, after_row_id: int, limit: int) -> Sequence[Doubt]:
        """Return unknown rows of the run, by row id."""
        return await self._do(partial(self._moves.doubts, after_row_id=after_row_id, limit=limit))

    async def conclude(
        self, row_id: int, event: Event, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Commit what was found out about an unknown row."""
        await self._do(
            partial(self._moves.conclude, row_id, event, receipt=receipt, evidence=evidence)
        )

    async def claimed(self, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are receipts of this journal."""
        return await self._do(partial(self._moves.claimed, ids))

    async def forget_baseline(self) -> None:
        """Commit that pending rows have no baseline, before a new listing."""
        await self._do(self._moves.forget_baseline)

    async def mark_existing(self, offers: Sequence[RemoteOffer]) -> None:
        """Commit which pending rows bear the names of one page of offers."""
        await self._do(partial(self._moves.mark_existing, offers))

    async def existing(self, *, after_row_id: int, limit: int) -> Sequence[Existing]:
        """Return pending rows whose name stands on the server already."""
        return await self._do(partial(self._moves.existing, after_row_id=after_row_id, limit=limit))
