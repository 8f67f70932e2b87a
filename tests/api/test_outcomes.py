"""The classification, probed: every fault over a real socket, and what it may be taken for.

The law: `created` only with ids; `not_accepted` only where the server did not take the offer (the
sandbox is asked); everything else is doubt.
"""

from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loader.api.error_body import ApiError, is_html
from loader.api.fault import Fault
from loader.api.outcome import (
    classify,
    judge,
    judge_refusal,
    judge_without_status,
    may_refuse_a_repetition,
)
from loader.api.transport import Reply
from loader.errors import TargetError
from loader.model import Dialect, OutcomeKind, Receipt
from loader.redaction import SECRETS
from offer_sandbox import SandboxSettings, running_sandbox
from tests.support.certificates import certificate_for
from tests.support.clients import opened
from tests.support.proxies import encrypted
from tests.support.sandbox_calls import dps_offer

K = OutcomeKind
pytestmark = pytest.mark.anyio
SECRET = "p8e-secret-of-the-client-7Zq"
OFFER = orjson.dumps(dps_offer("A"))

# fault -> what it must be taken for, and whether the offer is on the server afterwards
PROBES = {
    "reset-unread": (K.LOST, False),
    "hang-unread": (K.LOST, False),
    "status-unread status=413": (K.REFUSED, False),
    "reset-before": (K.LOST, False),
    "down seconds=0.3": (K.LOST, False),
    "status-before status=400": (K.REFUSED, False),
    "status-before status=400 body=page": (K.LOST, False),
    "status-after status=400 body=page": (K.LOST, True),
    "status-before status=422 body=page": (K.LOST, False),
    "status-before status=413 body=page": (K.REFUSED, False),
    "status-before status=403": (K.HALTED, False),
    "status-before status=404": (K.HALTED, False),
    "status-before status=408": (K.LOST, False),
    "status-before status=409": (K.NOT_ACCEPTED, False),
    "status-before status=422": (K.REFUSED, False),
    "status-before status=429 body=gateway": (K.NOT_ACCEPTED, False),
    "status-before status=429 body=empty": (K.NOT_ACCEPTED, False),
    "status-before status=429 body=plain": (K.NOT_ACCEPTED, False),
    "status-before status=500": (K.LOST, False),
    "status-before status=501": (K.HALTED, False),
    "status-before status=502": (K.LOST, False),
    "status-before status=503": (K.LOST, False),
    "status-before status=504": (K.LOST, False),
    "status-after status=500": (K.LOST, True),
    "status-after status=502": (K.LOST, True),
    "status-after status=503": (K.LOST, True),
    "status-after status=504": (K.LOST, True),
    "reset-after": (K.LOST, True),
    "close-after": (K.LOST, True),
    "hang-after": (K.LOST, True),
    "half-status-line": (K.LOST, True),
    "garbage": (K.LOST, True),
    "reset-in-reply": (K.LOST, True),
    "cut-short": (K.LOST, True),
    "bad-gzip": (K.LOST, True),
    "sign-in-page": (K.LOST, False),
    "status-before status=302 location=https://sso.example/": (K.LOST, False),
    "status-before status=303 location=https://sso.example/": (K.LOST, False),
    "status-before status=307 location=https://api.example/": (K.HALTED, False),
    "wrong-type": (K.LOST, True),
    "no-receipt": (K.LOST, True),
    "wrong-shape shape=error": (K.LOST, True),
    "huge": (K.LOST, True),
    "endless": (K.LOST, True),
}


@pytest.mark.parametrize("fault", PROBES)
async def test_each_fault_is_taken_for_what_it_may_be(fault: str) -> None:
    expected, there = PROBES[fault]
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults(f"{fault} on=create times=1")

            outcome = await client.send(OFFER)

            assert outcome.kind is expected, outcome
            assert bool(sandbox.offers()) is there
            assert outcome.message
            assert (outcome.receipt is None) == (expected is not K.DONE)


