"""When an offer that is to be deleted, and that no read shows, counts as gone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from loader.api.departure_hooks import DepartureHooks
from loader.delivery.delete_sender import CachedListing, DeleteSender
from loader.delivery.stop import StopSignal
from loader.model import Job, Operation, Outcome, OutcomeKind, Receipt, RemoteOffer
from tests.support.waiting_clock import WaitingClock

pytestmark = pytest.mark.anyio
SETTLE = 60.0


@dataclass(slots=True)
class Reads:
    """What the two reads of a server show; nothing is ever deleted."""

    listed: set[str] = field(default_factory=set)
    by_id: set[str] = field(default_factory=set)

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        yield [offer(each) for each in self.listed]

    async def lookup(self, remote_id: str) -> RemoteOffer | None:
        return offer(remote_id) if remote_id in self.by_id else None

    async def delete(self, remote_id: str, etag: str, hooks: DepartureHooks) -> Outcome:
        return Outcome(kind=OutcomeKind.LOST, code="timeout")

    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool:
        return True

    def same_object(self, before: bytes, remote: RemoteOffer) -> bool:
        return True


def offer(remote_id: str) -> RemoteOffer:
    return RemoteOffer(
        receipt=Receipt(instance_id=remote_id, at_id=remote_id), name=remote_id, offer={}
    )


def job(number: int) -> Job:
    return Job(
        operation_id=number, operation=Operation.DELETE, key="k", name="n", digest="d", body=b"{}",
        remote_id=f"offer-{number}",
    )  # fmt: skip


class Undo:
    """An undo of the offers 1 to 9, of which the last one is the newest."""

    def __init__(self, reads: Reads, newest: str | None = "offer-9") -> None:
        async def known() -> str | None:
            return newest

        self.clock = WaitingClock()
        listed = CachedListing(store=reads, clock=self.clock, max_age_seconds=SETTLE, newest=known)
        self._sender = DeleteSender(store=reads, stop=StopSignal(), listed=listed)

    async def perform(self, number: int) -> Outcome:
        return await self._sender.perform(job(number), None)  # type: ignore[arg-type]

    async def say(self, number: int) -> tuple[OutcomeKind, str]:
        outcome = await self.perform(number)
        return outcome.kind, outcome.code


GONE = (OutcomeKind.DONE, "already-gone")
NOT_KNOWN = (OutcomeKind.NOT_ACCEPTED, "not-visible")


async def test_a_list_with_the_newest_offer_proves_it() -> None:
    undo = Undo(Reads(listed={"offer-9"}))

    assert await undo.say(3) == GONE


async def test_a_list_without_an_offer_that_is_there_proves_nothing_however_often() -> None:
    undo = Undo(Reads(listed={"offer-1"}, by_id={"offer-9"}))

    for _ in range(3):
        assert await undo.say(3) == NOT_KNOWN
        undo.clock.passed += SETTLE + 1


async def test_two_lists_with_the_settle_time_between_prove_it_where_all_may_be_gone() -> None:
    undo = Undo(Reads())

    first = await undo.perform(3)
    assert (first.kind, first.code) == NOT_KNOWN
    assert first.retry_after_seconds == SETTLE
    assert await undo.say(4) == NOT_KNOWN
    undo.clock.passed += SETTLE + 1
    assert await undo.say(3) == GONE
    assert await undo.say(9) == GONE


async def test_what_only_the_second_list_lacks_is_not_known_to_be_gone() -> None:
    reads = Reads(listed={"offer-4"})
    undo = Undo(reads)
    assert await undo.say(3) == NOT_KNOWN
    reads.listed = set()
    undo.clock.passed += SETTLE + 1

    assert await undo.say(4) == NOT_KNOWN
    assert await undo.say(3) == GONE


async def test_a_later_offer_that_is_found_by_its_id_shows_that_reads_are_up_to_date() -> None:
    undo = Undo(Reads(by_id={"offer-5"}))
    assert (await undo.perform(5)).kind is OutcomeKind.LOST

    assert await undo.say(3) == GONE
    assert await undo.say(7) == NOT_KNOWN


async def test_where_this_journal_created_nothing_one_list_is_enough() -> None:
    assert await Undo(Reads(), newest=None).say(3) == GONE
