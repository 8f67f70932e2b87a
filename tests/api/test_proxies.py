"""Through a proxy: Debian's own, with and without a login, plain and TLS; and one that fails."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from pydantic import SecretStr

from loader.api.client import OfferClient
from loader.errors import TargetError
from loader.model import OutcomeKind
from loader.proxy import Proxy
from offer_sandbox import Sandbox, SandboxSettings, running_sandbox
from tests.support.certificates import certificate_for
from tests.support.clients import opened
from tests.support.proxies import (
    PASSWORD,
    USER,
    FalseProxy,
    encrypted,
    running_squid,
    running_tinyproxy,
    served,
)
from tests.support.sandbox_calls import dps_offer
from tests.support.workbooks import Loader, loader_for, write_offers

pytestmark = pytest.mark.anyio
SIMPLE = "s3cr3t-canary-Pq7"  # tinyproxy takes letters and digits
HOSTS = {"api.example.test": "127.0.0.1", "ims.example.test": "127.0.0.1"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxSettings(allowed_hosts=",".join(HOSTS))) as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    names = ("127.0.0.1", *HOSTS)
    return certificate_for(*names, folder=tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def front(sandbox: Sandbox, certificate: tuple[Path, Path]) -> Iterator[int]:
    """The sandbox behind TLS, as the API is."""
    with encrypted(port_of(sandbox), certificate) as port:
        yield port


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.root.rsplit(":", 1)[1])


def behind_tls(sandbox: Sandbox, front: int, ca: Path, host: str = "127.0.0.1") -> dict[str, Any]:
    there = sandbox.root, f"https://{host}:{front}"
    return {
        "api_url": sandbox.api_url("dps").replace(*there),
        "ims_url": sandbox.ims_url.replace(*there),
        "ca_file": str(ca),
    }


@asynccontextmanager
async def through(sandbox: Sandbox, proxy: Proxy, **changed: Any) -> AsyncIterator[OfferClient]:
    usual = {"api_proxy": proxy, "ims_proxy": proxy, "request_timeout_seconds": 20.0}
    async with opened(sandbox, **{**usual, **changed}) as client:
        yield client


def offer(name: str) -> bytes:
    return orjson.dumps(dps_offer(name))


@pytest.mark.parametrize("tls", ["plain", "tls"])
@pytest.mark.parametrize("password", ["", SIMPLE])
async def test_offers_are_created_through_tinyproxy(
    sandbox: Sandbox,
    front: int,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    tls: str,
    password: str,
) -> None:
    name = f"{tls} {len(password)}"
    with running_tinyproxy(tmp_path, password=password) as real:
        login = {"user": USER, "password": SecretStr(password)} if password else {}
        proxy = Proxy(url=real.url, why="test", **login)
        changed = behind_tls(sandbox, front, certificate[0]) if tls == "tls" else {}
        async with through(sandbox, proxy, **changed) as client:
            sends = range(2 if tls == "tls" else 1)  # it closes what is plain after one reply
            outcomes = [await client.send(offer(f"{name} {number}")) for number in sends]
        log = real.log()

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.DONE}, outcomes
    assert ("CONNECT" if tls == "tls" else "POST http://") in log


@pytest.mark.parametrize("password", ["", "wrong-canary"])
async def test_a_proxy_that_wants_another_password_is_said(
    sandbox: Sandbox, front: int, certificate: tuple[Path, Path], tmp_path: Path, password: str
) -> None:
    with running_tinyproxy(tmp_path, password=SIMPLE) as real:
        login = {"user": USER, "password": SecretStr(password)} if password else {}
        proxy = Proxy(url=real.url, why="test", **login)
        with pytest.raises(TargetError) as caught:
            async with through(sandbox, proxy, **behind_tls(sandbox, front, certificate[0])):
                pass

    said = str(caught.value)
    assert ("HTTP 401" if password else "HTTP 407") in said
    assert "proxy_user" in said
    assert "wrong-canary" not in said


FAILURES = [
    (b"HTTP/1.1 407 Auth\r\n\r\n", "proxy-refused", "proxy_user", OutcomeKind.HALTED),
    (b"HTTP/1.1 403 No\r\n\r\n", "proxy-refused", "it forbids", OutcomeKind.HALTED),
    (b"HTTP/1.1 502 Bad\r\n\r\n", "proxy-error", "HTTP 502", OutcomeKind.NOT_ACCEPTED),
    (b"HTTP/1.1 429 Later\r\n\r\n", "proxy-error", "HTTP 429", OutcomeKind.NOT_ACCEPTED),
    (b"", "proxy-error", "broke off", OutcomeKind.NOT_ACCEPTED),
    (b"HTTP/1.1 2", "proxy-error", "broke off", OutcomeKind.NOT_ACCEPTED),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "proxy-error", "broke off", OutcomeKind.NOT_ACCEPTED),
    (b"HTTP/1.1 200 " + b"x" * 99_999, "proxy-error", "broke off", OutcomeKind.NOT_ACCEPTED),
    (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 201", "connect-error", "closed", OutcomeKind.NOT_ACCEPTED),
]


@pytest.mark.parametrize(("answer", "code", "said", "kind"), FAILURES)
async def test_a_connection_that_the_proxy_does_not_give_has_carried_nothing(
    sandbox: Sandbox,
    front: int,
    certificate: tuple[Path, Path],
    answer: bytes,
    code: str,
    said: str,
    kind: OutcomeKind,
) -> None:
    false = FalseProxy(answer=answer)
    with served(false.handle) as port:
        proxy = Proxy(url=f"http://127.0.0.1:{port}", why="test")
        changed = behind_tls(sandbox, front, certificate[0])
        changed["ims_url"] = sandbox.ims_url
        async with through(sandbox, proxy, **{"ims_proxy": Proxy(), **changed}) as client:
            outcome = await client.send(offer("never"))

    assert (outcome.kind, outcome.code, outcome.began) == (kind, code, False)
    assert said in outcome.message
    assert not [each for each in sandbox.offers() if each["name"] == "never"]
    assert b"Bearer" not in b"".join(false.heads)


async def test_a_proxy_may_be_reached_by_tls_itself(
    sandbox: Sandbox, front: int, certificate: tuple[Path, Path]
) -> None:
    false = FalseProxy(goes_to=front)
    with served(false.handle) as plain, encrypted(plain, certificate) as port:
        login = {"user": USER, "password": SecretStr(PASSWORD)}
        proxy = Proxy(url=f"https://127.0.0.1:{port}", why="test", **login)
        async with through(sandbox, proxy, **behind_tls(sandbox, front, certificate[0])) as client:
            outcome = await client.send(offer("through TLS in TLS"))

    assert outcome.kind is OutcomeKind.DONE, outcome
    assert len(false.heads) == 2
    for head in false.heads:
        assert b"Proxy-Authorization: Basic " in head
        assert b"Bearer" not in head


async def test_a_proxy_that_is_not_there_is_said(sandbox: Sandbox) -> None:
    with served(FalseProxy().handle) as port:
        pass
    proxy = Proxy(url=f"http://127.0.0.1:{port}", why="HTTPS_PROXY")
    async with through(sandbox, proxy, ims_proxy=Proxy()) as client:
        outcome = await client.send(offer("never"))

    assert (outcome.kind, outcome.code) == (OutcomeKind.NOT_ACCEPTED, "proxy-error")
    assert f"the proxy http://127.0.0.1:{port} (HTTPS_PROXY) cannot be reached" in outcome.message


@pytest.mark.parametrize("whose", ["api", "ims"])
async def test_an_authority_of_the_company_points_to_ca_file(
    sandbox: Sandbox, front: int, certificate: tuple[Path, Path], tmp_path: Path, whose: str
) -> None:
    (tmp_path / "other").mkdir()
    other, _ = certificate_for("127.0.0.1", folder=tmp_path / "other")
    false = FalseProxy(goes_to=front)
    changed = behind_tls(sandbox, front, other)
    with served(false.handle) as port:
        proxy = Proxy(url=f"http://127.0.0.1:{port}", why="test")
        if whose == "ims":
            with pytest.raises(TargetError, match="ca_file"):
                async with through(sandbox, proxy, **changed):
                    pass
            return
        changed["ims_url"] = sandbox.ims_url
        async with through(sandbox, proxy, **{"ims_proxy": Proxy(), **changed}) as client:
            outcome = await client.send(offer("never"))

    assert (outcome.kind, outcome.began) == (OutcomeKind.NOT_ACCEPTED, False)
    assert "ca_file" in outcome.message
    assert "through the proxy" in outcome.message


async def test_a_tunnel_that_breaks_once_the_request_left_leaves_the_row_unknown(
    sandbox: Sandbox, certificate: tuple[Path, Path]
) -> None:
    async def swallow(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    with served(swallow, tls) as api, served(FalseProxy(goes_to=api).handle) as port:
        proxy = Proxy(url=f"http://127.0.0.1:{port}", why="test")
        changed = behind_tls(sandbox, api, certificate[0])
        changed["ims_url"] = sandbox.ims_url
        async with through(sandbox, proxy, **{"ims_proxy": Proxy(), **changed}) as client:
            outcome = await client.send(offer("never"))

    assert (outcome.kind, outcome.began) == (OutcomeKind.LOST, True)


async def test_a_proxy_that_says_nothing_has_carried_nothing(
    sandbox: Sandbox, front: int, certificate: tuple[Path, Path]
) -> None:
    async def wait(reader: Any, writer: Any) -> None:
        await reader.read()
        writer.close()

    with served(wait) as port:
        changed = behind_tls(sandbox, front, certificate[0])
        changed |= {"ims_url": sandbox.ims_url, "connect_timeout_seconds": 0.2}
        changed["ims_proxy"] = Proxy()
        proxy = Proxy(url=f"http://127.0.0.1:{port}", why="test")
        async with through(sandbox, proxy, **changed) as client:
            outcome = await client.send(offer("never"))

    assert (outcome.kind, outcome.code) == (OutcomeKind.NOT_ACCEPTED, "connect-timeout")
    assert not outcome.began


def test_the_built_in_sandbox_is_reached_without_a_proxy(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    variables = {"LOADER_PROXY": nowhere, "HTTP_PROXY": nowhere, "ALL_PROXY": nowhere}
    write_offers(tmp_path / "offers.csv", ["At home"])

    ran = Loader(folder=tmp_path, variables=variables).run(
        "load", "offers.csv", "--sandbox", "--yes"
    )

    assert ran.code == 0, ran.err


def test_a_company_s_network_is_reached_by_the_usual_variables_alone(
    sandbox: Sandbox, front: int, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """Names that only the proxy can resolve, its login in the variable, an authority of its own."""
    with running_squid(hosts=HOSTS) as real:
        way = behind_tls(sandbox, front, certificate[0], "api.example.test")
        loader = loader_for(
            sandbox,
            tmp_path,
            LOADER_API_URL=way["api_url"],
            LOADER_IMS_URL=way["ims_url"].replace("api.", "ims."),
            LOADER_CA_FILE=way["ca_file"],
            HTTPS_PROXY=real.url.replace("//", f"//{USER}:{quote(PASSWORD, safe='')}@"),
        )
        doctor = loader.run("doctor")
        write_offers(tmp_path / "offers.csv", ["Through squid"])
        load = loader.run("load", "offers.csv", "--yes")
        log = real.log()

    assert doctor.code == load.code == 0, doctor.out + load.err
    hosts = "api.example.test, ims.example.test"
    assert f"proxy: {hosts}: {real.url} as {USER} (HTTPS_PROXY)" in doctor.out
    assert [each["name"] for each in sandbox.offers() if each["name"] == "Through squid"]
    assert "CONNECT api.example.test" in log
    assert "CONNECT ims.example.test" in log
    written = [path.read_bytes() for path in tmp_path.glob("*") if path.is_file()]
    for text in (doctor.out, doctor.err, load.out, load.err, *(str(each) for each in written)):
        assert PASSWORD not in text
        assert quote(PASSWORD, safe="") not in text
