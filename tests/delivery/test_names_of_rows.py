"""An offer with the contents of an unknown row, under a name that is not like the row's.

If another row has exactly that name, the offer is that row's. A name that is only like another
row's proves nothing: the fold that may show an offer must not hide one.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from loader.delivery.find_unknown_creates import CreateReconciler
from loader.model import Job, OperationEvent, Receipt, RemoteOffer, UnknownRow
from tests.delivery.one_unknown_row import Ledger, LibraryOfOne, shared_of
from tests.support.waiting_clock import WaitingClock

pytestmark = pytest.mark.anyio


MANY = 40


def unknown_row(operation_id: int) -> UnknownRow:
    name = f"Mine {operation_id}"
    job = Job(operation_id=operation_id, key=name, name=name, digest="d", body=b"{}")
    return UnknownRow(job=job, last_sent_at=1_700_000_000.0)


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
    ledger = LedgerOfRows(unknown_row(1))
    library = LibraryOfOne(clock, name=name)

    await CreateReconciler(shared=shared_of(ledger, clock), library=library).settle_unknown()

    assert ledger.concluded == [event]


class LedgerOfMany(Ledger):
    """Many unknown rows, and as many that got their offers; both have the same contents."""

    reads = 0

    async def unknown(self, *, after: int, limit: int) -> Sequence[UnknownRow]:
        self.reads += 1
        ids = range(after + 1, min(after + limit, MANY) + 1)
        return [unknown_row(each) for each in ids]

    async def claimed(self, ids: Sequence[str]) -> Mapping[str, str]:
        return {each: f"Got {each}" for each in ids}

    async def conclude(
        self, operation_id: int, event: OperationEvent, *, receipt: Receipt | None, evidence: str
    ) -> None:
        self.concluded.append(event)


class LibraryOfMany(LibraryOfOne):
    """An offer of each row that got its own."""

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        for each in range(MANY):
            receipt = Receipt(instance_id=str(each), at_id=str(each))
            yield [RemoteOffer(receipt=receipt, name=f"Got {each}", offer={})]


async def test_an_offer_of_another_row_is_not_compared_with_every_row_of_its_contents() -> None:
    clock = WaitingClock(shift=1_700_000_000.0)
    ledger = LedgerOfMany(unknown_row(1))

    await CreateReconciler(
        shared=shared_of(ledger, clock), library=LibraryOfMany(clock)
    ).settle_unknown()

    assert ledger.concluded == [OperationEvent.ABSENT] * MANY
    assert ledger.reads < MANY  # MANY times MANY, once
