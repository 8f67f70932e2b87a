"""The server: a request becomes a `Call`, meets the faults, is worked on, becomes a reply.

The work of a call is never interrupted half-way; faults come before or after it. Nothing here
knows what an offer is.
"""

import asyncio
import time
from functools import partial

from aiohttp import web

from offer_sandbox import wire
from offer_sandbox.admin import ADMIN, answer_admin
from offer_sandbox.altered_replies import altered, sign_in_page
from offer_sandbox.borrowed_receipts import receipt_sent
from offer_sandbox.faults import BEFORE, BORROWED, PASSING, UNREAD, Effect, Fault, Route
from offer_sandbox.gateway import refuse_foreign_host, with_request_id
from offer_sandbox.in_between import with_byte_order_mark
from offer_sandbox.messages import Call, Reply, problem
from offer_sandbox.routes import Answer, answered, route
from offer_sandbox.state import State

_READ = 65_536


class Server:
    """Listens on one port; can go down and come back on the same one."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._runner: web.ServerRunner | None = None
        self._restart: asyncio.Task[None] | None = None
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
        if self._restart is not None:
            self._restart.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        call = Call(
            method=request.method,
            path=request.path,
            raw_query=request.rel_url.raw_query_string,
            headers=request.headers,
        )
        if refused := refuse_foreign_host(self._state, call):
            return self._to_response(refused)
        if call.path == ADMIN or call.path.startswith(f"{ADMIN}/"):
            body = await request.read()
            return wire.to_response(answer_admin(self._state, _with_body(call, body)))
        place, answer = route(call)
        self._state.requests[place] += 1
        if place is Route.CREATE:
            self._state.rate_oracle.add(time.monotonic())
        return await self._answer_with_faults(request, call, place, answer)

    async def _answer_with_faults(
        self, request: web.BaseRequest, call: Call, place: Route, answer: Answer
    ) -> web.StreamResponse:
        """Answer with the faults in the order of a call: unread, before the work, after it."""
        faults = self._state.active.strike(place)
        strong = next((fault for fault in faults if fault.effect not in PASSING), None)
        await self._apply_passing_faults(faults, strong)
        if strong is not None and strong.effect in UNREAD:
            return await self._answer_unread(request, strong)
        if strong is not None and strong.effect is Effect.STATUS_EARLY:
            await wire.answer_early(request, wire.error_reply(strong))
        try:
            body = await self._read_body(request)
        except ConnectionError:
            return web.Response()  # the caller has gone before the body was complete
        if body is None:
            return self._to_response(problem(413, "The request body is too large").reply)
        refusal = self._limit_fault(place)
        if refusal is not None:
            return self._to_response(wire.error_reply(refusal))
        if strong is not None and strong.effect in BEFORE:
            return await self._answer_before_work(request, strong)
        self._state.active.begin(faults)
        return await self._do_work(request, _with_body(call, body), place, answer, strong)

    async def _do_work(
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
            return await wire.send_broken(request, strong, Reply(status=200))
        reply = self._answer_of(call, place, answer)
        if strong is not None and strong.effect is Effect.REPEATED:
            reply = self._answer_of(call, place, answer)
        reply = with_request_id(self._state, call, reply)
        if place in (Route.CREATE, Route.UPDATE):
            reply = receipt_sent(self._state, place, strong, reply)
        return await self._answer_after_work(request, call, strong, reply)

    def _answer_of(self, call: Call, place: Route, answer: Answer) -> Reply:
        """Do the work of a call; a list may come from the cache in between."""
        cache, ask = (
            self._state.settings.cache_between,
            partial(answered, self._state, call, answer),
        )
        if cache != "none" and place is Route.LIST:
            return self._state.lists.answer(call, cache, ask)
        return ask()

    async def _apply_passing_faults(self, faults: list[Fault], strong: Fault | None) -> None:
        """Count the faults of a call, and apply those that let its work be done."""
        active = self._state.active
        for fault in faults:
            if fault is strong or fault.effect in PASSING:
                active.note(fault)
            if fault.effect is Effect.LATENCY:
                await asyncio.sleep(active.delay(fault))
            if fault.effect is Effect.EXPIRE_TOKENS:
                self._state.store.expire_tokens()

    def _limit_fault(self, place: Route) -> Fault | None:
        active = self._state.active
        return active.over_limit() or (active.over_quota() if place is Route.CREATE else None)

    async def _answer_after_work(
        self, request: web.BaseRequest, call: Call, fault: Fault | None, reply: Reply
    ) -> web.StreamResponse:
        """Answer after the work, truly or as a fault says."""
        if fault is None or fault.effect in BORROWED or fault.effect is Effect.REPEATED:
            return self._to_response(reply)
        if fault.effect is Effect.STATUS_AFTER:
            return self._to_response(wire.error_reply(fault))
        replaced = altered(call, fault, reply)
        if replaced is not None:
            return self._to_response(replaced)
        return await wire.send_broken(request, fault, reply)

    async def _answer_before_work(
        self, request: web.BaseRequest, fault: Fault
    ) -> web.StreamResponse:
        if fault.effect is Effect.DOWN:
            await self._go_down(fault.seconds)
        if fault.effect in (Effect.DOWN, Effect.RESET_BEFORE):
            wire.reset(request)
            return web.Response()  # goes nowhere: the connection is gone
        if fault.effect is Effect.SIGN_IN_PAGE:
            return self._to_response(sign_in_page())
        return self._to_response(wire.error_reply(fault))

    async def _answer_unread(self, request: web.BaseRequest, fault: Fault) -> web.StreamResponse:
        if fault.effect is not Effect.STATUS_UNREAD:
            return await wire.send_broken(request, fault, Reply(status=200))
        response = self._to_response(wire.error_reply(fault))
        response.force_close()
        return response

    async def _read_body(self, request: web.BaseRequest) -> bytes | None:
        """Read the body to its end; None where it is too long."""
        pieces, length = [], 0
        while piece := await request.content.read(_READ):
            length += len(piece)
            if length <= self._state.settings.max_body_bytes:
                pieces.append(piece)
        return b"".join(pieces) if length <= self._state.settings.max_body_bytes else None

    def _to_response(self, reply: Reply) -> web.Response:
        self._state.statuses[reply.status] += 1
        return wire.to_response(
            with_byte_order_mark(reply) if self._state.settings.json_mark else reply
        )

    async def _go_down(self, seconds: float) -> None:
        """Close the port before this call is answered, so that the next connection is refused."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in list(runner.sites):
            await site.stop()
        self._restart = asyncio.ensure_future(self._come_back(runner, seconds))

    async def _come_back(self, runner: web.ServerRunner, seconds: float) -> None:
        """End open connections; listen on the same port again after a while."""
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
