"""The ports of delivery in one life of a simulation, over a world and its virtual clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from loader.api.check_listing import ListingCheck
from loader.api.decided_later import Decision
from loader.api.delete_outcome import wait_until_gone
from loader.api.departure_hooks import DepartureHooks
from loader.api.dps import DpsWire
from loader.api.transport import Reply
from loader.errors import TargetError
from loader.model import (
    ACCEPTED,
    IN_PART,
    Dialect,
    Job,
    Outcome,
    OutcomeKind,
    Receipt,
    RemoteOffer,
)
from loader.offer.entity import FALLBACK_OFFER
from offer_sandbox import Fault, SandboxSettings, Shape
from offer_sandbox.altered_replies import altered
from offer_sandbox.faults import Effect
from offer_sandbox.messages import Call, as_json
from offer_sandbox.read_forms import receipt_id
from tests.delivery.virtual_time import VirtualLoop
from tests.delivery.world import World

_PAGE = 5
_WIRE = DpsWire(FALLBACK_OFFER.endpoints)


@dataclass(slots=True, kw_only=True)
class Link:
    """The way to the server and back, which takes its time."""

    world: World
    loop: VirtualLoop

    def stall(self) -> None:
        if self.world.stall_seconds and self.world.chance.random() < 0.2:
            self.loop.now += self.world.chance.uniform(0, self.world.stall_seconds)

    async def goes(self, hooks: DepartureHooks) -> bool:
        """Let one request leave, and wait for what comes of it; False where it may not leave."""
        world = self.world
        self.stall()
        if world.connecting_seconds and world.chance.random() < 0.3:
            await asyncio.sleep(world.chance.uniform(0, world.connecting_seconds))
        if world.broken:
            await asyncio.sleep(5.0)
            raise ZeroDivisionError
        world.now = self.loop.now
        if not hooks.may_send():
            return False
        world.sent.append(world.now)
        self.stall()
        hooks.sent()
        await asyncio.sleep(min(world.chance.expovariate(5.0), 30.0))
        world.now = self.loop.now
        return True

    async def looks(self) -> None:
        """Wait for the answer to a read."""
        self.world.looked.append(self.loop.now)
        await asyncio.sleep(0.05)
        self.world.now = self.loop.now


class CreateWire:
    """Performs creates."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def perform(self, job: Job, hooks: DepartureHooks) -> Outcome:
        world, body = self._link.world, job.body
        if not await self._link.goes(hooks):
            return TAKEN_BACK
        name = orjson.loads(body)["name"]
        world.posts[name] += 1
        world.posted.append((name, world.sent[-1]))
        draw = world.chance.random() / max(world.trouble, 1e-9)
        return self._success(body) if draw >= 1.0 else self._trouble(draw, body)

    def _success(self, body: bytes) -> Outcome:
        """Tell the receipt in the form of this server, and let the loader read it."""
        made = self._link.world.receipt(body)
        settings = SandboxSettings(receipt_ids=self._link.world.receipt_ids)
        told = receipt_id(settings, made.instance_id)
        receipt = _WIRE.receipt({"id": told, "etag": made.etag})
        if receipt is None or not receipt.instance_id:
            return Outcome(kind=OutcomeKind.LOST, code=IN_PART, http_status=201, receipt=receipt)
        return Outcome(kind=OutcomeKind.DONE, code="created", http_status=201, receipt=receipt)

    def _trouble(self, draw: float, body: bytes) -> Outcome:
        world = self._link.world
        match int(draw * 8):
            case 0:
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="never came")
            case 1:
                world.apply(body)
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done, unseen")
            case 2:
                world.apply(body, late=world.chance.uniform(0, world.zombie_seconds))
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done later")
            case 3:
                return self._taken(body)
            case 4:
                if world.happens(world.applied_refusals):
                    world.apply(body)
                return refused(world)
            case 5:
                return Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="contention", http_status=409)
            case 6:
                return Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="connect-error", began=False)
            case _:
                return Outcome(kind=OutcomeKind.LOST, code="http-500", http_status=500)

    def _taken(self, body: bytes) -> Outcome:
        """Answer with a success that tells no id, or with one of what is made later, or never."""
        world = self._link.world
        if world.happens(0.5):
            world.apply(body)
            return Outcome(kind=OutcomeKind.LOST, code="created-no-ids", http_status=201)
        named = None  # a reply may also name nothing
        if not world.happens(world.dropped_creates):
            made = world.apply(body, late=world.chance.uniform(0, world.zombie_seconds))
            named = Receipt(instance_id="", at_id=made.at_id)
        return Outcome(kind=OutcomeKind.LOST, code=ACCEPTED, http_status=202, receipt=named)