@pytest.mark.parametrize("fault", ["cut-short", "reset-in-reply", "bad-gzip", "no-receipt", "huge"])
async def test_a_seen_2xx_without_ids_is_never_to_be_sent_again(fault: str) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults(f"{fault} on=create times=1")

            outcome = await client.send(OFFER)

    assert outcome.code == "created-no-ids"
    assert outcome.http_status == 201


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("status-before status=400 body=page", ["HTTP 400", "it is a web page", "in between"]),
        ("status-before status=413 body=page", ["HTTP 413", "it is a web page", "in between"]),
        ("status-before status=403 body=page", ["HTTP 403", "it is a web page", "in between"]),
        ("status-before status=404 body=page", ["HTTP 404", "it is a web page", "LOADER_API_URL"]),
        ("sign-in-page", ["HTTP 200", "a sign-in page, or a proxy in between"]),
        ("status-before status=421 body=page", ["HTTP 421", "a proxy in between"]),
        ("status-before status=431 body=empty", ["HTTP 431", "a proxy in between"]),
        ("status-before status=451 body=page", ["HTTP 451", "a proxy in between"]),
        ("status-before status=511 body=page", ["HTTP 511", "in a browser", "run the same"]),
        *(
            (f"status-before status={status} location=https://sso.example/in", words)
            for status, words in {
                301: ["https://sso.example/in", "LOADER_API_URL"],
                302: ["https://sso.example/in", "a sign-in page, or a proxy in between"],
                303: ["https://sso.example/in", "a sign-in page, or a proxy in between"],
                307: ["https://sso.example/in", "LOADER_API_URL"],
                308: ["https://sso.example/in", "LOADER_API_URL"],
            }.items()
        ),
    ],
)
async def test_what_stands_in_between_is_named(fault: str, words: list[str]) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            effect, _, more = fault.partition(" ")
            sandbox.set_faults(f"{effect} on=create times=1 {more}".strip())

            outcome = await client.send(OFFER)

    assert [each for each in words if each not in outcome.message] == []


def test_a_page_that_seems_to_be_about_the_row_is_named_once() -> None:
    page = b"<html><title>The page with this reference is gone</title></html>"
    reply = Reply(began=True, status=404, headers={"Content-Type": "text/html"}, body=page)

    outcome = judge_refusal(reply, now=0.0)

    assert outcome.kind is K.LOST
    assert outcome.message.count("it is a web page") == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("sign-in-page on=list", "HTTP 200.*it is a web page"),
        ("status-before on=list status=403 body=page", "HTTP 403.*it is a web page"),
        (
            "status-before on=list status=302 location=https://sso.example",
            "it leads to https://sso",
        ),
    ],
)
async def test_what_stands_before_a_list_is_named(fault: str, said: str) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults(fault)

            with pytest.raises(TargetError, match=f"{said}.*a sign-in page, or a proxy"):
                async for _ in client.offers():
                    pass


@pytest.mark.parametrize(
    ("body", "kind", "is_page"),
    [
        (b"<!DOCTYPE html><p>", "application/json", True),
        (b"\xef\xbb\xbf <!-- Hotel -->\n<!-- 2 --><HTML>", "", True),
        (b"<?xml version='1.0'?><html xmlns='x'>", "application/xhtml+xml", True),
        (b"<meta http-equiv=refresh content='0;url=/in'>", "text/plain", True),
        (b"<center><h1>403 Forbidden</h1></center>", "", True),
        (b"Please sign in", "text/html; charset=utf-8", True),
        (b'{"title": "Forbidden"}', "text/html", False),
        (b"<?xml version='1.0'?><Error/>", "application/xml", False),
        (b"<!--" * 10_000, "text/plain", False),
        (b"", "", False),
    ],
)
def test_a_web_page_is_known_by_its_beginning(body: bytes, kind: str, is_page: bool) -> None:
    assert is_html(body, kind) is is_page


@pytest.mark.parametrize("dialect", Dialect)
async def test_a_good_create_gives_both_ids(dialect: Dialect) -> None:
    body = (
        OFFER if dialect is Dialect.DPS else orjson.dumps({"xdm:name": "A", "xdm:status": "draft"})
    )
    with running_sandbox() as sandbox:
        async with opened(sandbox, dialect) as client:
            outcome = await client.send(body)
        (offer,) = sandbox.offers()

    assert outcome.kind is K.DONE
    assert outcome.receipt.at_id == offer["id"]
    expected = offer["id"] if dialect is Dialect.DPS else offer["instance_id"]
    assert outcome.receipt.instance_id == expected


ID = "0a1b2c3d-0000-4000-8000-0123456789ab"


