"""An offer with the contents of an unknown row, under a name that is not like the row's.

If another row has exactly that name, the offer is that row's. A name that is only like another
row's proves nothing: the fold that may show an offer must not hide one.
"""

from collections.abc import Sequence

import pytest

from loader.delivery.find_unknown_creates import CreateReconciler
from loader.model import Job, OperationEvent, UnknownRow
from tests.delivery.one_unknown_row import Ledger, LibraryOfOne, shared_of
from tests.support.waiting_clock import WaitingClock

pytestmark = pytest.mark.anyio


class LedgerOfRows(Ledger):
    """Another row has the name "Other"."""

    async def names_of_rows(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset(names) & {"Other"}


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("Other", OperationEvent.ABSENT),
        ("other", OperationEvent.AMBIGUOUS),
        ("Other ", OperationEvent.AMBIGUOUS),
        ("\u00d3ther", OperationEvent.AMBIGUOUS),
        ("offer-17", OperationEvent.AMBIGUOUS),
    ],
)
async def test_only_exactly_the_name_of_another_row_takes_an_offer_away(
    name: str, event: OperationEvent
) -> None:
    clock = WaitingClock(shift=1_700_000_000.0)
    job = Job(operation_id=1, key="Mine", name="Mine", digest="d", body=b"{}")
    ledger = LedgerOfRows(UnknownRow(job=job, last_sent_at=clock.now()))
    library = LibraryOfOne(clock, name=name)

    await CreateReconciler(shared=shared_of(ledger, clock), library=library).settle_unknown()

    assert ledger.concluded == [event]
