"""A gateway in front of the sandbox, which changes the replies that it passes on."""

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from offer_sandbox import Sandbox
from tests.support.threaded_server import threaded_server

_OF_THE_CONNECTION = frozenset({"content-length", "transfer-encoding", "connection"})
_OF_THE_HOP = frozenset({"host", "accept-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One reply."""

    status: int
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    body: bytes = b""

    def with_header(self, name: str, value: str) -> "Passed":
        """Return it with one more header."""
        return replace(self, headers=(*self.headers, (name, value)))


Change = Callable[[Callable[[], Passed]], Passed]  # given how to ask the sandbox


@contextmanager
def gateway(
    sandbox: Sandbox, *, on: str, change: Change, which: Callable[[int], bool]
) -> Iterator[str]:
    """Run a gateway and yield its address; `on` is "token", "create" or "read", counted from 1."""
    seen: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the base's word
            """Say nothing."""

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = "read" if self.command == "GET" else "create"
            kind = "token" if sandbox.ims_url.endswith(self.path) else kind
            with lock:
                seen[kind] += 1
                is_changed = kind == on and which(seen[kind])

            def asked() -> Passed:
                return _asked(sandbox, self, body)

            reply = change(asked) if is_changed else asked()
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            if reply.status not in {204, 304}:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = answer  # noqa: N815 - the base's names

    with threaded_server(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def _asked(sandbox: Sandbox, request: BaseHTTPRequestHandler, body: bytes) -> Passed:
    """Ask the sandbox what the gateway was asked."""
    host = urlsplit(sandbox.root).netloc
    headers = {k: v for k, v in request.headers.items() if k.lower() not in _OF_THE_HOP}
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request(request.command, request.path, body, {**headers, "Host": host})
        reply = connection.getresponse()
        kept = [(k, v) for k, v in reply.getheaders() if k.lower() not in _OF_THE_CONNECTION]
        return Passed(status=reply.status, headers=tuple(kept), body=reply.read())
    finally:
        connection.close()