@pytest.mark.parametrize(
    "body",
    [
        {"detail": f"x-request-id {ID} was used before"},
        {"detail": f"x-request-id: {ID} was used before"},
        {"detail": f"request_id {ID} was used before"},
        {"detail": "Duplicate value for header x-request-id"},
        {"detail": f"The requestId '{ID}' is already in use"},
        {"detail": "Request ID must be unique"},
        {"detail": "Re-used x-request-id"},
        {"error": f"x-request-id {ID} was used before"},
        {"error_code": "DUPLICATE_REQUEST_ID", "message": "This request was received already"},
    ],
)
@pytest.mark.parametrize("status", [400, 409, 412, 422])
def test_a_request_id_that_was_used_before_says_nothing_of_the_first_request(
    body: dict[str, str], status: int
) -> None:
    outcome = judge_refusal(Reply(began=True, status=status, body=orjson.dumps(body)), now=0.0)

    assert (outcome.kind, outcome.code) == (K.LOST, "sent-twice")


@pytest.mark.parametrize(
    "words",
    [
        f"An offer of this name already exists (request id: {ID})",
        f"Request id {ID}: the name is already in use",
        f"The name is a duplicate, request id {ID}",
        f"Duplicate offer name for request id {ID}",
        f"Request ID: {ID} - an offer of this name already exists",
        f"requestId={ID} name must be unique",
        f"Duplicate tag. x-request-id: {ID}",
        f"x-request-id {ID} was refused",
        "Your request ideas were used before",
    ],
)
def test_a_refusal_that_only_names_its_request_refuses_the_row(words: str) -> None:
    body = orjson.dumps({"detail": words})
    outcome = judge_refusal(Reply(began=True, status=400, body=body), now=0.0)

    assert (outcome.kind, outcome.code) == (K.REFUSED, "http-400")


@pytest.mark.parametrize(
    ("words", "may_be"),
    [
        ("Duplicate request", True),
        ("Conflict: this is a repeated request", True),
        ("The request has already been processed", True),
        ("Bad Request: the request was made before", True),
        ("Bad Request: the end date is before the start date", False),
        ("Bad Request - tags twice", False),
        ("Invalid request, tags are duplicated", False),
        ("Request validation failed: the end date is before the start date", False),
        ("Duplicate tags: Bad Request", False),
    ],
)
def test_a_refusal_may_be_of_a_second_copy_where_one_clause_says_so(
    words: str, *, may_be: bool
) -> None:
    body = orjson.dumps({"status": 400, "title": words.partition(": ")[0], "detail": words})
    outcome = judge_refusal(Reply(began=True, status=400, body=body), now=0.0)

    assert outcome.kind is K.REFUSED
    assert may_refuse_a_repetition(outcome) is may_be


async def test_a_port_that_is_closed_is_proof_that_nothing_was_sent() -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            assert (await client.send(OFFER)).kind is K.DONE
            sandbox.set_faults("down seconds=30 on=create times=1")
            await client.send(OFFER)
            outcome = await client.send(OFFER)

    assert outcome.kind is K.NOT_ACCEPTED
    assert outcome.began is False


@pytest.mark.parametrize(
    ("retry_after", "expected"), [("seconds", 7.0), ("date", 7.0), ("absent", None)]
)
async def test_retry_after_is_understood(retry_after: str, expected: float | None) -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            line = f"status-before on=create status=429 retry-seconds=7 retry-after={retry_after}"
            sandbox.set_faults(line)
            outcome = await client.send(OFFER)

    if expected is None:
        assert outcome.retry_after_seconds is None
    else:
        assert outcome.retry_after_seconds == pytest.approx(expected, abs=1.1)


@pytest.mark.parametrize("status", [401, 403])
async def test_an_expired_token_is_renewed_once_and_the_offer_created_once(status: int) -> None:
    with running_sandbox(SandboxSettings(refused_token_status=status)) as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults("expire-tokens on=create times=1")

            outcome = await client.send(OFFER)

        assert outcome.kind is K.DONE
        assert len(sandbox.offers()) == 1
        assert sandbox.counters()["requests"]["token"] == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_an_expired_token_is_renewed_for_a_read(status: int) -> None:
    with running_sandbox(SandboxSettings(refused_token_status=status)) as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults("expire-tokens on=list times=1")

            assert [list(page) async for page in client.offers()] == [[]]


