"""Replies that repeat the caller's own secrets, as careless servers and gateways do; pure."""

import base64
import html
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from offer_sandbox.faults import EchoForm, Fault, Spelling
from offer_sandbox.messages import PROBLEM, Call, Reply

_CUT: Final = 4
_NO_TEXTS: Final = ("id", "@id", "instanceId", "parentName", "href")  # what else leads nowhere
_SPELLINGS: Final[Mapping[Spelling, Callable[[str], str]]] = {
    Spelling.RAW: str,
    Spelling.URL: lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    Spelling.BASE64: lambda secret: base64.b64encode(secret.encode()).decode(),
    Spelling.JSON: lambda secret: "".join(f"\\u{ord(letter):04x}" for letter in secret),
    Spelling.CUT: lambda secret: secret[:-_CUT],
    Spelling.HEX: lambda secret: secret.encode().hex(),
    Spelling.NUMBERS: lambda secret: str(list(secret.encode())),
}


def echoed(call: Call, fault: Fault, reply: Reply) -> Reply:
    """Return a reply that repeats what the caller came with."""
    secrets = [_SPELLINGS[fault.spelling](one) for one in _secrets(call)] or [""]
    match fault.form:
        case EchoForm.ID:
            return _with_field(reply, secrets[0], fields=("id", "instanceId", "@id"))
        case EchoForm.FIELD:
            return _with_field(reply, secrets[0], fields=("name", "xdm:name"))
        case EchoForm.TEXTS:
            return _with_texts(reply, secrets[0])
        case EchoForm.HTML:
            page = f"<html><body>Rejected: {html.escape(' '.join(secrets))}</body></html>"
            return Reply(status=fault.status, body=page.encode(), type="text/html")
        case EchoForm.PLAIN:
            said = f"cannot take {' or '.join(secrets)}"
            return Reply(status=fault.status, body=said.encode(), type="text/plain")
        case EchoForm.JSON | EchoForm.NEARLY_JSON:
            return _in_json(fault, secrets)


def _in_json(fault: Fault, secrets: list[str]) -> Reply:
    """Repeat the secrets in an error document, which in its other form lacks the last brace."""
    document = {
        "type": "/placeholder/type/uri",
        "status": fault.status,
        "title": "Error",
        "detail": f"cannot take {' or '.join(secrets)}",
        "access_token": secrets[0],
    }
    body = orjson.dumps(document)
    if fault.spelling is Spelling.JSON:
        body = body.replace(b"\\\\u", b"\\u")  # one backslash: JSON's own way to spell a letter
    cut = body[:-1] if fault.form is EchoForm.NEARLY_JSON else body
    return Reply(status=fault.status, body=cut, type=PROBLEM)


def _secrets(call: Call) -> list[str]:
    """Find the token, and in a request for one the client's secret."""
    _, _, token = call.headers.get("Authorization", "").partition(" ")
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"))) if b"=" in call.body else {}
    return [one for one in (token.strip(), form.get("client_secret", "")) if one]


def _with_field(reply: Reply, secret: str, *, fields: tuple[str, ...]) -> Reply:
    """Put the secret in these fields, wherever in the document they are."""
    return _changed(reply, lambda name, value: secret if name in fields else value)


def _with_texts(reply: Reply, secret: str) -> Reply:
    """Put the secret behind every text of the document but its ids and links."""

    def add(name: str, value: Any) -> Any:  # Any: JSON
        is_text = isinstance(value, str) and name not in _NO_TEXTS
        return f"{value} {secret}" if is_text else value

    return _changed(reply, add)


def _changed(reply: Reply, change: Callable[[str, Any], Any]) -> Reply:  # Any: JSON
    """Change every field of a document, wherever in it that is."""
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return reply
    changed = orjson.dumps(_changed_inside(document, change))
    return Reply(status=reply.status, body=changed, type=reply.type, headers=reply.headers)


def _changed_inside(found: Any, change: Callable[[str, Any], Any]) -> Any:  # Any: JSON
    if isinstance(found, list):
        return [_changed_inside(one, change) for one in found]
    if not isinstance(found, dict):
        return found
    return {name: change(name, _changed_inside(value, change)) for name, value in found.items()}
