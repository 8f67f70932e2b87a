"""The server: a request becomes a `Call`, meets the faults, is worked on, becomes a reply.

The work of a call is never interrupted half-way; faults come before or after it. Nothing here
knows what an offer is.
"""

import asyncio
import time
from functools import partial

from aiohttp import web

from offer_sandbox import wire
from offer_sandbox.admin import ADMIN, administered
from offer_sandbox.altered_replies import altered, sign_in_page
from offer_sandbox.borrowed_receipts import receipt_sent
from offer_sandbox.faults import BEFORE, BORROWED, PASSING, UNREAD, Effect, Fault, Route
from offer_sandbox.gateway import foreign_host, with_request_id
from offer_sandbox.in_between import marked
from offer_sandbox.messages import Call, Reply, problem
from offer_sandbox.routes import Answer, answered, route
from offer_sandbox.state import State

_READ = 65_536


class Server:
    """Listens on one port; can go down and come back on the same one."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._runner: web.ServerRunner | None = None
        self._back: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Begin to listen; port 0 takes a free one. Raises OSError where it is taken."""
        self._runner = web.ServerRunner(
            web.Server(self._handle, access_log=None), shutdown_timeout=0.1
        )
        await self._runner.setup()
        host = self._state.settings.host
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._back is not None:
            self._back.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        call = Call(
            method=request.method,
            path=request.path,
            raw_query=request.rel_url.raw_query_string,
            headers=request.headers,
        )
        if refused := foreign_host(self._state, call):
            return self._sent(refused)
        if call.path == ADMIN or call.path.startswith(f"{ADMIN}/"):
            body = await request.read()
            return wire.whole(administered(self._state, _with_body(call, body)))
        place, answer = route(call)
        self._state.requests[place] += 1
        if place is Route.CREATE:
            self._state.rate_oracle.add(time.monotonic())
        return await self._faulted(request, call, place, answer)

    async def _faulted(
        self, request: web.BaseRequest, call: Call, place: Route, answer: Answer
    ) -> web.StreamResponse:
        """Let the faults happen in the order of the call: unread, before the work, after it."""
        faults = self._state.active.strike(place)
        strong = next((fault for fault in faults if fault.effect not in PASSING), None)
        await self._let_pass(faults, strong)
        if strong is not None and strong.effect in UNREAD:
            return await self._unread(request, strong)
        if strong is not None and strong.effect is Effect.STATUS_EARLY:
            await wire.answer_early(request, wire.failure(strong))
        try:
            body = await self._body(request)
        except ConnectionError:
            return web.Response()  # the caller has gone before all was said
        if body is None:
            return self._sent(problem(413, "The request body is too large").reply)
        refusal = self._over_a_limit(place)
        if refusal is not None:
            return self._sent(wire.failure(refusal))
        if strong is not None and strong.effect in BEFORE:
            return await self._refused(request, strong)
        self._state.active.begin(faults)
        return await self._carried_out(request, _with_body(call, body), place, answer, strong)

    async def _carried_out(
        self,
        request: web.BaseRequest,
        call: Call,
        place: Route,
        answer: Answer,
        strong: Fault | None,
    ) -> web.StreamResponse:
        """Do the work of a call, now or late, and answer."""
        if strong is not None and strong.effect is Effect.APPLIED_LATE:
            work = partial(answered, self._state, call, answer)
            asyncio.get_running_loop().call_later(strong.seconds, work)
            return await wire.broken(request, strong, Reply(status=200))
        reply = self._answered(call, place, answer)
        reply = with_request_id(self._state, call, reply)
        if place in (Route.CREATE, Route.UPDATE):
            reply = receipt_sent(self._state, place, strong, reply)
        return await self._after(request, call, strong, reply)

    def _answered(self, call: Call, place: Route, answer: Answer) -> Reply:
        """Do the work of a call, but for lists that a cache in between keeps."""
        cache, ask = (
            self._state.settings.cache_between,
            partial(answered, self._state, call, answer),
        )
        if cache != "none" and place is Route.LIST:
            return self._state.lists.answer(call, cache, ask)
        return ask()

    async def _let_pass(self, faults: list[Fault], strong: Fault | None) -> None:
        """Count the faults that happen, and let those pass that only delay the call."""
        active = self._state.active
        for fault in faults:
            if fault is strong or fault.effect in PASSING:
                active.note(fault)
            if fault.effect is Effect.LATENCY:
                await asyncio.sleep(active.delay(fault))
            if fault.effect is Effect.EXPIRE_TOKENS:
                self._state.store.expire_tokens()

    def _over_a_limit(self, place: Route) -> Fault | None:
        active = self._state.active
        return active.over_limit() or (active.over_quota() if place is Route.CREATE else None)

    async def _after(
        self, request: web.BaseRequest, call: Call, fault: Fault | None, reply: Reply
    ) -> web.StreamResponse:
        """Answer after the work was done, or lie about it."""
        if fault is None or fault.effect in BORROWED:
            return self._sent(reply)
        if fault.effect is Effect.STATUS_AFTER:
            return self._sent(wire.failure(fault))
        replaced = altered(call, fault, reply)
        if replaced is not None:
            return self._sent(replaced)
        return await wire.broken(request, fault, reply)

    async def _refused(self, request: web.BaseRequest, fault: Fault) -> web.StreamResponse:
        if fault.effect is Effect.DOWN:
            await self._go_down(fault.seconds)
        if fault.effect in (Effect.DOWN, Effect.RESET_BEFORE):
            wire.reset(request)
            return web.Response()  # goes nowhere: the connection is gone
        if fault.effect is Effect.SIGN_IN_PAGE:
            return self._sent(sign_in_page())
        return self._sent(wire.failure(fault))

    async def _unread(self, request: web.BaseRequest, fault: Fault) -> web.StreamResponse:
        if fault.effect is not Effect.STATUS_UNREAD:
            return await wire.broken(request, fault, Reply(status=200))
        response = self._sent(wire.failure(fault))
        response.force_close()
        return response

    async def _body(self, request: web.BaseRequest) -> bytes | None:
        """Read the body to its end; None where it is too long."""
        pieces, length = [], 0
        while piece := await request.content.read(_READ):
            length += len(piece)
            if length <= self._state.settings.max_body_bytes:
                pieces.append(piece)
        return b"".join(pieces) if length <= self._state.settings.max_body_bytes else None

    def _sent(self, reply: Reply) -> web.Response:
        self._state.statuses[reply.status] += 1
        return wire.whole(marked(reply) if self._state.settings.json_mark else reply)

    async def _go_down(self, seconds: float) -> None:
        """Close the port before anyone hears of it, so that the next connection is refused."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in list(runner.sites):
            await site.stop()
        self._back = asyncio.ensure_future(self._come_back(runner, seconds))

    async def _come_back(self, runner: web.ServerRunner, seconds: float) -> None:
        """End what is under way; listen on the same port again after a while."""
        await runner.cleanup()
        await asyncio.sleep(seconds)
        await self.start(self.port)


def _with_body(call: Call, body: bytes) -> Call:
    return Call(
        method=call.method,
        path=call.path,
        raw_query=call.raw_query,
        headers=call.headers,
        body=body,
    )
