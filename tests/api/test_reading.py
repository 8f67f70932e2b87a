"""Reading what is on the server: exact names, whole lists, and patience with a bad server."""

from itertools import count

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loader.api.client import OfferClient, open_client
from loader.errors import AuthError, TargetError
from loader.model import Dialect, OutcomeKind
from loader.offer.entity import FALLBACK_OFFER
from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.clients import opened, settings_for
from tests.support.sandbox_calls import client, dps_offer

pytestmark = pytest.mark.anyio
HARD_NAMES = ["A, b & c", "50% off?", "Grüße #1", "a==b", "x~y*", 'say "hi"', "back\\slash", "é"]


def body(name: str, dialect: Dialect) -> bytes:
    if dialect is Dialect.DPS:
        return orjson.dumps(dps_offer(name))
    return orjson.dumps({"xdm:name": name, "xdm:status": "draft"})


async def names_listed(ours: OfferClient) -> list[str]:
    return [offer.name async for page in ours.offers() for offer in page]


@pytest.mark.parametrize("dialect", Dialect)
async def test_a_name_is_listed_whatever_is_in_it(dialect: Dialect) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as ours:
            for name in HARD_NAMES:
                await ours.send(body(name, dialect))

            found = await names_listed(ours)

    assert sorted(found) == sorted(HARD_NAMES)


@pytest.mark.parametrize("dialect", Dialect)
async def test_the_whole_list_is_read_page_by_page(dialect: Dialect) -> None:
    names = [f"Offer {number}" for number in range(45)]
    with running_sandbox(SandboxSettings(max_limit=10)) as sandbox:
        async with opened(sandbox, dialect) as ours:
            for name in names:
                await ours.send(body(name, dialect))

            pages = [page async for page in ours.offers()]

    assert len(pages) >= 5
    assert sorted(each.name for page in pages for each in page) == sorted(names)


@pytest.mark.parametrize(
    "fault", ["status-before status=503 times=3", "cut-short times=2", "reset-after times=2"]
)
async def test_reads_are_repeated_while_the_server_is_in_trouble(fault: str) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as ours:
            await ours.send(body("A", Dialect.DPS))
            sandbox.set_faults(f"{fault} on=list")

            found = await names_listed(ours)

    assert found == ["A"]


async def test_each_repeat_of_a_read_is_a_request_of_its_own() -> None:
    """One that aiohttp repeats by itself would be refused for its id."""
    with running_sandbox(SandboxSettings(unique_request_ids=True)) as sandbox:
        async with opened(sandbox) as ours:
            key = (await ours.send(body("A", Dialect.DPS))).receipt.instance_id
            sandbox.set_faults("reset-after on=lookup times=1")

            found = await ours.lookup(key)

    assert found is not None


async def test_a_server_that_stays_down_is_said_to_be() -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as ours:
            sandbox.set_faults(
                "status-before status=503 on=list retry-after=seconds retry-seconds=0"
            )
            with pytest.raises(TargetError, match="503"):
                await names_listed(ours)


@pytest.mark.parametrize("dialect", Dialect)
async def test_delete_and_lookup_tell_what_is_there(dialect: Dialect) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as ours:
            outcome = await ours.send(body("A", dialect))
            key = outcome.receipt.instance_id

            before = await ours.lookup(key)
            removed = await ours.delete(key)
            after = await ours.lookup(key)
            again = await ours.delete(key)

    assert before is not None
    assert before.name == "A"
    assert removed.kind is OutcomeKind.DONE
    assert after is None
    assert again.kind is OutcomeKind.LOST  # whether it is gone, a look-up says


async def test_wrong_credentials_are_refused_before_the_first_row() -> None:
    from pydantic import SecretStr  # noqa: PLC0415

    with running_sandbox() as sandbox:
        wrong = settings_for(sandbox, client_secret=SecretStr("not-the-secret"))
        with pytest.raises(AuthError) as caught:
            async with open_client(wrong, FALLBACK_OFFER.endpoints):
                pass

    assert "not-the-secret" not in str(caught.value)
    assert "LOADER_CLIENT_SECRET" in str(caught.value)


async def test_a_sandbox_without_a_container_is_named_with_those_that_have_one() -> None:
    with running_sandbox() as sandbox:
        settings = settings_for(sandbox, Dialect.XCORE, sandbox_name="other2")
        with pytest.raises(TargetError):
            async with open_client(settings, FALLBACK_OFFER.endpoints):
                pass


def test_the_sandbox_speaks_to_others_too() -> None:
    with running_sandbox() as sandbox, client(sandbox) as http:
        assert http.get("/offers", params={"offer-type": "FALLBACK"}).status_code == 200


@pytest.mark.parametrize("length", [1, 2, 3, 7])
async def test_a_list_that_leads_in_a_circle_is_left(length: int) -> None:
    ids = count(1)

    async def page(request: web.Request) -> web.Response:
        following = (int(request.query.get("start", "0")) + 1) % length
        href = f"/offers?offer-type=fallback&start={following}"
        item = {"id": str(next(ids)), "name": "A"}
        links = {"next": {"href": href}}
        return web.json_response({"results": [item], "count": 1, "total": length, "_links": links})

    app = web.Application()
    app.router.add_get("/offers", page)
    with running_sandbox() as sandbox:
        base = TestServer(app)
        async with base, opened(sandbox, api_url=str(base.make_url("")).rstrip("/")) as client:
            with pytest.raises(TargetError, match="leads back"):
                async for _ in client.offers():
                    pass


async def test_a_list_that_shows_an_offer_twice_is_not_whole() -> None:
    """A page that came twice may stand in the place of another one."""

    async def page(request: web.Request) -> web.Response:
        links = {} if request.query.get("start") else {"next": {"href": "/offers?start=2"}}
        item = {"id": "1", "name": "A"}
        return web.json_response({"results": [item], "count": 1, "total": 2, "_links": links})

    app = web.Application()
    app.router.add_get("/offers", page)
    with running_sandbox() as sandbox:
        base = TestServer(app)
        async with base, opened(sandbox, api_url=str(base.make_url("")).rstrip("/")) as client:
            with pytest.raises(TargetError, match="lists 1 twice"):
                async for _ in client.offers():
                    pass


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_list_is_not_asked_for_again_before_the_server_wants_it(form: str) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults(
                f"status-before on=list status=429 retry-after={form} retry-seconds=3600"
            )
            with pytest.raises(TargetError, match="not to come back before 60 minutes have passed"):
                async for _ in client.offers():
                    pass

        assert sandbox.counters()["requests"]["list"] == 1
