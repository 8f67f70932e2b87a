"""Token endpoints that fail, lie, or repeat secrets: words for a person, and no secret in them."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

import anyio
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from loader.api.target import ApiSettings
from loader.api.tokens import Tokens
from loader.errors import AuthError, TargetError
from tests.support.sandbox_calls import NO_AUTHORITIES

pytestmark = pytest.mark.anyio
SECRET = "p8e-S/ecret+of=the&\"client'7Zq"
TOKEN = "tok-0123456789-abcdefghij-KLMNOP"
Answer = Callable[[int], web.Response]


@asynccontextmanager
async def asked(answer: Answer) -> AsyncIterator[tuple[Tokens, list[float]]]:
    """Tokens of an endpoint that answers its n-th call so; and when it was called."""
    calls: list[float] = []

    async def handle(request: web.Request) -> web.Response:
        calls.append(anyio.current_time())
        return answer(len(calls))

    app = web.Application()
    app.router.add_post("/token", handle)
    http_client = httpx.AsyncClient(trust_env=False, verify=NO_AUTHORITIES)
    async with TestServer(app) as server, http_client as http:
        settings = ApiSettings(
            api_url="http://127.0.0.1/unused",
            ims_url=str(server.make_url("/token")),
            client_id="id",
            client_secret=SecretStr(SECRET),
        )
        yield Tokens(settings, http), calls


def given(**more: object) -> web.Response:
    return web.json_response({"access_token": TOKEN, "expires_in": 3600, **more})


@pytest.mark.parametrize("seconds", [0, -1, -86400, True, 1e-9])
async def test_a_token_of_no_duration_is_not_asked_for_with_each_request(seconds: object) -> None:
    async with asked(lambda _: given(expires_in=seconds)) as (tokens, calls):
        for _ in range(20):
            assert await tokens.current() == TOKEN

    assert len(calls) == 1


@pytest.mark.parametrize("token", ["a\r\nX: y", "a\0b", "a b", "tökén", "", "\ud800", None, 7, {}])
async def test_a_token_that_no_header_can_hold_is_refused_in_words(token: object) -> None:
    async with asked(lambda _: given(access_token=token)) as (tokens, _calls):
        with pytest.raises((AuthError, TargetError), match="token"):
            await tokens.current()


async def test_one_failure_is_shared_by_all_who_wait() -> None:
    failures: list[str] = []
    async with asked(lambda _: web.Response(status=500)) as (tokens, calls):

        async def worker() -> None:
            try:
                await tokens.current()
            except TargetError as error:
                failures.append(str(error))

        async with anyio.create_task_group() as group:
            for _ in range(16):
                group.start_soon(worker)

    assert len(failures) == 16
    assert len(calls) == 4


async def test_a_token_is_asked_for_anew_after_a_shared_failure() -> None:
    async with asked(lambda n: web.Response(status=500) if n <= 4 else given()) as (tokens, _calls):
        with pytest.raises(TargetError):
            await tokens.current()

        assert await tokens.current() == TOKEN


async def test_retry_after_of_the_token_endpoint_is_kept() -> None:
    def answer(call: int) -> web.Response:
        busy = web.Response(status=429, headers={"Retry-After": "2"})
        return busy if call == 1 else given()

    async with asked(answer) as (tokens, calls):
        assert await tokens.current() == TOKEN

    assert calls[1] - calls[0] >= 2.0


async def test_an_endpoint_that_asks_for_a_long_wait_is_not_asked_again() -> None:
    busy = {"Retry-After": "4000"}
    async with asked(lambda _: web.Response(status=429, headers=busy)) as (tokens, calls):
        with pytest.raises(TargetError, match="67 minutes"):
            await tokens.current()

    assert len(calls) == 1


SPELLINGS = {
    "raw": SECRET,
    "url": quote(SECRET, safe=""),
    "url in small letters": quote(SECRET, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "json": json.dumps(SECRET)[1:-1],
    "cut": SECRET[:17],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("shape", ['{"error": "invalid_client", "error_description": %s}', "%s"])
async def test_a_secret_that_the_endpoint_repeats_is_hidden(spelling: str, shape: str) -> None:
    said = f"credential {SPELLINGS[spelling]}"
    body = shape % (json.dumps(said) if "{" in shape else said)
    async with asked(lambda _: web.Response(status=401, text=body)) as (tokens, _calls):
        with pytest.raises(AuthError) as caught:
            await tokens.current()

    assert SPELLINGS[spelling] not in str(caught.value)
    assert SPELLINGS[spelling][:14] not in str(caught.value)
    assert "credential" in str(caught.value)


async def test_a_token_reply_that_is_almost_json_is_not_quoted() -> None:
    body = '{"access_token": "%s", "expires_in": 3600,}' % TOKEN  # noqa: UP031 - braces
    async with asked(lambda _: web.Response(text=body)) as (tokens, _calls):
        with pytest.raises(TargetError) as caught:
            await tokens.current()

    assert TOKEN not in str(caught.value)