@dataclass(slots=True, kw_only=True)
class RecordedHooks:
    """Hears when a request left, and says whether it may go once more."""

    may_go_again: bool = True
    is_young: bool = True
    heard: list[str] = field(default_factory=list)

    def may_send(self) -> bool:
        return self.is_young

    def sent(self) -> None:
        self.heard.append("left")

    async def wait_to_resend(self) -> bool:
        self.heard.append("asked")
        return self.may_go_again


@pytest.mark.parametrize(
    ("may_go_again", "code", "heard"),
    [(True, "created", ["left", "asked", "left"]), (False, "not-sent", ["left", "asked"])],
)
async def test_a_request_with_a_fresh_token_asks_the_pace_again(
    may_go_again: bool, code: str, heard: list[str]
) -> None:
    hooks = RecordedHooks(may_go_again=may_go_again)
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults("expire-tokens on=create times=1")

            outcome = await client.send(OFFER, hooks)

        assert outcome.code == code
        assert len(sandbox.offers()) == may_go_again
        assert hooks.heard == heard


@pytest.mark.parametrize("change", ["create", "update", "delete"])
async def test_a_request_whose_intent_is_too_old_by_now_is_not_written(change: str) -> None:
    """On a new connection and on a kept one, which stays in use."""
    hooks = RecordedHooks(is_young=False)
    with running_sandbox() as sandbox:
        key = sandbox.put_offer(dps_offer("One"))["id"]
        async with opened(sandbox) as client:
            for _ in range(2):
                match change:
                    case "create":
                        outcome = await client.send(OFFER, hooks)
                    case "update":
                        patch = b'[{"op": "replace", "path": "/description", "value": "x"}]'
                        outcome = await client.update(key, patch, hooks=hooks)
                    case _:
                        outcome = await client.delete(key, hooks)

                assert (outcome.kind, outcome.code) == (K.NOT_ACCEPTED, "not-sent")
                assert not outcome.began
                assert await client.lookup(key) is not None

        assert hooks.heard == []
        assert sandbox.counters()["requests"].get(change, 0) == 0
        assert [offer["etag"] for offer in sandbox.offers()] == [1]


class AgesAfterTheConnection(RecordedHooks):
    """The intent is young when the connection is there, and too old when bytes would leave."""

    def may_send(self) -> bool:
        is_young, self.is_young = self.is_young, False
        return is_young


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("change", ["create", "delete"])
async def test_an_intent_that_ages_in_the_last_step_of_the_loop_is_not_written(
    tmp_path: Path, change: str, tls: bool
) -> None:
    """A process may be frozen between the connection and the system call, on any connection."""
    certificate = certificate_for("127.0.0.1", folder=tmp_path)
    with (
        running_sandbox() as sandbox,
        encrypted(int(sandbox.root.rpartition(":")[2]), certificate) as port,
    ):
        key = sandbox.put_offer(dps_offer("One"))["id"]
        url = sandbox.api_url("dps").replace(sandbox.root, f"https://127.0.0.1:{port}")
        more = {"api_url": url, "ca_file": str(certificate[0])} if tls else {}
        async with opened(sandbox, **more) as client:
            for _ in range(2):
                hooks = AgesAfterTheConnection()
                if change == "create":
                    outcome = await client.send(OFFER, hooks)
                else:
                    outcome = await client.delete(key, hooks)

                assert outcome.kind is K.LOST, outcome
                assert await client.lookup(key) is not None

        assert sandbox.counters()["requests"].get(change, 0) == 0
        assert [offer["etag"] for offer in sandbox.offers()] == [1]


async def test_a_token_that_stays_refused_halts_the_run() -> None:
    with running_sandbox() as sandbox:
        async with opened(sandbox) as client:
            sandbox.set_faults("refuse-token on=create")

            outcome = await client.send(OFFER)

    assert outcome.kind is K.HALTED


@pytest.mark.parametrize("fault", Fault)
def test_no_fault_proves_anything_once_the_request_began(fault: Fault) -> None:
    began = judge_without_status(Reply(began=True, fault=fault, why="it broke"))
    unsent = judge_without_status(Reply(began=False, fault=fault, why="it broke"))

    assert began.kind is K.LOST
    assert unsent.kind in {K.NOT_ACCEPTED, K.HALTED}
    assert began.code == unsent.code == fault
    assert "it broke" in began.message


