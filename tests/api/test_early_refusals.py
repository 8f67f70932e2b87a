"""A refusal that comes while the request is still leaving: the rest of it never arrives."""

import asyncio

import pytest
from multidict import CIMultiDict
from yarl import URL

from loader.api.transport import Request, Transport
from loader.api.trust import tls_context

pytestmark = pytest.mark.anyio
BODY = b"x" * 32_000_000


class EarlyServer:
    """Answers as soon as it has the headers, and then reads on."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply
        self.received = 0
        self.is_over = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._reply)
            await writer.drain()
            await asyncio.sleep(0.2)
            while self.received < len(BODY) and (piece := await reader.read(1_000_000)):
                self.received += len(piece)
        except OSError:
            pass
        finally:
            writer.close()
            self.is_over.set()


@pytest.mark.filterwarnings("ignore:Sending a large body")  # no socket holds all of it at once
@pytest.mark.parametrize("status", [401, 409, 413, 429, 503])
@pytest.mark.parametrize("says", ["", "Connection: close\r\n", "Retry-After: 7\r\n"])
async def test_the_rest_of_a_request_that_was_refused_early_is_thrown_away(
    status: int, says: str
) -> None:
    early = EarlyServer(f"HTTP/1.1 {status} No\r\n{says}Content-Length: 2\r\n\r\nno".encode())
    server = await asyncio.start_server(early.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    request = Request(
        method="POST", url=URL(f"http://127.0.0.1:{port}/offers"), headers=CIMultiDict()
    )
    tls = tls_context("")
    async with Transport(total_seconds=20, connect_seconds=5, connections=1, tls=tls) as transport:
        reply = await transport.exchange(request, BODY)
        await early.is_over.wait()
    server.close()
    await server.wait_closed()

    assert reply.status == status
    assert reply.headers.get("Retry-After", "") == ("7" if "Retry" in says else "")
    assert early.received < len(BODY)
