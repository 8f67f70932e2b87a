"""Change replies of an API: status, headers, JSON and framing, given a random generator.

What no client could see through is not done: a create that was carried out is not called refused,
and a list that hides an offer is not made consistent.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson

from tests.fuzz.documents import spoil_document
from tests.fuzz.proxy import Answered, Asked

# Of a create that was carried out: none of them says that it was not.
AFTER = (
    *("500", "500", "502", "503", "504", "408"),
    *("200", "200 OK", "201", "201 Created", "202", "204", "206", "226", "299", "300", "302"),
    *("303", "304", "408", "500", "502", "503", "504", "507", "520", "599", "600", "999", "099"),
    *("20", "2O1", "", "-1", "201" * 9, "500 \u00e9"),
)
NOT_DONE = (
    *AFTER[16:],
    *("301", "307", "308", "400", "401", "402", "403", "404", "405", "406", "407", "409", "410"),
    *("411", "412", "413", "414", "415", "417", "418", "421", "422", "423", "424", "425", "426"),
    *("428", "429", "429", "429", "431", "451", "501", "505", "511"),
)
BODIES = (
    *(b"", b"{}", b"[]", b"null", b"{", b"\xff\xfe", b"\0" * 50, b"[" * 5_000, b'"' * 9, b"NaN"),
    *(
        b"<html>Sign in</html>",
        b'{"a":1,"a":2}',
        b'{"id":"\\ud800"}',
        b"9" * 400,
        b"\xef\xbb\xbf{}",
    ),
    *(b'{"title":null,"detail":[1]}', b'{"error_code":429050,"message":"Too many requests"}'),
    *(b'{"errors":[{"code":"x"}]}', b'{"type":"about:blank","status":"x","report":{"a":[]}}'),
)
UNASKED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
Change = Callable[[random.Random, Answered, Sequence[str]], Answered]


def with_other_headers(dice: random.Random, given: Answered, secrets: Sequence[str]) -> Answered:
    """Add headers that are odd, long, doubled, or about how to read the body."""
    pool = (
        ("Retry-After", dice.choice(("0", "1", "-5", "x", "1e3", "Wed, 21 Oct 2015 07:28:00 GMT"))),
        (
            "Content-Type",
            dice.choice(("", "text/html", "application/json; charset=utf-7", "\u00e9")),
        ),
        ("Content-Encoding", dice.choice(("gzip", "br", "deflate", "UTF-8", "identity", "x", ""))),
        (
            "Location",
            dice.choice(("", "/offers", "//evil.example", "http://[", dice.choice(secrets))),
        ),
        ("Set-Cookie", "a=b; Max-Age=99999999999999999999"),
        ("X-Long", "y" * dice.choice((10, 9_000, 100_000))),
        ("Connection", dice.choice(("close", "keep-alive", "upgrade"))),
        ("Upgrade", "h2c"),
        ("Transfer-Encoding", dice.choice(("chunked", "gzip", "identity"))),
        ("X-Echo", dice.choice(secrets)),
        ("", "no name"),
        ("A b", "blank"),
        ("X-Fold", "a\r\n b"),
        ("ETag", dice.choice(("", '"' * 9, "W/1", dice.choice(secrets)))),
    )
    return replace(given, headers=(*given.headers, *dice.sample(pool, dice.choice((1, 1, 3)))))


def with_broken_framing(dice: random.Random, given: Answered, secrets: Sequence[str]) -> Answered:
    """Say a wrong length, cut, send in pieces, or send more than was asked for."""
    whole = given.on_the_wire()
    match dice.randrange(9):
        case 0:
            return replace(given, length=str(len(given.body) + dice.choice((-5, -1, 1, 100))))
        case 1:
            return replace(
                given, length=dice.choice(("", "-1", "x", "1, 1", "9" * 30)), closes=True
            )
        case 2:
            return replace(given, keep=dice.randrange(len(whole) + 1))
        case 3:
            return replace(given, pause_at=dice.randrange(len(whole) + 1))
        case 4:
            return replace(given, after=dice.choice((whole, UNASKED, b"x", b"HTTP/1.1 200 OK\r\n")))
        case 5:
            return replace(
                given, before=dice.choice((b"\r\n", b"x", b"HTTP/1.1 100 Continue\r\n\r\n"))
            )
        case 6:
            return replace(given, is_chunked=True, after=dice.choice((b"", whole, UNASKED)))
        case 7:
            return replace(given, is_chunked=True, length=dice.choice((None, "3")), keep=len(whole))
        case _:
            return replace(given, closes=True)


def with_other_body(dice: random.Random, given: Answered, secrets: Sequence[str]) -> Answered:
    """Change the JSON, or put something else in its place."""
    echo = dice.choice(secrets).encode()
    if dice.random() < 0.3:
        return replace(given, body=dice.choice((*BODIES, echo, b'{"message":"%s"}' % echo)))
    try:
        document = orjson.loads(given.body)
    except orjson.JSONDecodeError:
        return replace(given, body=dice.choice(BODIES))
    other = spoil_document(dice, document, more=secrets)
    try:
        return replace(given, body=orjson.dumps(other))
    except TypeError:  # a number or a text that JSON of this library cannot hold
        return given


def made_up(dice: random.Random, secrets: Sequence[str]) -> Answered:
    """Return a reply of our own to what was not carried out; it names no offer."""
    status = dice.choice((*NOT_DONE, "201", "200", "202"))
    headers = (("Content-Type", "application/json"),)
    echo = dice.choice(secrets).encode()
    body = dice.choice((*BODIES, b'{"message":"no: %s"}' % echo, echo))
    return _changed(dice, Answered(status=status, headers=headers, body=body), secrets, OF_FAILURE)


def _changed(
    dice: random.Random, given: Answered, secrets: Sequence[str], ways: Sequence[Change]
) -> Answered:
    for _ in range(dice.choice((0, 1, 1, 2))):
        given = dice.choice(ways)(dice, given, secrets)
    return given


def _other_status(dice: random.Random, given: Answered, _secrets: Sequence[str]) -> Answered:
    return replace(given, status=dice.choice(AFTER))


OF_FAILURE: tuple[Change, ...] = (with_other_headers, with_broken_framing)
OF_SUCCESS: tuple[Change, ...] = (
    with_other_headers, with_broken_framing, with_other_body, _other_status,
)  # fmt: skip


def spoil_reply(
    dice: random.Random, asked: Asked, given: Answered, secrets: Sequence[str]
) -> Answered:
    """Return what the caller sees instead of a true reply."""
    if not given.status.startswith("2"):
        return given
    other = dice.choice(OF_SUCCESS)(dice, given, secrets)
    other = _changed(dice, other, secrets, OF_FAILURE)
    if asked.method != "GET":
        return other
    if dice.random() < 0.5:
        other = replace(given, body=_shortened(dice, given.body))
    return given if hides(given.body, other.body) else other


def _shortened(dice: random.Random, body: bytes) -> bytes:
    """Leave out items of a list, and say nothing of it."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    inside = document.get("_embedded", document) if isinstance(document, dict) else None
    if isinstance(inside, dict) and isinstance(inside.get("results"), list):
        kept = [item for item in inside["results"] if dice.random() < 0.6]
        inside |= {"results": kept, "count": len(kept)}
    return orjson.dumps(document)


def hides(true: bytes, seen: bytes) -> bool:
    """Whether a list is consistent and lacks an offer that is there: no client sees through it."""
    there, shown = _list_of(true), _list_of(seen)
    if there is None or shown is None:
        return False
    return bool(_offers(there) - _offers(shown)) or _offers(shown) - _offers(there) != set()


def _list_of(body: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    inside = document.get("_embedded", document) if isinstance(document, dict) else None
    if not isinstance(inside, dict):
        return None
    items, total = inside.get("results"), inside.get("total")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    if not isinstance(total, int) or isinstance(total, bool) or not 0 <= total <= len(items):
        return None
    return None if inside.get("count", len(items)) != len(items) else inside


def _offers(inside: dict[str, Any]) -> set[tuple[str, str]]:
    found = set()
    for item in inside["results"]:
        offer = item.get("_instance", item)
        name = offer.get("xdm:name", offer.get("name")) if isinstance(offer, dict) else None
        found.add((repr(item.get("id", item.get("instanceId"))), repr(name)))
    return found
