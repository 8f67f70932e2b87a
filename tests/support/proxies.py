"""Proxies on this machine: Debian's tinyproxy and squid, and one that fails as a test wants."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.free_ports import free_port

USER, PASSWORD = "loader", "pr0xy:P@ss/w%rd-canary"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RealProxy:
    """A running proxy; `log` is what it wrote of its requests."""

    port: int
    log_file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")


@contextmanager
def running_tinyproxy(folder: Path, *, password: str = "") -> Iterator[RealProxy]:
    """Run tinyproxy; with a password it wants a login."""
    proxy = RealProxy(port=free_port(), log_file=folder / "tinyproxy.log")
    lines = [f"Port {proxy.port}", "Listen 127.0.0.1", "Timeout 30", "LogLevel Connect"]
    lines += [f'LogFile "{proxy.log_file}"']
    lines += [f"BasicAuth {USER} {password}"] if password else []
    (folder / "tinyproxy.conf").write_text("\n".join(lines))
    command = ["tinyproxy", "-d", "-c", str(folder / "tinyproxy.conf")]
    with _running(command, proxy):
        yield proxy


@contextmanager
def running_squid(*, hosts: dict[str, str]) -> Iterator[RealProxy]:
    """Run squid, which wants a login, and which alone knows where `hosts` are."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)  # squid drops its rights
        with _squid(Path(folder), hosts) as proxy:
            yield proxy


@contextmanager
def _squid(folder: Path, hosts: dict[str, str]) -> Iterator[RealProxy]:
    proxy = RealProxy(port=free_port(), log_file=folder / "squid.log")
    (folder / "hosts").write_text("".join(f"{at} {name}\n" for name, at in hosts.items()))
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", PASSWORD], capture_output=True, text=True, check=True
    )
    (folder / "passwords").write_text(f"{USER}:{hashed.stdout}")
    helper = "/usr/lib/squid/basic_ncsa_auth"
    (folder / "squid.conf").write_text(f"""
http_port 127.0.0.1:{proxy.port}
auth_param basic program {helper} {folder / "passwords"}
auth_param basic children 1 startup=1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
hosts_file {folder / "hosts"}
cache deny all
access_log stdio:{proxy.log_file}
cache_log {folder / "squid.cache.log"}
pid_filename none
cache_effective_user proxy
shutdown_lifetime 0 seconds
""")
    with _running(["squid", "-N", "-f", str(folder / "squid.conf")], proxy):
        yield proxy


@contextmanager
def _running(command: list[str], proxy: RealProxy) -> Iterator[None]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: apt-get install {command[0]}")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(proxy.port, process)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(600):
        assert process.poll() is None, f"{process.args} did not start"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=20):
            return
        pause.wait(0.05)
    raise AssertionError(f"{process.args} did not answer")


@contextmanager
def served(handle: Handler, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve connections in a thread of its own; give the port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    accepted: list[asyncio.StreamWriter] = []

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)
        try:
            await handle(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()

    start = asyncio.start_server(handled, "127.0.0.1", 0, ssl=tls)
    server = asyncio.run_coroutine_threadsafe(start, loop).result(60)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server, accepted), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server, accepted: list[asyncio.StreamWriter]) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for writer in accepted:
        writer.transport.abort()  # TLS would wait for the other side's farewell
    for _ in range(3):  # what was closed ends in the next steps
        await asyncio.sleep(0)


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Pass bytes on, both ways, until one side ends."""
    there, back = await asyncio.open_connection("127.0.0.1", port)
    ways = [asyncio.ensure_future(_pass(*way)) for way in ((reader, back), (there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        back.close()
        writer.close()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await source.read(65_536):
            target.write(block)
            await target.drain()


@contextmanager
def encrypted(port: int, certificate: tuple[Path, Path]) -> Iterator[int]:
    """Put TLS before a server; give the port."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    with served(lambda reader, writer: forward(reader, writer, port), tls) as ours:
        yield ours


@dataclass(slots=True, kw_only=True)
class FalseProxy:
    """Answers CONNECT as it is told ("" and "cut": with nothing), and keeps what it was sent."""

    answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n"
    goes_to: int = 0  # where it connects instead of the place that it is asked for
    heads: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        if self.goes_to:
            await forward(reader, writer, self.goes_to)
        with suppress(OSError):
            await writer.drain()
            writer.write_eof()
            await reader.read()  # closing with unread bytes would be a reset
        writer.close()
