"""Replies that are well sent and say what is not so: lists that are none, ids of others, pages."""

import base64
import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from offer_sandbox import (
    Coding,
    EchoForm,
    Sandbox,
    Shape,
    Spelling,
    running_sandbox,
)
from tests.support.sandbox_calls import BARE, FALLBACK, client, dps_offer, headers, xcore_offer

DPS = {"offer-type": "fallback"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def create(http: httpx.Client, name: str) -> httpx.Response:
    return http.post("/offers", params=DPS, json=dps_offer(name))


def items_of(document: Any) -> Any:
    return document.get("_embedded", document).get("results")


@pytest.mark.parametrize("dialect", ["dps", "xcore"])
@pytest.mark.parametrize("shape", Shape)
def test_a_list_of_another_shape_still_says_200(
    sandbox: Sandbox, shape: Shape, dialect: str
) -> None:
    with client(sandbox, dialect) as http:
        path, asked = "/offers", DPS
        if dialect == "xcore":
            path, asked = f"/{sandbox.container_id}/instances", {"schema": FALLBACK}
        for name in ("A", "B"):
            body = dps_offer(name) if dialect == "dps" else xcore_offer(name)
            kind = {"Content-Type": BARE} if dialect == "xcore" else {}
            http.post(path, params=DPS, json=body, headers=kind)
        sandbox.set_faults(f"wrong-shape on=list shape={shape}")
        reply = http.get(path, params=asked)

    assert reply.status_code == 200
    document = reply.json()
    if shape in (Shape.OBJECT, Shape.ARRAY, Shape.NULL):
        assert not document
    elif shape is Shape.ERROR:
        assert items_of(document) is None
    else:
        expected = {
            Shape.NO_ITEMS: [],
            Shape.NULL_ITEMS: None,
            Shape.STRANGE_ITEMS: [{"item": 0}, {"item": 1}],
            Shape.TEXT_ITEMS: ["0", "1"],
        }
        assert document.get("_embedded", document)["total"] == 2
        if shape is Shape.FEWER_ITEMS:
            assert len(items_of(document)) == 1
        elif shape is Shape.NAMELESS_ITEMS:
            items = [item.get("_instance", item) for item in items_of(document)]
            assert all(item and not {"name", "xdm:name"} & item.keys() for item in items)
        else:
            assert items_of(document) == expected[shape]


def test_a_create_may_be_answered_with_an_id_that_stood_there_before(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        old = create(http, "Old").json()["id"]
        sandbox.set_faults("old-id on=create")
        answered = [create(http, name) for name in ("A", "B")]

    assert {reply.status_code for reply in answered} == {201}
    assert {reply.json()["id"] for reply in answered} == {old}
    assert [offer["name"] for offer in sandbox.offers()] == ["Old", "A", "B"]


def test_several_creates_may_be_answered_with_one_id(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        sandbox.set_faults("same-id on=create")
        answered = [create(http, name).json()["id"] for name in "ABCD"]

    assert len(set(answered)) == 1
    assert len({offer["id"] for offer in sandbox.offers()}) == 4


def test_an_early_refusal_may_be_applied_all_the_same(sandbox: Sandbox) -> None:
    sandbox.set_faults("status-early on=create status=429")
    with client(sandbox) as http:
        reply = create(http, "A")
    until = time.monotonic() + 10.0
    while not sandbox.offers() and time.monotonic() < until:
        time.sleep(0.01)  # the refusal comes first, the offer after it

    assert reply.status_code == 429
    assert [offer["name"] for offer in sandbox.offers()] == ["A"]


def test_a_reply_may_be_followed_by_an_unasked_second_one(sandbox: Sandbox) -> None:
    sandbox.set_faults("second-reply on=list times=1")
    lines = [f"{name}: {value}" for name, value in headers(sandbox).items()]
    asked = "\r\n".join(
        [
            "GET /data/core/dps/offers?offer-type=fallback HTTP/1.1",
            "Host: localhost",
            *lines,
            "",
            "",
        ]
    )
    port = int(sandbox.root.rpartition(":")[2])
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(asked.encode())
        while received.count(b"HTTP/1.1 200") < 2:
            piece = connection.recv(65_536)
            assert piece
            received += piece
        connection.sendall(asked.encode())  # the connection is still open
        while received.count(b"HTTP/1.1 200") < 3:
            piece = connection.recv(65_536)
            assert piece
            received += piece


def test_pages_may_never_end(sandbox: Sandbox) -> None:
    sandbox.set_faults("endless-pages on=list")
    with client(sandbox) as http:
        create(http, "A")
        href, seen = "/offers?offer-type=fallback", []
        for _ in range(20):
            page = http.get(href).json()
            assert page["results"] == []
            href = page["_links"]["next"]["href"]
            seen.append(href)

    assert len(set(seen)) == 20


def test_a_list_may_be_made_of_ever_so_many_lists(sandbox: Sandbox) -> None:
    sandbox.set_faults("nested-lists on=list size=1000")
    with client(sandbox) as http:
        found = http.get("/offers", params=DPS).json()

    assert found["results"] == [[]] * 1000


def test_a_sign_in_page_is_html_with_200_and_nothing_is_made(sandbox: Sandbox) -> None:
    sandbox.set_faults("sign-in-page on=create")
    with client(sandbox) as http:
        reply = create(http, "A")

    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html")
    assert sandbox.offers() == []


def test_a_redirect_says_where(sandbox: Sandbox) -> None:
    sandbox.set_faults("status-before on=create status=302 location=https://sso.example/")
    with client(sandbox) as http:
        reply = create(http, "A")

    assert (reply.status_code, reply.headers["location"]) == (302, "https://sso.example/")


@pytest.mark.parametrize("coding", [one for one in Coding if one is not Coding.RAW_DEFLATE])
def test_a_body_comes_in_every_coding(sandbox: Sandbox, coding: Coding) -> None:
    sandbox.set_faults(f"encoded on=create coding={coding}")
    with (
        client(sandbox) as http,
        http.stream("POST", "/offers", params=DPS, json=dps_offer("A")) as reply,
    ):
        body = b"".join(reply.iter_raw())

    unpacked = {
        Coding.BR: lambda: body[3:-1],  # what is not compressed stands between the marks
        Coding.UTF_8: lambda: body,
        Coding.DEFLATE: lambda: zlib.decompress(body),
        Coding.GZIP: lambda: zlib.decompress(body, 31),
        Coding.GZIP_MEMBERS: lambda: _members(body),
    }[coding]()
    assert json.loads(unpacked)["etag"] == 1


def _members(packed: bytes) -> bytes:
    found = b""
    while packed:
        unpacker = zlib.decompressobj(31)
        found += unpacker.decompress(packed)
        packed = unpacker.unused_data
    return found


def test_a_header_may_be_large(sandbox: Sandbox) -> None:
    sandbox.set_faults("large-header on=list size=3000")
    with client(sandbox) as http:
        reply = http.get("/offers", params=DPS)

    assert reply.headers["x-policy"] == "p" * 3000


@pytest.mark.parametrize("form", EchoForm)
@pytest.mark.parametrize("spelling", Spelling)
def test_the_token_comes_back_in_every_form(
    sandbox: Sandbox, form: EchoForm, spelling: Spelling
) -> None:
    sandbox.set_faults(f"echo on=create status=403 form={form} spelling={spelling}")
    with client(sandbox) as http:
        reply = create(http, "A")

    token = sandbox.access_token
    letters = "".join(f"\\u{ord(letter):04x}" for letter in token)
    is_receipt = form in (EchoForm.ID, EchoForm.FIELD, EchoForm.TEXTS)
    expected = {
        Spelling.RAW: token,
        Spelling.URL: "".join(f"%{ord(letter):02X}" for letter in token),
        Spelling.BASE64: base64.b64encode(token.encode()).decode(),
        Spelling.JSON: json.dumps(letters)[1:-1] if is_receipt else letters,
        Spelling.CUT: token[:-4],
        Spelling.HEX: token.encode().hex(),
        Spelling.NUMBERS: str(list(token.encode())),
    }[spelling]
    assert reply.status_code == (201 if is_receipt else 403)
    if form not in (EchoForm.FIELD, EchoForm.TEXTS):  # a receipt has no name and no text
        assert expected in reply.text


def test_the_token_endpoint_may_repeat_the_secret(sandbox: Sandbox) -> None:
    sandbox.set_faults("echo on=token status=400 form=html")
    form = {"grant_type": "client_credentials", "client_secret": sandbox.client_secret}
    reply = httpx.post(sandbox.ims_url, data=form, trust_env=False)

    assert sandbox.client_secret in reply.text


def test_the_name_of_a_listed_offer_may_be_the_token(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        create(http, "A")
        sandbox.set_faults("echo on=list form=field")
        listed = http.get("/offers", params=DPS).json()["results"]

    assert [offer["name"] for offer in listed] == [sandbox.access_token]


def test_every_text_of_a_list_may_end_with_the_token(sandbox: Sandbox) -> None:
    with client(sandbox) as http:
        placements = http.get("/placements").json()["results"]
        sandbox.set_faults("echo on=list form=texts")
        listed = http.get("/placements").json()["results"]

    token = sandbox.access_token
    assert [(one["id"], one["name"], one["channel"]) for one in listed] == [
        (one["id"], f"{one['name']} {token}", f"{one['channel']} {token}") for one in placements
    ]


@pytest.mark.parametrize("says", ["seconds", "absent"])
def test_a_quota_refuses_what_goes_beyond_it_in_its_window(sandbox: Sandbox, says: str) -> None:
    sandbox.set_faults("quota=3", "quota-seconds=600", f"limit-retry-after={says}")
    with client(sandbox) as http:
        answered = [create(http, str(number)) for number in range(5)]
        read = http.get("/offers", params=DPS)

    assert [reply.status_code for reply in answered] == [201, 201, 201, 429, 429]
    assert ("retry-after" in answered[-1].headers) == (says == "seconds")
    assert read.status_code == 200
    assert sandbox.counters()["struck"]["over the quota"] == 2


def test_a_rate_limit_may_say_nothing_of_when_to_come_back(sandbox: Sandbox) -> None:
    sandbox.set_faults("max-per-second=1", "limit-retry-after=absent")
    with client(sandbox) as http:
        answered = [create(http, str(number)) for number in range(3)]

    refused = [reply for reply in answered if reply.status_code == 429]
    assert refused
    assert "retry-after" not in refused[0].headers
