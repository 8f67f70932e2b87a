"""Replies that are sent correctly but are false; pure.

Each takes the true reply and returns the one that goes out in its place.
"""

import gzip
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import orjson

from offer_sandbox.codings import encoded
from offer_sandbox.echoes import echoed
from offer_sandbox.faults import Effect, Fault, Shape
from offer_sandbox.messages import Call, Reply, as_json

_HUGE: Final = 10_000_000
_PAGE: Final = b"<html><title>Welcome</title><body>A page.</body></html>"


def altered(call: Call, fault: Fault, reply: Reply) -> Reply | None:
    """Return the reply of a fault that alters it; None for every other fault."""
    if fault.effect is Effect.ECHO:
        return echoed(call, fault, reply)
    if fault.effect is Effect.ENDLESS_PAGES:
        return _endless_pages(call, reply)
    make = _ALTERED.get(fault.effect)
    return make(fault, reply) if make else None


def sign_in_page() -> Reply:
    """Return what a proxy between the caller and the service says."""
    page = b"<html><title>Sign in</title><body><form>Your password</form></body></html>"
    return Reply(status=200, body=page, type="text/html")


def _bad_gzip(_fault: Fault, reply: Reply) -> Reply:
    packed = bytearray(gzip.compress(reply.body))
    packed[10:] = bytes(255 - byte for byte in packed[10:])
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return replace(reply, body=bytes(packed), headers=headers)


def _encoded(fault: Fault, reply: Reply) -> Reply:
    body, word = encoded(reply.body, fault.coding)
    return replace(reply, body=body, headers={**reply.headers, "Content-Encoding": word})


def _large_header(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, headers={**reply.headers, "X-Policy": "p" * fault.size})


def _nested_lists(fault: Fault, reply: Reply) -> Reply:
    lists = b",".join([b"[]"] * fault.size)
    return Reply(status=reply.status, body=b'{"results":[' + lists + b'],"_links":{}}')


def _wrong_shape(fault: Fault, reply: Reply) -> Reply:
    match fault.shape:
        case Shape.OBJECT:
            return as_json(reply.status, {})
        case Shape.ARRAY:
            return as_json(reply.status, [])
        case Shape.NULL:
            return as_json(reply.status, None)
        case Shape.ERROR:
            return as_json(
                reply.status,
                {
                    "type": "/placeholder/type/uri",
                    "status": 500,
                    "title": "Error",
                    "detail": "no",
                    "id": f"urn:uuid:{uuid4()}",  # of the error
                },
            )
    return _with_items(reply, _ITEMS[fault.shape])


_Items = Callable[[list[Any]], list[Any] | None]
_ITEMS: Final[Mapping[Shape, _Items]] = {
    Shape.NO_ITEMS: lambda _items: [],
    Shape.NULL_ITEMS: lambda _items: None,
    Shape.FEWER_ITEMS: lambda items: items[1:],
    Shape.STRANGE_ITEMS: lambda items: [{"item": number} for number, _ in enumerate(items)],
    Shape.TEXT_ITEMS: lambda items: [str(number) for number, _ in enumerate(items)],
    Shape.NAMELESS_ITEMS: lambda items: [_without_name(item) for item in items],
}


def _without_name(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item of either dialect without its name."""
    bare = {field: value for field, value in item.items() if field not in ("name", "xdm:name")}
    inside = bare.get("_instance")
    return bare | {"_instance": _without_name(inside)} if isinstance(inside, dict) else bare


def _with_items(reply: Reply, change: _Items) -> Reply:
    """Change the items of a list and nothing else of it; whoever is no list stays as it is."""
    document = _document(reply)
    place = document.get("_embedded", document)
    if not isinstance(place, dict) or not isinstance(place.get("results"), list):
        return reply
    place["results"] = change(place["results"])
    return replace(reply, body=orjson.dumps(document))


def _endless_pages(call: Call, reply: Reply) -> Reply:
    document = _document(reply)
    place = document.get("_embedded", document)
    links = document.get("_links")
    if not isinstance(place, dict) or not isinstance(links, dict):
        return reply
    place["results"] = []
    here = urlsplit(str(links.get("self", {}).get("href", call.path)))
    more = f"{here.path}?{here.query}&page={time.time_ns()}"
    links["next"] = {"href": more}
    return replace(reply, body=orjson.dumps(document))


def _document(reply: Reply) -> dict[str, Any]:
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


_ALTERED: Final[Mapping[Effect, Callable[[Fault, Reply], Reply]]] = {
    Effect.BAD_GZIP: _bad_gzip,
    Effect.ENCODED: _encoded,
    Effect.LARGE_HEADER: _large_header,
    Effect.WRONG_TYPE: lambda _, reply: Reply(status=reply.status, body=_PAGE, type="text/html"),
    Effect.NO_RECEIPT: lambda _, reply: as_json(reply.status, {}),
    Effect.WRONG_SHAPE: _wrong_shape,
    Effect.NESTED_LISTS: _nested_lists,
    Effect.HUGE: lambda _, reply: Reply(
        status=reply.status, body=b'{"filler":"' + b"x" * _HUGE + b'"}'
    ),
}
