"""The ledger: what comes together is committed together, and what failed fails for everyone."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from loader.errors import JournalError
from loader.journal.sql.operations import GroupedOperations
from loader.journal.sqlite.database import SqliteDatabase
from loader.model import Job, Outcome, OutcomeKind, State
from tests.support.staged import TARGET, journal, line, stage

pytestmark = pytest.mark.anyio


class Counted(SqliteDatabase):
    """A journal that counts its commits, and can have no room for them."""

    commits = 0
    is_full = False

    def commit(self) -> None:
        if self.is_full:
            self.roll_back()
            raise JournalError("the disk is full")
        super().commit()
        self.commits += 1


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[tuple[Counted, str]]:
    with journal(tmp_path / "j.sqlite3") as file:
        run_id = stage(file, [line(n, f"N{n}") for n in range(2, 10)])
    with Counted.open(tmp_path / "j.sqlite3", clock=lambda: 0.0) as file:
        yield file, run_id


def states(file: SqliteDatabase) -> list[str]:
    return [
        state
        for (state,) in file.connection.execute("SELECT state FROM operation ORDER BY operation_id")
    ]


async def started(ledger: GroupedOperations, job: Job) -> None:
    await ledger.start(job)


async def test_what_comes_together_is_one_commit(staged: tuple[Counted, str]) -> None:
    file, run_id = staged
    async with GroupedOperations.opened(file, run_id=run_id, target=TARGET) as ledger:
        jobs = await ledger.due(after=0, limit=10)
        before = file.commits
        async with anyio.create_task_group() as group:
            for job in jobs:
                group.start_soon(started, ledger, job)

    assert file.commits == before + 1
    assert states(file) == [State.SENDING] * 8


async def test_nothing_is_known_before_it_is_on_disk(staged: tuple[Counted, str]) -> None:
    file, run_id = staged
    async with GroupedOperations.opened(file, run_id=run_id, target=TARGET) as ledger:
        [job, *_] = await ledger.due(after=0, limit=10)
        before = file.commits

        await ledger.start(job)

        assert file.commits == before + 1
        outcome = Outcome(kind=OutcomeKind.REFUSED, code="http-400")
        await ledger.finish(job, outcome)
        assert file.commits == before + 2
        assert states(file)[0] == State.FAILED


async def test_a_commit_that_fails_fails_for_everyone_and_for_good(
    staged: tuple[Counted, str],
) -> None:
    file, run_id = staged
    heard = []

    async def start(ledger: GroupedOperations, job: object) -> None:
        with pytest.raises(JournalError, match="full"):
            await ledger.start(job)
        heard.append(job)

    async with GroupedOperations.opened(file, run_id=run_id, target=TARGET) as ledger:
        jobs = await ledger.due(after=0, limit=10)
        file.is_full = True
        async with anyio.create_task_group() as group:
            for job in jobs[1:]:
                group.start_soon(start, ledger, job)
        file.is_full = False
        await start(ledger, jobs[0])

    assert len(heard) == 8
    assert states(file) == [State.PENDING] * 8


async def test_a_fault_of_ours_is_heard_too(staged: tuple[Counted, str]) -> None:
    file, run_id = staged
    async with GroupedOperations.opened(file, run_id=run_id, target=TARGET) as ledger:
        with pytest.raises(AttributeError):
            await ledger.start(None)


async def test_what_waits_is_written_on_leaving_though_nobody_asks_any_more(
    staged: tuple[Counted, str],
) -> None:
    file, run_id = staged
    async with (
        GroupedOperations.opened(file, run_id=run_id, target=TARGET) as ledger,
        anyio.create_task_group() as group,
    ):
        [job, *_] = await ledger.due(after=0, limit=10)
        group.start_soon(started, ledger, job)
        await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()

    assert states(file)[0] == State.SENDING
    with pytest.raises(JournalError, match="closed"):
        await ledger.start(job)
