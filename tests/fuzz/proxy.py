"""A server before the sandbox that passes requests on, and spoils some of the replies."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

END: Final = b"\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as it came."""

    method: str
    path: str
    head: bytes = field(repr=False)
    body: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A reply: its parts, and what comes of them on the wire."""

    status: str = "200"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    before: bytes = b""  # the status line
    after: bytes = b""  # the body: bytes that nobody asked for
    length: str | None = None  # that is said; None: the true one
    is_chunked: bool = False
    keep: int | None = None  # of all bytes, before the connection ends
    pause_at: int | None = None  # a short wait after so many bytes
    closes: bool = False

    def on_the_wire(self) -> bytes:
        """Return all bytes."""
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.headers)]
        if self.is_chunked:
            half = len(self.body) // 2
            body = _chunk(self.body[:half]) + _chunk(self.body[half:]) + b"0\r\n\r\n"
            lines.append("Transfer-Encoding: chunked")
        else:
            body = self.body
        if self.length is not None:
            lines += [f"Content-Length: {self.length}"] if self.length else []
        elif not self.is_chunked:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
        return self.before + head + END + END + body + self.after


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n" % len(piece) + piece + END if piece else b""


Change = Callable[[Answered], Answered]
Spoil = Callable[[Asked], Answered | Change]


class Proxy:
    """Where the loader is sent. `spoil` says for each request: a reply, or how to change one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.spoil: Spoil = lambda _: lambda answered: answered
        self.served = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while await self._exchange(reader, writer):
                pass
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = await _request(reader)
        decided = self.spoil(asked)
        if isinstance(decided, Answered):
            answered = decided
        else:
            answered = decided(await self._passed_on(asked))
        self.served += 1
        data = answered.on_the_wire()
        if answered.keep is not None:
            data = data[: answered.keep]
        if answered.pause_at is not None:
            writer.write(data[: answered.pause_at])
            await writer.drain()
            await asyncio.sleep(0.02)
            data = data[answered.pause_at :]
        writer.write(data)
        await writer.drain()
        return answered.keep is None and not answered.closes

    async def _passed_on(self, asked: Asked) -> Answered:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            head = asked.head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            back.write(head + asked.body)
            whole = await there.read(-1)
        finally:
            back.close()
        top, _, body = whole.partition(b"\r\n\r\n")
        first, *rest = top.decode("latin-1").split("\r\n")
        headers = tuple(
            (name, value.strip()) for name, _, value in (r.partition(":") for r in rest)
        )
        kept = tuple(h for h in headers if h[0].lower() not in {"content-length", "connection"})
        return Answered(status=first.partition(" ")[2], headers=kept, body=body)


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = await reader.readuntil(b"\r\n\r\n")
    method, path, *_ = head.decode("latin-1").split(" ")
    length = 0
    for line in head.split(END):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return Asked(method=method, path=path, head=head, body=await reader.readexactly(length))


@contextmanager
def running_proxy(port: int) -> Iterator[tuple[Proxy, int]]:
    """Run a proxy before a port of this machine, in a thread; give it and its own port."""
    loop = asyncio.new_event_loop()
    proxy = Proxy(port)
    server = loop.run_until_complete(asyncio.start_server(proxy.handle, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
    thread.start()
    try:
        yield proxy, server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
