"""Replies that a gateway changed: no row is lost or made twice, and a run that ends says why."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import pytest

from offer_sandbox import running_sandbox
from tests.support.gateway import Change, Passed, gateway
from tests.support.workbooks import loader_for, results_of, write_offers

NAMES = [f"Offer {number}" for number in range(8)]
TOO_MANY = b'{"error_code":"429050","message":"Too many requests"}'
PAST = "Wed, 21 Oct 2015 07:28:00 GMT"
YEARS = "999999999"


def refused(status: int, *retry_after: str, body: bytes = TOO_MANY) -> Change:
    """Refuse without asking the API."""
    reply = Passed(status=status, body=body)
    for value in retry_after:
        reply = reply.with_header("Retry-After", value)
    return lambda _: reply


def answered(status: int, body: bytes = b"") -> Change:
    """Ask the API, and answer something else."""

    def change(asked: Callable[[], Passed]) -> Passed:
        asked()
        return Passed(status=status, body=body)

    return change


def packed(coding: str, times: int) -> Change:
    """Pack a reply `times` over, and call that `coding`."""

    def change(asked: Callable[[], Passed]) -> Passed:
        reply = asked()
        for _ in range(times):
            reply = replace(reply, body=gzip.compress(reply.body))
        return reply.with_header("Content-Encoding", coding)

    return change


def token(**fields: object) -> Change:
    """Change the reply of the token endpoint."""

    def change(asked: Callable[[], Passed]) -> Passed:
        reply = asked()
        return replace(reply, body=orjson.dumps({**orjson.loads(reply.body), **fields}))

    return change


def never_whole(asked: Callable[[], Passed]) -> Passed:
    """Let the total of a list be one more than it has."""
    reply = asked()
    listed = orjson.loads(reply.body)
    return replace(reply, body=orjson.dumps({**listed, "total": listed.get("total", 0) + 1}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A gateway, and how a load through it ends."""

    on: str
    change: Change
    which: Callable[[int], bool] = (3).__eq__
    code: int = 0
    says: str = ""


ODD = {
    "retry-after 0": Odd(on="create", change=refused(429, "0")),
    "retry-after below 0": Odd(on="create", change=refused(429, "-5")),
    "two retry-after": Odd(on="create", change=refused(429, "1", "7200")),
    "503, a date in the past": Odd(on="create", change=refused(503, PAST)),
    "429, a page": Odd(on="create", change=refused(429, body=b"<html><title>slow</title></html>")),
    "31 years": Odd(
        on="create",
        change=refused(429, YEARS),
        code=5,
        says="asks not to come back before 32 years",
    ),
    "200 that is a refusal": Odd(on="create", change=refused(200), code=6, says="1 unknown"),
    "204": Odd(on="create", change=answered(204)),
    "205": Odd(on="create", change=answered(205)),
    "300": Odd(on="create", change=refused(300, body=b"")),
    "304": Odd(on="create", change=refused(304, body=b"")),
    "a deep reply": Odd(on="create", change=answered(201, b"[" * 100_000 + b"]" * 100_000)),
    "packed twice": Odd(on="create", change=packed("gzip, gzip", 2), which=bool),
    "x-gzip": Odd(on="create", change=packed("x-gzip", 1), which=bool),
    "not packed, though it says so": Odd(on="create", change=packed("gzip", 0)),
    "a total that is never reached": Odd(
        on="read", change=never_whole, which=bool, code=5, says="not the documented list"
    ),
    "lists come too fast": Odd(on="read", change=refused(429, "0"), which=(1).__eq__),
    "token for ever": Odd(on="token", change=token(expires_in=1e308), which=bool),
    "token for true seconds": Odd(on="token", change=token(expires_in=True), which=bool),
    "token with blanks": Odd(
        on="token", change=token(access_token=" a b "), which=bool, code=5, says="cannot be sent"
    ),
    "tokens too fast, a date in the past": Odd(
        on="token", change=refused(429, PAST), which=(1).__eq__
    ),
    "tokens in 31 years": Odd(
        on="token", change=refused(429, YEARS), which=bool, code=5, says="it asks to wait 32 years"
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_no_row_is_lost_or_made_twice_behind_an_odd_gateway(tmp_path: Path, name: str) -> None:
    odd = ODD[name]
    struck: list[str] = []

    def change(asked: Callable[[], Passed]) -> Passed:
        struck.append(name)
        return odd.change(asked)

    write_offers(tmp_path / "offers.csv", NAMES)
    with (
        running_sandbox() as sandbox,
        gateway(sandbox, on=odd.on, change=change, which=odd.which) as address,
    ):
        loader = loader_for(sandbox, tmp_path, LOADER_MAX_IN_FLIGHT="2")
        way = {k: v.replace(sandbox.root, address) for k, v in loader.variables.items()}
        ran = replace(loader, variables=way).run("load", "offers.csv", "--results", "results.csv")
        held = [offer["name"] for offer in sandbox.offers()]
    rows = results_of(tmp_path / "results.csv")

    assert struck
    assert ran.code == odd.code, ran.err
    assert odd.says in ran.out + ran.err
    assert [row["name"] for row in rows] == NAMES
    assert sorted(held) == sorted(row["name"] for row in rows if row["status"] == "created")
    assert odd.code or sorted(held) == NAMES