class Store:
    """Reads, and deletes by id. Pages go through the loader's own check of lists."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._decisions: dict[str, tuple[float, bool]] = {}  # when, and whether it is a refusal

    async def offers(self) -> AsyncIterator[Sequence[RemoteOffer]]:
        await self._link.looks()
        shown = self._link.world.listed()
        listing = ListingCheck(where="the list of offers")
        for start in range(0, max(len(shown), 1), _PAGE):
            items = listing.check_page(self._page(shown[start : start + _PAGE], total=len(shown)))
            yield [self._offer(item, listing) for item in items]
            await asyncio.sleep(0.01)
        listing.check_complete()

    def _offer(self, item: Any, listing: ListingCheck) -> RemoteOffer:
        offer = _WIRE.offer(item)
        if offer is None:
            raise listing.item_error("has no id")
        listing.add_id(offer.receipt.instance_id)
        if not isinstance(item.get("name"), str):
            raise listing.item_error("has no name")
        return offer

    def _page(self, items: list[dict[str, Any]], *, total: int) -> dict[str, Any]:
        """Return a page, which may be of another shape."""
        page = as_json(200, {"results": items, "count": len(items), "total": total, "_links": {}})
        world = self._link.world
        if world.happens(world.wrong_lists):
            fault = Fault(effect=Effect.WRONG_SHAPE, shape=world.chance.choice(list(Shape)))
            page = altered(_LIST, fault, page) or page
        found = orjson.loads(page.body)
        if not isinstance(found, dict):  # which the reader of replies refuses
            raise TargetError("the reply is no JSON object")
        return found

    async def lookup(self, remote_id: str) -> RemoteOffer | None:
        await self._link.looks()
        found = self._link.world.found(remote_id)
        return None if found is None else _WIRE.offer(found)

    async def poll_accepted_change(self, location: str) -> Decision:
        await self._link.looks()
        decided_at, is_refusal = self._decisions[location]
        if self._link.world.now < decided_at:
            return Decision(is_open=True)
        return Decision(refusal="it is in use" if is_refusal else "")

    def same_offer(self, sent: bytes, remote: RemoteOffer) -> bool:
        return FALLBACK_OFFER.is_same(sent, remote.offer, Dialect.DPS)

    def contents_of(self, offer: Mapping[str, Any]) -> bytes:
        return repr(offer.get("content")).encode()

    async def delete(self, remote_id: str, etag: str, hooks: DepartureHooks) -> Outcome:
        world = self._link.world
        if not await self._link.goes(hooks):
            return TAKEN_BACK
        draw = world.chance.random() / max(world.trouble, 1e-9)
        if draw < 1.0:
            return self._trouble(draw, remote_id)
        accepted = Reply(began=True, status=202, headers=self._accept(remote_id))
        return await wait_until_gone(
            remote_id, accepted, self, etag=etag, is_stopping=lambda: False
        )

    def _accept(self, remote_id: str) -> dict[str, str]:
        """Delete now, or later where a Location says what becomes of it, or never."""
        world = self._link.world
        is_refusal, is_late = world.happens(world.refused_deletes), world.happens(0.3)
        if not is_late:
            if not is_refusal:  # else it was a proxy that answered
                world.remove(remote_id)
            return {}
        late = world.chance.choice([0.0, 3.0])
        if not is_refusal:
            world.remove(remote_id, late=late)
        self._decisions[f"/deletions/{remote_id}"] = (world.now + late, is_refusal)
        return {"Location": f"/deletions/{remote_id}"}

    def _trouble(self, draw: float, remote_id: str) -> Outcome:
        world = self._link.world
        match int(draw * 5):
            case 0:
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="never came")
            case 1:
                world.remove(remote_id)
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done, unseen")
            case 2:
                world.remove(remote_id, late=world.chance.uniform(0, world.zombie_seconds))
                return Outcome(kind=OutcomeKind.LOST, code="timeout", message="done later")
            case 3:
                return refused(world)
            case _:
                return Outcome(kind=OutcomeKind.LOST, code="http-500", http_status=500)


TAKEN_BACK = Outcome(kind=OutcomeKind.NOT_ACCEPTED, code="not-sent", began=False)


def refused(world: World) -> Outcome:
    return Outcome(
        kind=OutcomeKind.NOT_ACCEPTED, code="too-many-requests", http_status=429,
        retry_after_seconds=world.chance.choice([None, 0.5, 3.0]),
    )  # fmt: skip


_LIST = Call(method="GET", path="/offers", raw_query="", headers={})
