"""Tokens over real sockets: strange ones, an endpoint in trouble, many who wait, a stop."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import anyio
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from loader.api.target import ApiSettings
from loader.api.tokens import Tokens
from loader.errors import AuthError, TargetError
from loader.redaction import KnownSecrets
from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.clients import opened
from tests.support.sandbox_calls import NO_AUTHORITIES

pytestmark = pytest.mark.anyio
SECRET = "p8e-the-client-secret-of-this-test"
TOKEN = "the-token-that-nobody-has-seen-yet"


def settings(url: str, **changed: Any) -> ApiSettings:
    usual = {
        "api_url": url,
        "ims_url": url,
        "client_id": "id",
        "client_secret": SecretStr(SECRET),
        "request_timeout_seconds": 2.0,
    }
    return ApiSettings(**{**usual, **changed})


@asynccontextmanager
async def answering(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], **more: Any
) -> AsyncIterator[Tokens]:
    """Give tokens whose endpoint answers so."""
    app = web.Application()
    app.router.add_post("/", answer)
    http_client = httpx.AsyncClient(trust_env=False, verify=NO_AUTHORITIES)
    async with TestServer(app) as server, http_client as http:
        yield Tokens(settings(str(server.make_url("/"))), http, **more)


@pytest.mark.parametrize("says", [0, -5, -(10**12)])
async def test_a_token_that_lasts_no_time_is_used_for_a_while_and_reported(says: int) -> None:
    with running_sandbox(SandboxSettings(token_says_seconds=says)) as sandbox:
        async with opened(sandbox) as client:
            for _ in range(5):
                async for _page in client.offers():
                    pass
        asked = sandbox.counters()["requests"]["token"]

    assert asked == 1
    assert f"{says:g} seconds" in client.token_notice


@pytest.mark.parametrize("says", [None, True, "soon", [], {}, 1e308, 10**18])
async def test_a_lifetime_of_another_form_does_no_harm(says: object) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": TOKEN, "expires_in": says})

    async with answering(answer) as tokens:
        assert await tokens.current() == TOKEN


@pytest.mark.parametrize("inside", ["\r\n", "\0", " ", "\x7f", "é", "\u2028", "\ud800"])
async def test_a_token_that_no_header_can_hold_is_refused_in_words(inside: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": f"abc{inside}def", "expires_in": 60})

    async with answering(answer) as tokens:
        with pytest.raises(TargetError) as caught:
            await tokens.current()

    assert "abc" not in str(caught.value)
    if inside != "\ud800":  # which is not JSON
        assert isinstance(caught.value, AuthError)
        assert "visible ASCII" in str(caught.value)


async def test_a_ready_token_that_no_header_can_hold_is_refused_in_words() -> None:
    ready = settings("http://127.0.0.1:9", access_token=SecretStr("abc\ndef"))
    async with httpx.AsyncClient(verify=NO_AUTHORITIES) as http:
        with pytest.raises(AuthError, match="LOADER_ACCESS_TOKEN"):
            await Tokens(ready, http).current()


@pytest.mark.parametrize("status", [500, 503])
async def test_one_failure_is_shared_by_all_who_wait(status: int) -> None:
    asked = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=status)

    failures: list[str] = []
    async with answering(answer) as tokens, anyio.create_task_group() as group:

        async def wait() -> None:
            with pytest.raises(TargetError) as caught:
                await tokens.current()
            failures.append(str(caught.value))

        for _ in range(30):
            group.start_soon(wait)

    assert asked == 4
    assert len(failures) == 30
    assert len(set(failures)) == 1


async def test_after_a_failure_the_next_renewal_may_succeed() -> None:
    asked = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if asked == 1:
            return web.Response(status=404)
        return web.json_response({"access_token": TOKEN, "expires_in": 60})

    async with answering(answer) as tokens:
        with pytest.raises(TargetError):
            await tokens.current()
        assert await tokens.current() == TOKEN


async def test_a_stop_ends_the_wait_for_everybody() -> None:
    stopping, released = False, anyio.Event()

    async def answer(_request: web.Request) -> web.Response:
        nonlocal stopping
        stopping = True
        await released.wait()
        return web.Response(status=500)

    failures: list[str] = []
    async with answering(answer, is_stopping=lambda: stopping) as tokens:

        async def wait() -> None:
            with pytest.raises(TargetError) as caught:
                await tokens.current()
            failures.append(str(caught.value))

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(wait)
        released.set()

    assert len(failures) == 5
    assert all("stopped" in failure for failure in failures)


async def test_the_token_endpoint_is_asked_again_when_it_said() -> None:
    at: list[float] = []

    async def answer(_request: web.Request) -> web.Response:
        at.append(monotonic())
        if len(at) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.json_response({"access_token": TOKEN, "expires_in": 60})

    async with answering(answer) as tokens:
        assert await tokens.current() == TOKEN

    assert at[1] - at[0] >= 0.95  # it promised nothing before that


async def test_an_endpoint_that_asks_for_an_hour_is_not_waited_for() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "3600"})

    async with answering(answer) as tokens:
        with pytest.raises(TargetError, match="60 minutes"):
            await tokens.current()


async def test_a_network_that_asks_to_sign_in_first_is_named() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=511, text="<title>Hotel</title>", content_type="text/html")

    async with answering(answer) as tokens:
        with pytest.raises(TargetError, match=r"HTTP 511 .*sign in there"):
            await tokens.current()


@pytest.mark.parametrize("status", [302, 403, 407])
async def test_a_page_in_between_is_no_refusal_of_the_credential(status: int) -> None:
    async def answer(_request: web.Request) -> web.Response:
        headers = {"Location": "https://hotel.example/in"} if status == 302 else {}
        page = "<html><title>Hotel</title></html>"
        return web.Response(status=status, text=page, content_type="text/html", headers=headers)

    async with answering(answer) as tokens:
        with pytest.raises(
            TargetError, match=r"HTTP \d+ Hotel.*a sign-in page, or a proxy"
        ) as seen:
            await tokens.current()

    assert not isinstance(seen.value, AuthError)
    assert ("hotel.example" in str(seen.value)) is (status == 302)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"access_token": "%s"', "application/json"),
        ('{"accessToken": "%s"}', "application/json"),
        ('["%s"]', "application/json"),
        ('"%s"', "application/json"),
        ("access_token=%s&expires_in=60", "application/x-www-form-urlencoded"),
        ("<html><title>%s</title></html>", "text/html"),
        ("%s", "text/plain"),
    ],
)
async def test_no_word_of_a_token_reply_that_is_almost_one_is_shown(body: str, kind: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=body % TOKEN, content_type=kind)

    async with answering(answer) as tokens:
        with pytest.raises(TargetError) as caught:
            await tokens.current()

    assert not KnownSecrets([TOKEN, SECRET]).are_in(str(caught.value))
    assert ("web page" in str(caught.value)) == (kind == "text/html")


@pytest.mark.parametrize("endless", [False, True])
async def test_a_reply_without_end_is_bounded(*, endless: bool) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(status=200)
        await reply.prepare(request)
        for _ in range(10_000 if endless else 4):
            try:
                await reply.write(b" " * 65_536)
            except (ConnectionError, OSError):
                break
        return reply

    async with answering(answer) as tokens:
        with pytest.raises(TargetError, match="without the documented access_token"):
            await tokens.current()
