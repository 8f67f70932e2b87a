"""The message as a webhook: JSON for programs, or the form that Slack or Teams shows.

The address is a secret and appears in no error. Redirects are not followed, and only the status of
the reply is read.
"""

import json
import ssl
from typing import Any, Final

import httpx
from pydantic import TypeAdapter

from loader.api.fault import Fault
from loader.api.proxy_and_certificate_faults import explain_connect_refusal, http_proxy
from loader.api.trust import tls_context
from loader.inbox.drops import DropReport, Outage
from loader.inbox.notify.errors import Refused, Unreachable
from loader.inbox.notify.message import Message
from loader.proxy import NO_PROXY, Proxy
from loader.settings.notify import WebhookSettings

_UNTRUSTED: Final = ": its certificate is not trusted; name its authority with ca_file"
_HEADERS: Final = {"Content-Type": "application/json"}
_LONGEST_SLACK_TEXT: Final = 2900  # of one block
_AGAIN: Final = frozenset({408, 425, 429})
_REPORT: Final = TypeAdapter(DropReport)
_TROUBLE: Final = TypeAdapter(Outage)


def post(
    settings: WebhookSettings, message: Message, *, proxy: Proxy = NO_PROXY, ca_file: str = ""
) -> None:
    """Post once. Raise `Unreachable` if a retry may help, `Refused` if not."""
    body = request_body(settings.shape, message)
    url = settings.url.get_secret_value()
    try:
        with (
            _client(settings, proxy, tls_context(ca_file)) as client,
            client.stream("POST", url, content=body, headers=_HEADERS) as reply,
        ):
            status = reply.status_code
    except httpx.ProxyError as error:
        status_text, _, reason = str(error).partition(" ")
        status = int(status_text) if status_text.isdigit() else 0
        fault, words = explain_connect_refusal(proxy, "the webhook", status, reason)
        raise (Refused if fault is Fault.PROXY_REFUSED else Unreachable)(words) from None
    except httpx.HTTPError as error:
        through = f" through the proxy {proxy}" if proxy.url else ""
        trust = _UNTRUSTED if "CERTIFICATE_VERIFY" in str(error) else ""
        name = type(error).__name__
        raise Unreachable(f"the webhook cannot be reached{through} ({name}){trust}") from None
    if status in _AGAIN or status >= 500:
        raise Unreachable(f"the webhook answered {status}")
    if not 200 <= status < 300:
        raise Refused(f"the webhook answered {status}: check its address and its shape")


def _client(settings: WebhookSettings, proxy: Proxy, trust: ssl.SSLContext) -> httpx.Client:
    return httpx.Client(
        timeout=settings.timeout_seconds,
        follow_redirects=False,
        trust_env=False,  # our own proxy, chosen by our own rules
        proxy=http_proxy(proxy, trust),
        verify=trust,
    )


def request_body(shape: str, message: Message) -> bytes:
    """Give the body of the request."""
    shapes = {"json": _plain, "slack": _slack, "teams": _teams}
    return json.dumps(shapes[shape](message), ensure_ascii=False).encode()


def _plain(message: Message) -> dict[str, Any]:  # Any: JSON is whatever it is
    about = message.about
    if isinstance(about, Outage):
        return {"text": message.text(), "trouble": _TROUBLE.dump_python(about, mode="json")}
    return {"text": message.text(), "report": _REPORT.dump_python(about, mode="json")}


def _slack(message: Message) -> dict[str, Any]:  # Any: as above
    lines = [f"*{_slack_text(message.title)}*", *map(_slack_text, filter(None, [message.reason]))]
    lines += [f"{name}: {_slack_text(value)}" for name, value in message.facts]
    lines += [f"• {_slack_text(error)}" for error in message.errors]
    text = "\n".join(lines)[:_LONGEST_SLACK_TEXT]
    return {
        "text": _slack_text(message.title),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    }


def _slack_text(text: str) -> str:
    """Escape what Slack would take for a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(message: Message) -> dict[str, Any]:  # Any: as above
    blocks: list[dict[str, Any]] = [_block(message.title, weight="Bolder", size="Medium")]
    if message.reason:
        blocks.append(_block(message.reason))
    facts = [{"title": name, "value": _teams_text(value)} for name, value in message.facts]
    blocks.append({"type": "FactSet", "facts": facts})
    blocks += [_block(f"- {error}") for error in message.errors]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _block(text: str, **style: str) -> dict[str, Any]:  # Any: as above
    return {"type": "TextBlock", "text": _teams_text(text), "wrap": True, **style}


def _teams_text(text: str) -> str:
    """Escape what a card would take for a link."""
    return text.replace("[", "\\[").replace("](", "]\\(")
