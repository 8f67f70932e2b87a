"""How long a look waits: by the monotonic clock, and never longer than the settle time."""

import pytest

from loader.delivery.delete_sender import CachedListing, DeleteFinder
from loader.delivery.find_unknown_changes import ChangeReconciler
from loader.delivery.find_unknown_creates import CreateReconciler
from loader.model import Job, Operation, OperationEvent, UnknownRow
from tests.delivery.one_unknown_row import NOW, SETTLE, Ledger, Library, shared_of
from tests.support.waiting_clock import WaitingClock

pytestmark = pytest.mark.anyio


async def looks_after(
    *, sent_ago: float, shift: float = 0.0, since: float | None = None
) -> list[float]:
    """Settle one row; return when the looks were, counted from the beginning."""
    clock = WaitingClock(shift=NOW)
    job = Job(operation_id=1, key="A", name="A", digest="d", body=b"{}")
    row = UnknownRow(job=job, last_sent_at=clock.now() - sent_ago)
    ledger, library = Ledger(row), Library(clock)
    clock.shift += shift
    start = clock.passed
    reconciler = CreateReconciler(shared=shared_of(ledger, clock), library=library)
    await reconciler.settle_unknown(since=None if since is None else start - since)
    assert ledger.concluded == [OperationEvent.ABSENT]
    return [round(at - start, 3) for at in library.looks]


@pytest.mark.parametrize(
    ("sent_ago", "shift", "first"),
    [
        (0.0, 0.0, 60.0),
        (45.0, 0.0, 15.0),
        (3600.0, 0.0, 0.0),
        (0.0, -7200.0, 60.0),  # the clock was set back by two hours
        (-400 * 86_400.0, 0.0, 60.0),  # the row was sent under a clock that was far ahead
    ],
)
async def test_after_a_start_the_journals_time_counts_but_for_the_future(
    sent_ago: float, shift: float, first: float
) -> None:
    assert await looks_after(sent_ago=sent_ago, shift=shift) == [first, first + SETTLE]


@pytest.mark.parametrize("shift", [0.0, 7200.0, -7200.0])
async def test_while_the_process_lives_the_wall_clock_means_nothing(shift: float) -> None:
    assert await looks_after(sent_ago=20.0, shift=shift, since=20.0) == [40.0, 100.0]


def reconciler_of_deletes(
    clock: WaitingClock, *, visible_at: float
) -> tuple[ChangeReconciler, Library]:
    job = Job(
        operation_id=1, operation=Operation.DELETE, key="A", name="A", digest="d", body=b"{}",
        remote_id="one",
    )  # fmt: skip
    library = Library(clock)
    ledger = Ledger(UnknownRow(job=job, last_sent_at=clock.now()))
    listed = CachedListing(
        store=library,  # type: ignore[arg-type]
        clock=clock,
        max_age_seconds=SETTLE,
        newest=ledger.newest_not_undone,
    )
    reconciler = ChangeReconciler(
        shared=shared_of(ledger, clock),
        what="deletes",
        lookup=library.lookup,
        find=DeleteFinder(listed=listed).find,
        visible_at=visible_at,
    )
    return reconciler, library


async def test_what_became_of_a_delete_is_looked_up_after_the_settle_time() -> None:
    clock = WaitingClock(shift=NOW)
    start = clock.passed
    reconciler, library = reconciler_of_deletes(clock, visible_at=0.0)

    assert await reconciler.settle_unknown() == 1

    assert [at - start for at in library.looks] == [60.0, 60.0]  # by its id, and in the list


@pytest.mark.parametrize(("created_ago", "wait"), [(0.0, 60.0), (45.0, 15.0), (3600.0, 0.0)])
@pytest.mark.parametrize("shift", [0.0, -7200.0])  # the clock was set back
async def test_nothing_is_deleted_before_every_read_shows_it(
    created_ago: float, wait: float, shift: float
) -> None:
    clock = WaitingClock(shift=NOW)
    start, created_at = clock.passed, clock.now() - created_ago
    clock.shift += shift
    reconciler, _ = reconciler_of_deletes(clock, visible_at=created_at + SETTLE)

    await reconciler.take_baseline()

    assert clock.passed - start == (wait if not shift else SETTLE)
