"""When an offer that is to be deleted or changed, and that no read shows, counts as gone."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from loader.api.departure_hooks import DepartureHooks
from loader.api.is_update_applied import UpdateState
from loader.delivery.delete_sender import CachedListing, DeleteSender
from loader.delivery.early_reads import EarlyReads
from loader.delivery.stop import StopSignal
from loader.delivery.update_sender import UpdateSender
from loader.merge.update_body import UpdateBody
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

    async def update(
        self,
        remote_id: str,
        patch: bytes,
        etag: str,
        hooks: DepartureHooks,
        *,
        is_settled: Callable[[], bool],
    ) -> Outcome:
        self.by_id.discard(remote_id)
        return Outcome(kind=OutcomeKind.REFUSED, code="gone", http_status=404)

    def update_state(self, remote_id: str, patch: bytes, there: RemoteOffer | None) -> UpdateState:
        return UpdateState.GONE if there is None else UpdateState.AS_BEFORE

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


async def update(reads: Reads, number: int) -> tuple[OutcomeKind, str]:
    """Perform an update of one offer, of which the last one is the newest."""

    async def newest() -> str | None:
        return "offer-9"

    clock = WaitingClock()
    sender = UpdateSender(
        store=reads,
        stop=StopSignal(),
        listed=CachedListing(store=reads, clock=clock, max_age_seconds=SETTLE, newest=newest),
        early=EarlyReads(clock=clock, seen_at=0.0, settle_seconds=0.0),
    )
    body = UpdateBody(patch=[], changes=()).dump()
    changed = replace(job(number), operation=Operation.UPDATE, body=body)
    outcome = await sender.perform(changed, None)  # type: ignore[arg-type]
    return outcome.kind, outcome.code


class Undo:
    """An undo of the offers 1 to 9, of which the last one is the newest."""

    def __init__(self, reads: Reads, newest: str | None = "offer-9") -> None:
        async def known() -> str | None:
            return newest

        self.clock = WaitingClock()
        listed = CachedListing(store=reads, clock=self.clock, max_age_seconds=SETTLE, newest=known)
        early = EarlyReads(clock=self.clock, seen_at=0.0, settle_seconds=0.0)
        self._sender = DeleteSender(store=reads, stop=StopSignal(), listed=listed, early=early)

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


async def test_an_offer_that_only_its_id_does_not_find_is_not_gone_for_an_update() -> None:
    assert await update(Reads(listed={"offer-9"}), 3) == (OutcomeKind.REFUSED, "gone")
    assert await update(Reads(listed={"offer-3", "offer-9"}), 3) == NOT_KNOWN
    assert await update(Reads(by_id={"offer-9"}), 3) == NOT_KNOWN


async def test_an_update_that_is_refused_as_gone_is_looked_up_where_that_is_not_proven() -> None:
    listed = {"offer-3", "offer-9"}

    refused = await update(Reads(listed={"offer-9"}, by_id={"offer-3"}), 3)
    unproven = await update(Reads(listed=listed, by_id={"offer-3"}), 3)

    assert refused == (OutcomeKind.REFUSED, "gone")
    assert unproven == (OutcomeKind.LOST, "not-decided")
