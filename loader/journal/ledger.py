"""The journal for the engine: asynchronous, one writer, group commit.

Rules of this file: every operation that was asked for in the same few milliseconds goes into one
transaction, and returns only after its commit; a failed commit fails all of them and everything
after it. The event loop waits for the commit: a thread for it would cost more than it takes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any, Final, Self, TypeVar

from loader.errors import JournalError
from loader.journal.database import JournalFile
from loader.journal.rows import Existing, RowTransitions
from loader.model import Attempt, Event, Job, Outcome, Receipt, RemoteOffer, UnknownRow

T = TypeVar("T")
_GROUP_SECONDS: Final = 0.005  # a commit costs as much as ten rows: let some come together


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    work: Callable[[], Any]  # what it returns is known to whoever asked
    done: asyncio.Future[Any]


class AsyncLedger:
    """The moves of one run, in group commits. Made by `AsyncLedger.opened`."""

    def __init__(self, file: JournalFile, moves: RowTransitions) -> None:
        self._file = file
        self._moves = moves
        self._queue: list[_Waiting] = []
        self._failure: Exception | None = None
        self._closing = False

    @classmethod
    @asynccontextmanager
    async def opened(cls, file: JournalFile, *, run_id: str, target: str) -> AsyncIterator[Self]:
        """Open the ledger of a run; on leaving, everything that waits is written first."""
        moves = RowTransitions(file.connection, run_id=run_id, target=target, now=file.clock)
        ledger = cls(file, moves)
        try:
            yield ledger
        finally:
            ledger._closing = True
            ledger._commit()

    def _commit(self) -> None:
        group, self._queue = self._queue, []
        results: list[Any] = []
        if group and self._failure is None:
            try:
                with self._file.transaction():
                    results = [waiting.work() for waiting in group]
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
                self._failure = error
        for waiting, result in zip_longest(group, results):
            if waiting.done.done():
                continue  # whoever asked was cancelled
            if self._failure is None:
                waiting.done.set_result(result)
            else:
                waiting.done.set_exception(self._failure)

    async def _do(self, work: Callable[[], T]) -> T:
        if self._failure is not None:
            raise self._failure
        if self._closing:
            raise JournalError("the journal is closed already: a fault of the loader, report it")
        loop = asyncio.get_running_loop()
        if not self._queue:
            loop.call_later(_GROUP_SECONDS, self._commit)
        waiting = _Waiting(work=work, done=loop.create_future())
        self._queue.append(waiting)
        result: T = await waiting.done
        return result

    async def due(self, *, after: int, limit: int) -> Sequence[Job]:
        """Return pending rows of the run, by row id."""
        return await self._do(partial(self._moves.due, after=after, limit=limit))

    async def start(self, job: Job) -> Attempt:
        """Commit the intent to send."""
        return await self._do(partial(self._moves.start, job))

    async def finish(self, attempt: Attempt, event: Event, outcome: Outcome) -> None:
        """Commit what the attempt taught us."""
        await self._do(partial(self._moves.finish, attempt, event, outcome))

    async def give_up(
        self, operation_id: int, *, code: str, message: str, receipt: Receipt | None = None
    ) -> None:
        """Commit that a pending row will not be sent."""
        await self._do(
            partial(self._moves.give_up, operation_id, code=code, message=message, receipt=receipt)
        )

    async def skip(self, operation_id: int, *, message: str, receipt: Receipt) -> None:
        """Commit that a pending row is left out because its offer exists."""
        await self._do(partial(self._moves.skip, operation_id, message=message, receipt=receipt))

    async def unknown(self, *, after: int, limit: int) -> Sequence[UnknownRow]:
        """Return unknown rows of the run, by row id."""
        return await self._do(partial(self._moves.unknown, after=after, limit=limit))

    async def conclude(
        self, operation_id: int, event: Event, *, receipt: Receipt | None, evidence: str
    ) -> None:
        """Commit what was found out about an unknown row."""
        await self._do(
            partial(self._moves.conclude, operation_id, event, receipt=receipt, evidence=evidence)
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

    async def existing(self, *, after: int, limit: int) -> Sequence[Existing]:
        """Return pending rows whose name stands on the server already."""
        return await self._do(partial(self._moves.existing, after=after, limit=limit))
