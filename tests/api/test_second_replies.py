"""A server that answers more often than it is asked: no request takes another's answer."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import anyio
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict
from yarl import URL

from loader.api.fault import Fault
from loader.api.transport import Reply, Request, Transport
from loader.api.trust import tls_context
from loader.errors import TargetError
from loader.model import OutcomeKind
from offer_sandbox import running_sandbox
from tests.support.clients import opened
from tests.support.sandbox_calls import dps_offer

pytestmark = pytest.mark.anyio
Answer = Callable[[int], Sequence[tuple[float, bytes]]]  # request number -> (seconds, reply)


def said(status: int, body: str) -> bytes:
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def replies_of(
    answer: Answer, *, method: str = "POST", count: int = 4, late_copy: bytes = b""
) -> list[Reply]:
    """Send some requests one after the other to a server that answers so; return the replies.

    The late copy comes on the first connection when the second request is there.
    """
    numbers = iter(range(1, count + 1))
    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        connections.append(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                number = next(numbers)
                if number == 2:
                    connections[0].write(late_copy)
                for seconds, reply in answer(number):
                    loop.call_later(seconds, writer.write, reply)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = URL(f"http://127.0.0.1:{port}/offers")
    request = Request(method=method, url=url, headers=CIMultiDict())
    tls = tls_context("")
    async with Transport(total_seconds=5, connect_seconds=5, connections=1, tls=tls) as transport:
        replies = [await transport.exchange(request) for _ in range(count)]
    server.close()
    return replies


@pytest.mark.parametrize("status", [201, 429])
async def test_a_reply_that_another_one_came_with_is_no_reply(status: int) -> None:
    replies = await replies_of(lambda number: [(0, said(status, f"r{number}") * 2)])

    assert [reply.status for reply in replies] == [None] * 4
    assert all(reply.began and reply.fault is Fault.BAD_REPLY for reply in replies)


@pytest.mark.parametrize("status", [201, 400, 429])
async def test_a_late_copy_is_not_the_answer_to_the_next_request(status: int) -> None:
    """The copy comes while the next request is under way, and its own answer still later."""
    replies = await replies_of(
        lambda number: [(0.02, said(status if number == 1 else 201, f"r{number}"))],
        late_copy=said(status, "r1"),
    )

    bodies = {number: reply.body.decode() for number, reply in enumerate(replies, start=1)}
    believed = {number: bodies[number] for number in bodies if replies[number - 1].status}
    assert believed == {number: f"r{number}" for number in believed}
    assert len(believed) == (3 if status == 201 else 4)


async def test_reads_may_be_alike() -> None:
    replies = await replies_of(lambda _: [(0, said(200, "same"))], method="GET")

    assert [reply.body for reply in replies] == [b"same"] * 4


@pytest.mark.parametrize("seconds", [0.0, 0.02])
async def test_no_row_gets_the_id_of_another(seconds: float) -> None:
    """Copies of replies fall anywhere: in a pause, or while the next request is under way."""
    with running_sandbox() as sandbox:
        sandbox.set_faults(
            f"second-reply on=create seconds={seconds}",
            "latency on=create seconds=0.01 jitter=0.01",
        )
        async with opened(sandbox) as client:
            outcomes = {}
            for name in "ABCDEFGH":
                outcomes[name] = await client.send(orjson.dumps(dps_offer(name)))
                await anyio.sleep(0.03 if name in "CF" else 0)
        ids = {offer["name"]: offer["id"] for offer in sandbox.offers()}

    assert Counter(outcome.kind for outcome in outcomes.values())[OutcomeKind.LOST] > 0
    for name, outcome in outcomes.items():
        assert outcome.kind in (OutcomeKind.DONE, OutcomeKind.LOST, OutcomeKind.NOT_ACCEPTED)
        if outcome.receipt is not None:
            assert outcome.receipt.instance_id == ids[name]
        if outcome.kind is OutcomeKind.NOT_ACCEPTED:
            assert name not in ids


async def test_the_answer_to_another_look_up_proves_nothing() -> None:
    async def look(_request: web.Request) -> web.Response:
        return web.json_response({"id": "one", "name": "A"})

    app = web.Application()
    app.router.add_get("/offers/{id}", look)
    with running_sandbox() as sandbox:
        base = TestServer(app)
        async with base, opened(sandbox, api_url=str(base.make_url("")).rstrip("/")) as client:
            assert (await client.lookup("one")).name == "A"
            with pytest.raises(TargetError, match="not that offer"):
                await client.lookup("two")
