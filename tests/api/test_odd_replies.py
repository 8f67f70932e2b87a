"""Replies as company networks change them: compressed unasked, mislabelled, with long headers."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
import pytest

from loader.api.reply_body import decode_body
from loader.errors import TargetError
from loader.model import OutcomeKind
from offer_sandbox import Sandbox, running_sandbox
from tests.corpus.case import Content, bytes_of
from tests.support.clients import opened
from tests.support.proxies import served

pytestmark = pytest.mark.anyio
TOKEN = orjson.dumps({"access_token": "t" * 20, "expires_in": 3600})
OFFER = orjson.dumps({"id": "dps:fallback-offer:1a2b3c4d5e6f7a8b", "etag": 1})

zipped = partial(gzip.compress, mtime=0)


def raw_deflate(body: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(body) + machine.flush()


def members(body: bytes) -> bytes:
    return zipped(body[:7]) + zipped(body[7:])


READ = [
    ("gzip", zipped),
    ("x-gzip", members),
    ("GZIP", lambda body: members(body) + b"\0" * 20),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("deflate, gzip", lambda body: zipped(zlib.compress(body))),
    ("UTF-8", bytes),
    ("identity", bytes),
    ("", bytes),
]
NAMED = [
    ("br", b"\x8b\x02\x80", "compressed as 'br'"),
    ("zstd", b"\x28\xb5\x2f\xfd", "compressed as 'zstd'"),
    ("gzip", b"{}", "no whole gzip"),
    ("gzip", zipped(OFFER)[:-6], "no whole gzip"),
    ("gzip", members(OFFER)[:-6], "no whole gzip"),
    ("gzip", lambda: zipped(b"0" * 40_000_000), "longer than"),
    ("gzip", lambda: zipped(b"0" * 20_000_000) * 2, "longer than"),
]


@contextmanager
def answering(body: bytes, status: int = 201, **headers: str) -> Iterator[int]:
    """A server that gives every request the same answer."""
    lines = [
        f"HTTP/1.1 {status} So",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    answer = "\r\n".join([*lines, "", ""]).encode() + body

    async def handle(reader: Any, writer: Any) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if b"content-length" in line)
        await reader.readexactly(int(length.split(b":")[1]))
        writer.write(answer)
        await writer.drain()
        writer.close()

    with served(handle) as port:
        yield port


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.mark.parametrize(("encoding", "packed"), READ, ids=map(str, range(len(READ))))
async def test_what_can_be_unpacked_is_read(sandbox: Sandbox, encoding: str, packed: Any) -> None:
    with (
        answering(packed(TOKEN), 200, Content_Encoding=encoding) as ims,
        answering(packed(OFFER), Content_Encoding=encoding) as api,
    ):
        at = {"api_url": f"http://127.0.0.1:{api}", "ims_url": f"http://127.0.0.1:{ims}/token"}
        async with opened(sandbox, **at) as client:
            outcome = await client.send(b"{}")

    assert outcome.kind is OutcomeKind.DONE


@pytest.mark.parametrize(("encoding", "packed", "said"), NAMED, ids=map(str, range(len(NAMED))))
async def test_what_cannot_be_unpacked_is_named(
    sandbox: Sandbox, encoding: str, packed: Content, said: str
) -> None:
    packed = bytes_of(packed)
    with answering(packed, Content_Encoding=encoding) as port:
        at = f"http://127.0.0.1:{port}"
        async with opened(sandbox, api_url=at) as client:
            outcome = await client.send(b"{}")
        assert outcome.kind is OutcomeKind.LOST
        assert said in outcome.message
    with (
        answering(packed[:200_000], 200, Content_Encoding=encoding) as port,
        pytest.raises(TargetError, match=said),
    ):
        async with opened(sandbox, ims_url=f"http://127.0.0.1:{port}/token"):
            pass


async def test_a_long_header_is_read_and_a_longer_one_is_named(sandbox: Sandbox) -> None:
    with answering(OFFER, X_Company="x" * 60_000) as port:
        async with opened(sandbox, api_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.send(b"{}")).kind is OutcomeKind.DONE
    with answering(OFFER, X_Company="x" * 70_000) as port:
        async with opened(sandbox, api_url=f"http://127.0.0.1:{port}") as client:
            outcome = await client.send(b"{}")

    assert (outcome.kind, outcome.code) == (OutcomeKind.LOST, "bad-reply")
    assert "a header of more than 65,536 bytes" in outcome.message


def test_no_more_is_unpacked_than_the_limit() -> None:
    bomb = zipped(b"0" * 1_000_000) * 50

    assert decode_body(bomb, encoding="gzip", limit=1000)[0] == b""
    assert decode_body(zipped(b"0" * 1000), encoding="gzip", limit=1000)[1] == ""


async def test_what_a_success_without_ids_says_is_said(sandbox: Sandbox) -> None:
    body = orjson.dumps({"errors": [{"message": "the name is refused"}, "and more"]})
    with answering(body) as port:
        async with opened(sandbox, api_url=f"http://127.0.0.1:{port}") as client:
            outcome = await client.send(b"{}")

    assert outcome.kind is OutcomeKind.LOST
    assert "the name is refused: and more" in outcome.message
