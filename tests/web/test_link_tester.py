"""Testing links: what is found, and that nothing but the public internet is ever asked."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from loader.web.link_tester import MOST_LINKS, LinkTester, Verdict
from loader.web.public_hosts import is_public, is_web_port

pytestmark = pytest.mark.anyio
OPEN = "127.0.0.1"  # what the tests take for a public address
PRIVATE = "127.0.0.2"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "224.0.0.1"),
        *("255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1"),
        *("127.1", "2130706433", "0x7f000001", "localhost", ""),
    ],
)
async def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "8.8.8.8", "::ffff:8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
)
async def test_an_address_that_is_public(address: str) -> None:
    assert is_public(address)


async def test_ports_of_other_services_are_not_asked() -> None:
    assert [is_web_port(port) for port in (80, 443, 8080, 22, 25, 0, None)] == [
        *(True, True, True, False, False, False, False)
    ]


@dataclass
class Internet(AbstractResolver):
    """Names of the test, and how often each was asked."""

    names: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise OSError(f"no such host: {host}")
        now = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for each in now
        ]

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Site:
    """A server of the test, and what it was asked."""

    asked: list[str] = field(default_factory=list)
    port: int = 0


Answer = Callable[[web.Request], web.StreamResponse]


@asynccontextmanager
async def site(host: str, answer: Answer) -> AsyncIterator[Site]:
    found = Site()

    async def handle(request: web.Request) -> web.StreamResponse:
        found.asked.append(f"{request.method} {request.path}")
        return answer(request)

    server = web.Server(handle)
    runner = web.ServerRunner(server)
    await runner.setup()
    listening = web.TCPSite(runner, host, 0)
    await listening.start()
    found.port = runner.addresses[0][1]
    try:
        yield found
    finally:
        await runner.cleanup()


def asking(internet: Internet, **more: object) -> LinkTester:
    return LinkTester(
        tls=ssl.create_default_context(),
        may_connect=lambda address: address == OPEN,
        resolver=lambda: internet,
        **more,
    )


def page(request: web.Request) -> web.StreamResponse:
    match request.path:
        case "/image.png":
            return web.Response(body=b"x" * 1234, content_type="image/png")
        case "/gone":
            return web.Response(status=404)
        case "/no-head" if request.method == "HEAD":
            return web.Response(status=405)
        case "/no-head":
            return web.Response(text="hello")
        case "/moved":
            return web.Response(status=301, headers={"Location": "/image.png"})
        case "/round":
            return web.Response(status=302, headers={"Location": "/round"})
        case _:
            return web.Response(status=302, headers={"Location": request.query["to"]})


async def test_status_type_and_size_are_found() -> None:
    internet = Internet({"shop.test": [[OPEN]]})
    async with site(OPEN, page) as shop:
        base = f"http://shop.test:{shop.port}"
        links = [f"{base}/{name}" for name in ("image.png", "gone", "no-head", "moved", "round")]
        found = await asking(internet).test(links)

    assert [(each.verdict, each.status, each.media_type, each.size) for each in found] == [
        (Verdict.WORKS, 200, "image/png", 1234),
        (Verdict.BROKEN, 404, "", 0),
        (Verdict.WORKS, 200, "text/plain", 5),
        (Verdict.WORKS, 200, "image/png", 1234),
        (Verdict.LOOPS, None, "", None),
    ]
    assert found[3].ended_at == f"{base}/image.png"


async def test_a_private_host_is_never_asked() -> None:
    internet = Internet(
        {"inside.test": [[PRIVATE]], "both.test": [[OPEN, PRIVATE]], "shop.test": [[OPEN]]}
    )
    async with site(PRIVATE, page) as inside, site(OPEN, page) as shop:
        target = f"{inside.port}/image.png"
        found = await asking(internet).test(
            [
                f"http://inside.test:{target}",
                f"http://both.test:{target}",
                f"http://{PRIVATE}:{target}",
                f"http://127.2:{target}",
                f"http://2130706434:{target}",
                f"http://[::ffff:{PRIVATE}]:{target}",
                f"http://shop.test:{shop.port}/r?to=http://inside.test:{target}",
                f"http://shop.test:{shop.port}/r?to=http://{PRIVATE}:{target}",
            ]
        )

    assert {each.verdict for each in found} == {Verdict.NOT_PUBLIC}
    assert inside.asked == []


async def test_a_name_cannot_mean_another_machine_after_it_was_looked_up() -> None:
    internet = Internet({"rebinding.test": [[OPEN], [PRIVATE]]})
    async with site(PRIVATE, page) as inside, site(OPEN, page) as shop:
        assert shop.port != inside.port
        [first, second] = await asking(internet).test(
            [
                f"http://rebinding.test:{shop.port}/image.png",
                f"http://rebinding.test:{inside.port}/",
            ]
        )

    assert (first.verdict, second.verdict) == (Verdict.WORKS, Verdict.NOT_PUBLIC)
    assert inside.asked == []


@pytest.mark.parametrize(
    ("link", "verdict"),
    [
        ("ftp://shop.test/x", Verdict.NOT_WEB),
        ("file:///etc/passwd", Verdict.NOT_WEB),
        ("javascript:alert(1)", Verdict.NOT_WEB),
        ("http://me:secret@shop.test/", Verdict.NOT_WEB),
        ("http://shop.test:25/", Verdict.NOT_WEB),
        ("http://", Verdict.NOT_WEB),
        ("http://[", Verdict.NOT_WEB),
        ("https://cdn.test/{{profile.id}}.png", Verdict.PLACEHOLDER),
        ("http://nowhere.test/", Verdict.UNREACHABLE),
        ("http://localhost/", Verdict.NOT_PUBLIC),
    ],
)
async def test_what_is_not_asked(link: str, verdict: Verdict) -> None:
    internet = Internet({"shop.test": [[OPEN]], "localhost": [["127.0.0.9"]]})

    [found] = await asking(internet).test([link])

    assert found.verdict is verdict


async def test_a_server_that_never_ends_is_left() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_get = (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while is_get:
                writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    internet = Internet({"shop.test": [[OPEN]]})
    async with await asyncio.start_server(endless, OPEN, 0) as server:
        port = server.sockets[0].getsockname()[1]
        [found] = await asking(internet, most_bytes=5_000).test([f"http://shop.test:{port}/"])

    assert (found.verdict, found.size) == (Verdict.WORKS, None)


async def test_a_server_that_says_nothing_is_left() -> None:
    async def silence(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _reader.read()
        finally:
            writer.close()

    internet = Internet({"shop.test": [[OPEN]]})
    async with await asyncio.start_server(silence, OPEN, 0) as server:
        port = server.sockets[0].getsockname()[1]
        [found] = await asking(internet, seconds=0.1).test([f"http://shop.test:{port}/"])

    assert found.verdict is Verdict.SLOW


async def test_no_more_than_a_limit_is_asked() -> None:
    internet = Internet({})
    links = [f"http://n{number}.test/" for number in range(MOST_LINKS + 2)]

    found = await asking(internet).test(links)

    assert [each.verdict for each in found[-2:]] == [Verdict.TOO_MANY] * 2
    assert len(internet.asked) == MOST_LINKS
