"""End the doubt about unknown rows by looking; before the first send, look what stands there.

Rules of this file: what stood on the server before a row was first sent is never taken for ours,
nor what the journal knows as the offer of another row; one equal offer is ours; several are for a
person; none, seen twice with a settle time before each look, is proof of absence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loader.delivery.ports import Clock, Ledger, Library, OnExisting, Policy
from loader.delivery.stop import StopSignal
from loader.events import Limited, Listener, RowsDone
from loader.model import Event, Receipt, RemoteOffer, UnknownRow

_PAGE = 200
_LONGEST_NAP_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Looks for rows on the server."""

    ledger: Ledger
    library: Library
    clock: Clock
    policy: Policy
    listener: Listener
    stop: StopSignal

    async def take_baseline(self) -> None:
        """Record what bears the names of pending rows already, and settle what that means."""
        if not await self.ledger.due(after=0, limit=1):
            return
        await self.ledger.forget_baseline()
        seen = 0
        async for page in self.library.offers():
            seen += len(page)
            self.listener(
                Limited(by=f"looking at the offers that are there already: {seen:,} so far")
            )
            await self.ledger.mark_existing(page)
        if self.stop.requested() or self.policy.on_existing is OnExisting.DUPLICATE:
            return
        after = 0
        while page_of_rows := await self.ledger.existing(after=after, limit=_PAGE):
            for row in page_of_rows:
                after = row.job.operation_id
                message = f"an offer of this name stands on the server already: {row.remote_id}"
                if self.policy.on_existing is OnExisting.SKIP:
                    there = Receipt(instance_id=row.remote_id, at_id=row.remote_id)
                    await self.ledger.skip(after, message=message, receipt=there)
                    self.listener(RowsDone(count=1))
                else:
                    message += "; rename the row, or load with --on-existing skip or duplicate"
                    await self.ledger.give_up(after, code="already-exists", message=message)
                    self.listener(RowsDone(count=1, failed=1))

    async def settle_unknown(self) -> int:
        """Look for every unknown row; return how many were found."""
        found, after = 0, 0
        while not self.stop.requested():
            page = await self.ledger.unknown(after=after, limit=_PAGE)
            if not page:
                break
            after = page[-1].job.operation_id
            found += await self._settle(page)
        self.listener(Limited(by=""))
        return found

    async def _settle(self, doubts: Sequence[UnknownRow]) -> int:
        """Look twice, with a settle time before each look: lists lag, and requests are late."""
        latest = max(doubt.last_sent_at for doubt in doubts)
        absent = list(doubts)
        found = 0
        for look in (1, 2):
            wait = latest + self.policy.settle_seconds - self.clock.now()
            if not await self._wait(wait if look == 1 else self.policy.settle_seconds):
                return found
            remaining = []
            for doubt in absent:
                if self.stop.requested():
                    return found
                verdict = await self._look(doubt)
                if verdict is None:
                    return found
                found += verdict is Event.FOUND
                if verdict is Event.ABSENT:
                    remaining.append(doubt)
            absent = remaining
            if not absent:
                return found
        for doubt in absent:
            await self._conclude_absent(doubt)
        return found

    async def _look(self, doubt: UnknownRow) -> Event | None:
        """Look for one; None where someone wants to stop, which may have ended the look early."""
        named = await self.library.find(doubt.job.name)
        if self.stop.requested():
            return None
        fresh = [offer for offer in named if offer.receipt.instance_id not in doubt.baseline]
        ids = [offer.receipt.instance_id for offer in fresh]
        claimed = await self.ledger.claimed(ids) if ids else set()
        ours = [
            offer
            for offer in fresh
            if offer.receipt.instance_id not in claimed
            and self.library.same_offer(doubt.job.body, offer)
        ]
        others = [o for o in fresh if o not in ours and o.receipt.instance_id not in claimed]
        if len(ours) == 1:
            await self.ledger.conclude(
                doubt.job.operation_id,
                Event.FOUND,
                receipt=ours[0].receipt,
                evidence="no reply was seen; the offer was found on the server",
            )
            return Event.FOUND
        if ours or others:
            await self.ledger.conclude(
                doubt.job.operation_id, Event.AMBIGUOUS, receipt=None, evidence=_seen(ours, others)
            )
            return Event.AMBIGUOUS
        return Event.ABSENT

    async def _conclude_absent(self, doubt: UnknownRow) -> None:
        if doubt.must_exist or not self.policy.resend_absent:
            why = (
                "the API answered that it was created, but it is not in the list"
                if doubt.must_exist
                else "looked for twice and not found; not sent again (--on-absent hold)"
            )
            await self.ledger.conclude(
                doubt.job.operation_id, Event.AMBIGUOUS, receipt=None, evidence=f"{why}; {_DECIDE}"
            )
            return
        await self.ledger.conclude(
            doubt.job.operation_id,
            Event.ABSENT,
            receipt=None,
            evidence="no reply was seen; looked for twice and not found",
        )

    async def _wait(self, seconds: float) -> bool:
        until = self.clock.monotonic() + seconds
        while not self.stop.requested():
            rest = until - self.clock.monotonic()
            if rest <= 0:
                return True
            self.listener(Limited(by=f"looking for rows without a reply in {rest:.0f} s"))
            await self.clock.sleep(min(rest, _LONGEST_NAP_SECONDS))
        return False


_DECIDE = "look in Adobe, then decide with `loader resolve`"


def _seen(ours: Sequence[RemoteOffer], others: Sequence[RemoteOffer]) -> str:
    if ours:
        ids = ", ".join(offer.receipt.instance_id for offer in ours[:5])
        return f"{len(ours)} offers on the server equal this row: {ids}; {_DECIDE}"
    ids = ", ".join(offer.receipt.instance_id for offer in others[:5])
    return f"no reply was seen; of this name, but with other contents: {ids}; {_DECIDE}"
