"""A server of somebody else, on another port of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.support.threaded_server import threaded_server


@dataclass
class Attacker:
    """A server on another port of this machine; what it serves, and what browsers sent it."""

    page: str = ""
    address: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def attacking() -> Iterator[Attacker]:
    somebody = Attacker()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            somebody.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(somebody.page.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with threaded_server(Handler) as port:
        somebody.address = f"http://127.0.0.1:{port}"
        yield somebody
