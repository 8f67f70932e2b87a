"""A delete is done when the offer was seen gone: late decisions, refusals, lies, stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import anyio
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loader.api.client import OfferClient, open_client
from loader.model import Dialect, OutcomeKind
from loader.offer.entity import FALLBACK_OFFER
from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.clients import opened, settings_for

pytestmark = pytest.mark.anyio
OFFER = orjson.dumps({"xdm:name": "A", "xdm:status": "draft"})
NO_DECISIONS = [
    "status-before on=decision status=302 body=empty location=https://login.example/sign-in",
    *(f"status-before on=decision status={s} body=gateway" for s in (400, 401, 403, 406, 422)),
    *(f"status-before on=decision status={s} body=page" for s in (400, 403, 407, 409)),
    *(f"status-before on=decision status={s} body=problem" for s in (403, 410, 500)),
    "sign-in-page on=decision",
    "wrong-shape on=decision shape=error",
]


@asynccontextmanager
async def answering(
    *,
    delete: web.Response,
    there: list[bool],
    conflict: tuple[dict[str, str], int] = ({}, 0),
) -> AsyncIterator[OfferClient]:
    """Give a client of a server that answers a delete so; `there`: what each look-up shows.

    `conflict`: what `/conflict` says with 409, and how often, before it says that it is done.
    """
    looks, decisions, conflicts = iter(there), count(1), count(1)

    async def deleted(_request: web.Request) -> web.Response:
        return delete

    async def look(_request: web.Request) -> web.Response:
        if next(looks, there[-1]):
            return web.json_response({"id": "one", "name": "A", "etag": 2})
        return web.json_response({"title": "not found"}, status=404)

    async def later(_request: web.Request) -> web.Response:
        if next(decisions) < 3:
            return web.Response(status=202)
        return web.json_response({"title": "in use"}, status=422)

    async def conflicting(_request: web.Request) -> web.Response:
        said, times = conflict
        if next(conflicts) > times:
            return web.Response()
        return web.json_response(said, status=409) if said else web.Response(status=409)

    async def decided(request: web.Request) -> web.Response:
        return web.json_response({"title": "in use"}, status=int(request.match_info["status"]))

    app = web.Application()
    app.router.add_delete("/offers/{id}", deleted)
    app.router.add_get("/offers/{id}", look)
    app.router.add_get("/decided/{status}", decided)
    app.router.add_get("/later", later)
    app.router.add_get("/conflict", conflicting)
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            async with opened(sandbox, api_url=url) as client:
                yield client


@pytest.mark.parametrize("lag", [0.0, 0.6])
@pytest.mark.parametrize("seconds", [0.0, 0.6])
async def test_a_delete_that_is_decided_later_is_waited_for(seconds: float, lag: float) -> None:
    settings = SandboxSettings(xcore_delete="poll", xcore_delete_seconds=seconds)
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, Dialect.XCORE) as ours:
            key = (await ours.send(OFFER)).receipt.instance_id
            await anyio.sleep(lag)
            sandbox.set_faults(f"lookup-lag-seconds={lag}")
            outcome = await ours.delete(key)
        left = sandbox.offers()

    assert (outcome.kind, outcome.code) == (OutcomeKind.DONE, "deleted")
    assert left == []


@pytest.mark.parametrize("seconds", [0.0, 0.6])
@pytest.mark.parametrize("status", [200, 400, 409, 422])
async def test_a_delete_that_is_refused_later_has_failed(status: int, seconds: float) -> None:
    settings = SandboxSettings(
        xcore_delete="poll",
        xcore_delete_outcome="refused",
        xcore_delete_refusal_status=status,
        xcore_delete_seconds=seconds,
    )
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, Dialect.XCORE) as ours:
            key = (await ours.send(OFFER)).receipt.instance_id
            outcome = await ours.delete(key)
        left = sandbox.offers()

    assert outcome.kind is OutcomeKind.REFUSED
    assert "then refused it: HTTP" in outcome.message
    assert len(left) == 1


@pytest.mark.parametrize("fault", NO_DECISIONS)
async def test_an_answer_that_decides_nothing_is_no_refusal(fault: str) -> None:
    """Something in between may answer at the Location, or the service may not let us ask there."""
    settings = SandboxSettings(xcore_delete="poll", xcore_delete_seconds=0.3)
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, Dialect.XCORE) as ours:
            key = (await ours.send(OFFER)).receipt.instance_id
            sandbox.set_faults(fault)
            outcome = await ours.delete(key)
        left = sandbox.offers()

    assert (outcome.kind, outcome.code) == (OutcomeKind.DONE, "deleted")
    assert left == []


@pytest.mark.parametrize("seconds", [0.0, 0.3])
@pytest.mark.parametrize("dialect", list(Dialect))
async def test_the_state_of_a_task_is_no_refusal(dialect: Dialect, seconds: float) -> None:
    settings = SandboxSettings(
        dps_delete="poll",
        xcore_delete="poll",
        xcore_delete_seconds=seconds,
        undecided_reads_as="running",
        decided_reads_as="state",
    )
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, dialect) as ours:
            body = OFFER if dialect is Dialect.XCORE else OFFER.replace(b"xdm:", b"")
            key = (await ours.send(body)).receipt.instance_id
            outcome = await ours.delete(key)
        left = sandbox.offers()

    assert (outcome.kind, outcome.code) == (OutcomeKind.DONE, "deleted")
    assert left == []


async def test_a_refusal_of_a_delete_that_was_carried_out_proves_nothing() -> None:
    accepted = web.Response(status=202, headers={"Location": "/decided/422"})
    async with answering(delete=accepted, there=[False]) as client:
        outcome = await client.delete("one")

    assert (outcome.kind, outcome.code) == (OutcomeKind.LOST, "not-decided")
    assert "not found" in outcome.message


async def test_a_stop_ends_the_wait_for_a_decision() -> None:
    asked = False
    settings = SandboxSettings(xcore_delete="poll", xcore_delete_seconds=3600.0)
    with running_sandbox(settings) as sandbox:
        ours = settings_for(sandbox, Dialect.XCORE)
        endpoints = FALLBACK_OFFER.endpoints
        async with open_client(ours, endpoints, is_stopping=lambda: asked) as client:
            key = (await client.send(OFFER)).receipt.instance_id
            asked = True
            with anyio.fail_after(20):
                outcome = await client.delete(key)

    assert outcome.kind is OutcomeKind.LOST
    assert "still there" in outcome.message


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_2xx_is_believed_when_the_offer_is_gone(status: int) -> None:
    async with answering(delete=web.Response(status=status), there=[True, True, False]) as client:
        outcome = await client.delete("one")

    assert (outcome.kind, outcome.http_status) == (OutcomeKind.DONE, status)


@pytest.mark.parametrize("body", ["gateway", "page"])
async def test_a_404_that_is_not_the_services_own_deletes_nothing(body: str) -> None:
    """The delete comes to nothing, and then something in between knows no way to the offer."""
    with running_sandbox() as sandbox:
        async with opened(sandbox, Dialect.XCORE) as ours:
            key = (await ours.send(OFFER)).receipt.instance_id
            sandbox.set_faults(
                "sign-in-page on=delete", f"status-before on=lookup status=404 body={body}"
            )
            outcome = await ours.delete(key)

    assert outcome.kind is OutcomeKind.LOST


async def test_a_sign_in_page_deletes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loader.api.decided_later.WAITS", (0.0, 0.1))
    page = web.Response(text="<html>Sign in</html>", content_type="text/html")
    async with answering(delete=page, there=[True]) as client:
        outcome = await client.delete("one")

    assert outcome.kind is OutcomeKind.LOST
    assert "still there" in outcome.message


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/decided/409", OutcomeKind.LOST),
        ("/decided/404", OutcomeKind.LOST),
        ("/decided/422", OutcomeKind.REFUSED),
        ("/decided/422?a=b c", OutcomeKind.REFUSED),
        ("https://elsewhere.example/decided/422", OutcomeKind.LOST),
        ("", OutcomeKind.LOST),
    ],
)
async def test_only_a_decision_decides(
    monkeypatch: pytest.MonkeyPatch, location: str, expected: OutcomeKind
) -> None:
    monkeypatch.setattr("loader.api.decided_later.WAITS", (0.0, 0.1))
    accepted = web.Response(status=202, headers={"Location": location})
    async with answering(delete=accepted, there=[True]) as client:
        outcome = await client.delete("one")

    assert outcome.kind is expected


@pytest.mark.parametrize(
    ("said", "times", "expected"),
    [
        ({"title": "in use"}, 3, OutcomeKind.DONE),
        ({"title": "in use"}, 99, OutcomeKind.REFUSED),
        ({"title": "conflict with another operation"}, 99, OutcomeKind.LOST),
        ({}, 99, OutcomeKind.LOST),
    ],
)
async def test_a_conflict_at_the_location_may_pass_or_be_the_refusal(
    monkeypatch: pytest.MonkeyPatch,
    said: dict[str, str],
    times: int,
    expected: OutcomeKind,
) -> None:
    """A 409 clashes with what is under way, or says for good that the offer is in use."""
    monkeypatch.setattr("loader.api.decided_later.WAITS", (0.0, *(0.02,) * 7))
    accepted = web.Response(status=202, headers={"Location": "/conflict"})
    there = [*(True,) * times, False]
    async with answering(delete=accepted, there=there, conflict=(said, times)) as client:
        outcome = await client.delete("one")

    assert outcome.kind is expected


@pytest.mark.parametrize(
    ("etag", "expected"),
    [
        ("1", (OutcomeKind.NOT_ACCEPTED, "guard-refused")),
        ("2", (OutcomeKind.REFUSED, "delete-refused")),
        ("", (OutcomeKind.REFUSED, "delete-refused")),
    ],
)
async def test_what_an_edit_overtook_after_it_was_accepted_is_read_again(
    etag: str, expected: tuple[OutcomeKind, str]
) -> None:
    """Then it is kept as one that somebody edited, as where the delete is refused at once."""
    accepted = web.Response(status=202, headers={"Location": "/decided/422"})
    async with answering(delete=accepted, there=[True]) as client:
        outcome = await client.delete("one", etag=etag)

    assert (outcome.kind, outcome.code) == expected


async def test_an_offer_that_is_not_found_before_its_delete_is_decided_is_not_gone() -> None:
    """A look-up that lags does not find it, and the delete is refused in the end."""
    accepted = web.Response(status=202, headers={"Location": "/later"})
    async with answering(delete=accepted, there=[False, True]) as client:
        outcome = await client.delete("one")

    assert outcome.kind is OutcomeKind.LOST  # it is looked up later


@pytest.mark.parametrize("status", [200, 409])
async def test_a_delete_that_was_done_before_is_not_told_as_refused(status: int) -> None:
    """The first request is decided before the second one, which then finds nothing."""
    settings = SandboxSettings(
        xcore_delete="poll", xcore_delete_seconds=0.3, xcore_delete_refusal_status=status
    )
    with running_sandbox(settings) as sandbox:
        async with opened(sandbox, Dialect.XCORE) as ours:
            key = (await ours.send(OFFER)).receipt.instance_id
            sandbox.set_faults("reset-after on=delete times=1")
            outcomes = [await ours.delete(key), await ours.delete(key)]
        left = sandbox.offers()

    told = {outcome.kind for outcome in outcomes}
    assert told <= {OutcomeKind.LOST, OutcomeKind.DONE}  # HTTP 404 of the second is LOST, too
    assert left == []


async def test_a_delete_whose_connection_breaks_is_not_sent_again_by_itself() -> None:
    """The second one would be refused for its id, whatever became of the first."""
    with running_sandbox(SandboxSettings(unique_request_ids=True)) as sandbox:
        async with opened(sandbox, Dialect.XCORE) as ours:
            key = (await ours.send(OFFER)).receipt.instance_id
            sandbox.set_faults("reset-after on=delete times=1")
            outcome = await ours.delete(key)
        left = sandbox.offers()

    assert (outcome.kind, left) == (OutcomeKind.LOST, [])


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_a_delete_names_the_revision_that_was_read_where_it_can(dialect: Dialect) -> None:
    body = OFFER if dialect is Dialect.XCORE else OFFER.replace(b"xdm:", b"")
    with running_sandbox(SandboxSettings(used_in_decisions="Used.*")) as sandbox:
        async with opened(sandbox, dialect) as ours:
            key = (await ours.send(body)).receipt.instance_id
            used = (await ours.send(body.replace(b'"A"', b'"Used"'))).receipt.instance_id
            sandbox.edit(key, "description")
            outcome = await ours.delete(key, etag="1")
            again = await ours.delete(key, etag="2")
            in_use = await ours.delete(used, etag="1")

    is_xcore = dialect is Dialect.XCORE
    assert outcome.kind is (OutcomeKind.NOT_ACCEPTED if is_xcore else OutcomeKind.DONE)
    assert not is_xcore or (outcome.code, again.kind) == ("guard-refused", OutcomeKind.DONE)
    assert in_use.kind is OutcomeKind.REFUSED
