"""A reply that is not the documented list proves nothing: it is an error, never an empty list."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from loader.api.check_listing import ListingCheck, next_url
from loader.api.error_body import parse
from loader.api.reply_body import too_many_parts
from loader.errors import TargetError
from loader.model import Dialect
from offer_sandbox import SandboxSettings, Shape, running_sandbox
from tests.support.clients import opened
from tests.support.sandbox_calls import dps_offer

pytestmark = pytest.mark.anyio
CONTAINERS = "https://ns.adobe.com/experience/xcore/container"
BASE = URL("https://platform.adobe.io/data/core/dps")


def whole(pages: Sequence[Mapping[str, object]]) -> int:
    """Read a whole list; return how many items it has."""
    listing = ListingCheck(where="the list")
    count = sum(len(listing.check_page(page)) for page in pages)
    listing.check_complete()
    return count


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("shape", Shape)
async def test_a_list_of_another_shape_is_an_error(dialect: Dialect, shape: Shape) -> None:
    offer = dps_offer("A") if dialect is Dialect.DPS else {"xdm:name": "A", "xdm:status": "draft"}
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as client:
            for _ in range(2):
                await client.send(orjson.dumps(offer))
            sandbox.set_faults(f"wrong-shape on=list shape={shape}")

            with pytest.raises(TargetError, match=r"documented list|cannot be read"):
                async for _ in client.offers():
                    pass


@pytest.mark.parametrize("dialect", Dialect)
async def test_the_container_is_on_a_later_page(dialect: Dialect) -> None:
    crowd = tuple(f"other-{number}" for number in range(7))
    settings = SandboxSettings(other_sandboxes=crowd, max_containers=2)
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, dialect) as client:
            assert [page async for page in client.offers()] == [[]]


@pytest.mark.parametrize("on_a_page", [1, 100])
async def test_a_container_that_is_listed_twice_is_one(on_a_page: int) -> None:
    settings = SandboxSettings(other_sandboxes=("demo",), max_containers=on_a_page)
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, Dialect.XCORE) as client:
            assert [page async for page in client.offers()] == [[]]


async def test_an_answer_that_is_no_list_of_containers_does_not_mean_that_there_is_none() -> None:
    with running_sandbox() as sandbox:
        sandbox.set_faults("wrong-shape on=containers shape=error")
        with pytest.raises(TargetError, match="not the documented list"):
            async with opened(sandbox, Dialect.XCORE):
                pass


async def test_of_several_containers_none_is_chosen() -> None:
    async def listed(_request: web.Request) -> web.Response:
        parent = {"parentName": "demo"}
        found = [{"instanceId": each, "_instance": parent} for each in ("c1", "c2")]
        return web.json_response({"_embedded": {CONTAINERS: found}})

    app = web.Application()
    app.router.add_get("/", listed)
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            with pytest.raises(TargetError, match=r"2 decisioning containers.*LOADER_CONTAINER_ID"):
                async with opened(sandbox, Dialect.XCORE, api_url=url):
                    pass


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (rb'["\ud83d", "\uDE00 \ud83d\ude00"]', ["\ufffd", "\ufffd \U0001f600"]),
        (rb'["\\ud83d \ud83d"]', ["\\ud83d \ufffd"]),
        (rb'["\ud83d', None),
        (b'{"a": NaN}', None),
    ],
)
def test_half_of_an_emoji_does_not_make_a_list_unreadable(body: bytes, read: object) -> None:
    assert parse(body) == read


@pytest.mark.parametrize("dialect", Dialect)
async def test_json_may_begin_with_a_byte_order_mark(dialect: Dialect) -> None:
    with running_sandbox(SandboxSettings(json_mark=True)) as sandbox:
        async with opened(sandbox, dialect) as client:
            assert [page async for page in client.offers()] == [[]]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"error": "out of order"},
        {"results": [], "total": 1, "count": 0},
        {"results": [], "count": 0},
        {"results": None, "total": 0},
        {"results": ["A"], "total": 1, "count": 1},
        {"results": [{"id": "1"}], "total": 1, "count": 2},
        {"results": [], "total": True},
        {"_embedded": []},
        {"_embedded": {"total": 0}},
    ],
)
def test_what_is_not_whole_and_consistent_is_no_list(document: dict[str, object]) -> None:
    with pytest.raises(TargetError, match="not the documented list"):
        whole([document])


def test_a_list_may_change_while_it_is_read() -> None:
    grown = [{"results": [{}], "total": 2}, {"results": [{}], "total": 3}]
    shrunk = [{"results": [{}, {}], "total": 4}, {"results": [{}], "total": 3}]

    assert whole(grown) == 2  # one more came before the cursor
    assert whole(shrunk) == 3


def test_pages_of_one_item_each_whose_total_grows_with_them_are_an_error() -> None:
    pages = [{"results": [{}], "total": number + 2} for number in range(1_000)]

    with pytest.raises(TargetError, match="without end"):
        whole(pages[:200])
    assert whole([{"results": [{}], "total": 1_000}] * 1_000) == 1_000


def test_pages_without_end_are_an_error() -> None:
    with pytest.raises(TargetError, match="page after page is empty"):
        whole([{"results": [], "total": 0}] * 10)
    with pytest.raises(TargetError, match="without end"):
        whole([{"results": [{}] * 100, "total": 5}] * 1000)


@pytest.mark.parametrize(
    ("href", "leads_to"),
    [
        ("/offers?start=2", "https://platform.adobe.io/data/core/dps/offers?start=2"),
        ("/data/core/dps/offers?start=2", "https://platform.adobe.io/data/core/dps/offers?start=2"),
        (
            "https://platform.adobe.io/data/core/dps/offers?start=2",
            "https://platform.adobe.io/data/core/dps/offers?start=2",
        ),
        ("?start=2", "https://platform.adobe.io/data/core/dps/offers?start=2"),
        ("/offers?property=name==a%2Cb", f"{BASE}/offers?property=name==a%2Cb"),
        (" /offers?start=2\r\n", f"{BASE}/offers?start=2"),
        ("/offers?a=b c\td", f"{BASE}/offers?a=b%20c%09d"),
        ("/offers?a=\x00\x7f%zz", f"{BASE}/offers?a=%00%7F%zz"),
        ("/offers?a=é", f"{BASE}/offers?a=%C3%A9"),
        pytest.param("/offers?a=\udce9", f"{BASE}/offers?a=%E9", id="a byte that is no UTF-8"),
    ],
)
def test_a_link_leads_where_rfc_3986_says(href: str, leads_to: str) -> None:
    current = URL(f"{BASE}/offers?limit=100", encoded=True)

    assert str(next_url(href, current=current, base=BASE)) == leads_to


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example/data/core/dps/offers",
        "http://platform.adobe.io/data/core/dps/offers",
        "https://platform.adobe.io:444/data/core/dps/offers",
        "https://platform.adobe.io/elsewhere",
        "//evil.example/data/core/dps/offers",
        "https://somebody:password@platform.adobe.io/data/core/dps/offers",
        pytest.param("/offers?a=\ud800", id="half of a character"),
    ],
)
def test_a_link_to_another_place_is_not_followed(href: str) -> None:
    with pytest.raises(TargetError, match="not followed"):
        next_url(href, current=BASE / "offers", base=BASE)


@pytest.mark.parametrize(
    "href", ["/offers?start=a\x00b", "/offers?start=a b", "/offers?a=é\n&start=2"]
)
async def test_a_link_of_any_characters_is_followed(href: str) -> None:
    asked: list[str] = []

    async def listed(request: web.Request) -> web.Response:
        asked.append(request.rel_url.raw_query_string)
        links = {} if "start" in request.query else {"next": {"href": href}}
        return web.json_response({"results": [], "count": 0, "total": 0, "_links": links})

    app = web.Application()
    app.router.add_get("/offers", listed)
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            async with opened(sandbox, api_url=url) as client:
                assert [list(page) async for page in client.offers()] == [[], []]

    assert unquote(asked[1]) == href.partition("?")[2]


async def test_a_list_that_would_fill_the_memory_is_not_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("loader.api.reader._TRIES", 1)
    with running_sandbox() as sandbox:
        sandbox.set_faults("nested-lists on=list size=5000000")
        async with opened(sandbox, request_timeout_seconds=20.0) as client:
            with pytest.raises(TargetError, match="too many parts"):
                async for _ in client.offers():
                    pass


def test_a_page_of_the_largest_offers_is_parsed() -> None:
    """A hundred offers of 300 KB each, of HTML and of JSON."""
    for content in ('<p class="a b">Text, and more of it</p>', '{"k": ["value", "w", 1, 2]}, '):
        offer = orjson.dumps({"content": content * (290_000 // len(content))})
        assert not too_many_parts(b"[" + b",".join([offer] * 100) + b"]")


@pytest.mark.parametrize("dialect", Dialect)
async def test_a_list_is_asked_of_the_api_itself_and_not_of_a_cache(dialect: Dialect) -> None:
    offer = dps_offer("A") if dialect is Dialect.DPS else {"xdm:name": "A", "xdm:status": "draft"}
    with running_sandbox(SandboxSettings(cache_between="heeds")) as sandbox:
        async with opened(sandbox, dialect) as client:
            counts = []
            for _ in range(3):
                counts.append(sum([len(page) async for page in client.offers()]))
                await client.send(orjson.dumps(offer))

    assert counts == [0, 1, 2]
