"""The connection is cut after every single byte of the request, and of the reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson
import pytest

from loader.model import OutcomeKind
from offer_sandbox import Sandbox, running_sandbox
from tests.support.clients import opened
from tests.support.sandbox_calls import dps_offer

pytestmark = pytest.mark.anyio
K = OutcomeKind


class CuttingProxy:
    """Passes bytes on, but only so many in each direction; counts them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.most_up = self.most_down = 1 << 30
        self.up = self.down = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.up = self.down = 0
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        upward = asyncio.ensure_future(self._pass(reader, back, up=True))
        downward = asyncio.ensure_future(self._pass(there, writer, up=False))
        try:
            await asyncio.wait({upward, downward}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (upward, downward):
                task.cancel()
            for side in (writer, back):
                side.close()
        for side in (writer, back):
            with suppress(OSError):
                await side.wait_closed()

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, up: bool
    ) -> None:
        with suppress(OSError):
            while True:
                most = self.most_up if up else self.most_down
                count = self.up if up else self.down
                if count >= most:
                    return
                block = await source.read(min(65536, most - count))
                if not block:
                    return
                if up:
                    self.up += len(block)
                else:
                    self.down += len(block)
                target.write(block)
                await target.drain()


@asynccontextmanager
async def cutting(sandbox: Sandbox) -> AsyncIterator[tuple[CuttingProxy, str]]:
    """A proxy before the sandbox; give it and the API's address behind it."""
    address = sandbox.api_url("dps")
    port = int(sandbox.root.rsplit(":", 1)[1])
    proxy = CuttingProxy(port)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    ours = server.sockets[0].getsockname()[1]
    try:
        yield proxy, address.replace(f":{port}/", f":{ours}/")
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("one_in", [5, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("direction", ["request", "reply"])
async def test_cut_after_every_byte_and_nothing_is_claimed_that_is_not_so(
    direction: str, one_in: int
) -> None:
    kinds = set()
    with running_sandbox() as sandbox:
        async with cutting(sandbox) as (proxy, url), opened(sandbox, api_url=url) as client:
            whole = await client.send(orjson.dumps(dps_offer("whole")))
            assert whole.kind is K.DONE
            length = proxy.up if direction == "request" else proxy.down
            proxy.most_up, proxy.most_down = 0, 0
            await client.send(orjson.dumps(dps_offer("ends the kept connection")))
            for cut in sorted({*range(0, length, one_in), length - 1}):
                proxy.most_up = cut if direction == "request" else 1 << 30
                proxy.most_down = 1 << 30 if direction == "request" else cut
                name = f"cut {cut:05}"
                outcome = await client.send(orjson.dumps(dps_offer(name)))
                kinds.add(outcome.kind)
                there = [offer for offer in sandbox.offers() if offer["name"] == name]
                assert len(there) <= 1
                assert outcome.kind in (K.LOST, K.DONE), (cut, outcome)
                if outcome.kind is K.DONE:
                    assert there[0]["id"] == outcome.receipt.instance_id
                if direction == "request":
                    assert not there

    assert K.LOST in kinds