@pytest.mark.parametrize("status", range(300, 600))
def test_a_status_is_proof_of_nothing_done_only_by_its_contract(status: int) -> None:
    kind, code = classify(status, ApiError())

    if kind is K.NOT_ACCEPTED:
        assert status in {401, 425, 429}
    if status >= 500 and status not in {501, 505, 511}:
        assert kind is K.LOST
    assert code


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        (b'{"message": "Rate limit exceeded, retry later"}', True),
        (b"Quota exceeded for this minute", True),
        (b'{"error_code": "429050", "message": "Too many requests"}', True),
        (b'{"title": "Forbidden", "detail": "Request throttled"}', True),
        (b'{"error_code": "403010", "message": "Missing Authorization"}', False),
        (b"", False),
    ],
)
def test_what_comes_too_fast_may_be_refused_with_403(said: bytes, *, asks: bool) -> None:
    reply = Reply(began=True, status=403, body=said)

    outcome = judge_refusal(reply, now=0.0)

    assert outcome.asks_to_slow_down is asks
    assert outcome.kind is (K.NOT_ACCEPTED if asks else K.HALTED)
    assert outcome.http_status == 403


async def test_what_is_only_accepted_is_no_proof() -> None:
    with running_sandbox(SandboxSettings(create_status=202)) as sandbox:
        async with opened(sandbox) as client:
            outcome = await client.send(OFFER)
        (offer,) = sandbox.offers()

    named = Receipt(instance_id="", at_id=offer["id"])
    assert (outcome.kind, outcome.code, outcome.receipt) == (K.LOST, "accepted", named)
    assert offer["id"] in outcome.message


def test_an_error_that_comes_as_a_success_is_shown_and_is_no_proof() -> None:
    reply = Reply(began=True, status=200, body=b'{"error_code": "1", "message": "no room left"}')

    outcome = judge(reply, receipt=lambda _: None, now=0.0)

    assert outcome.kind is K.LOST
    assert "no room left" in outcome.message


@pytest.mark.parametrize(
    ("kind", "document", "expected"),
    [
        ("application/problem+json", {"title": "Unavailable"}, K.LOST),
        ("application/problem+json; charset=utf-8", {"status": 200}, K.LOST),
        ("application/json", {"status": 503}, K.LOST),
        ("application/json", {"status": "422"}, K.LOST),
        ("application/json", {"error_code": "403027"}, K.LOST),
        ("application/json", {"errorCode": 7}, K.LOST),
        ("application/json", {"status": "draft"}, K.DONE),
        ("application/json", {"status": 201, "error_code": None}, K.DONE),
        ("application/json", {"type": "html", "title": "A", "name": "404"}, K.DONE),
        ("", {}, K.DONE),
    ],
)
@pytest.mark.parametrize("dialect", list(Dialect))
async def test_an_error_is_no_receipt_though_it_has_an_id(
    dialect: Dialect, kind: str, document: dict[str, object], expected: OutcomeKind
) -> None:
    ids = {"id": "urn:uuid:1", "instanceId": "urn:uuid:1", "@id": "urn:uuid:1"}

    async def create(_request: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(ids | document), headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_post("/{path:.*}", create)
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            async with opened(sandbox, dialect, api_url=url, container_id="c") as client:
                outcome = await client.send(OFFER)

    assert outcome.kind is expected
    assert expected is K.DONE or outcome.code == "created-no-ids"


@pytest.mark.parametrize("secret", ["client-secret", "token"])
async def test_a_receipt_that_repeats_a_secret_is_no_receipt(secret: str) -> None:
    held: list[str] = []

    async def create(request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        held.append(token if secret == "token" else SECRET)
        return web.json_response({"id": held[0], "etag": 1}, status=201)

    app = web.Application()
    app.router.add_post("/offers", create)
    with running_sandbox() as sandbox:
        async with TestServer(app) as server:
            url = str(server.make_url("")).rstrip("/")
            async with opened(sandbox, api_url=url) as client:
                SECRETS.add(SECRET)
                outcome = await client.send(OFFER)

    assert outcome.kind is K.LOST
    assert outcome.code == "created-no-ids"
    assert outcome.receipt is None
    assert held[0] not in str(outcome)
